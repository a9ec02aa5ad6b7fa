/* What one file holds: tests, assertions, and whatever else its language's row knows. */
#include "base/alloc.h"
#include "core/evidence_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define STATEMENT_LINES 30     /* of one assertion */
#define FOUND_MAX       100000 /* of one file */

struct region { /* of a test, in the file that is counted */
	size_t start, end;
	long test;
	size_t body; /* past its name */
};

struct counting {
	struct side *side;
	const struct count_file *file;
	const struct buf *raw;
	struct text_views views;
	struct region *regions;
	size_t regions_len, regions_cap;
	struct region *inner; /* regions of a source file that are evidence */
	size_t inner_len, inner_cap;
	bool evidence; /* the whole file is */
};

void side_init(struct side *s, size_t changes)
{
	*s = (struct side){.found_of = xcalloc(changes + 1, sizeof *s->found_of),
		.tests_of = xcalloc(changes + 1, sizeof *s->tests_of)};
}

void side_release(struct side *s)
{
	for (size_t i = 0; i < s->len; i++)
		str_free(&s->items[i].text);
	for (size_t i = 0; i < s->tests_len; i++) {
		str_free(&s->tests[i].name);
		free(s->tests[i].lines);
	}
	free(s->found_of);
	free(s->tests_of);
	free(s->items);
	free(s->tests);
	free(s->words);
	*s = (struct side){0};
}

/* --- lines ------------------------------------------------------------------------------------ */

static size_t line_start(const struct buf *text, size_t at)
{
	while (at && text->data[at - 1] != '\n')
		at--;
	return at;
}

/* Offset of the newline, or of the end. */
static size_t line_end(const struct buf *text, size_t at)
{
	const char *eol = at < text->len ? memchr(text->data + at, '\n', text->len - at) : NULL;

	return eol ? (size_t)(eol - text->data) : text->len;
}

static size_t indent_of(const struct buf *text, size_t line)
{
	size_t indent = 0;

	for (; line < text->len && strchr(" \t", text->data[line]); line++)
		indent += text->data[line] == '\t' ? 8 : 1;
	return indent;
}

static const char *first_char(const struct buf *text, size_t line)
{
	while (line < text->len && strchr(" \t\r", text->data[line]))
		line++;
	return text->data + line;
}

static bool is_blank(const struct buf *text, size_t line)
{
	char c = *first_char(text, line);

	return c == '\n' || c == '\0';
}

/* "}", "});", "end": it closes what its indentation opened, and nothing new begins on it. */
static bool is_closer(const struct buf *text, size_t line)
{
	const char *c = first_char(text, line);
	size_t end = line_end(text, line);

	while (end > line && isspace((unsigned char)text->data[end - 1]))
		end--;
	if (end > line && strchr(":{", text->data[end - 1]))
		return false;
	return strchr("})]", *c) || (!strncmp(c, "end", 3) && !isalnum((unsigned char)c[3]));
}

static bool goes_on(const struct buf *text, size_t line)
{
	const char *c = first_char(text, line);

	return strchr("{)}", *c) || (*c == '#' && c[1] != '[');
}

/* A test ends where its indentation does: every language's formatter indents what belongs to it. */
static size_t body_end(const struct buf *text, size_t decl)
{
	size_t indent = indent_of(text, line_start(text, decl));
	size_t end = line_end(text, decl);

	while (end < text->len) {
		size_t line = end + 1, next = line_end(text, line);

		if (line >= text->len)
			return text->len;
		if (!is_blank(text, line) && indent_of(text, line) <= indent) {
			if (is_closer(text, line))
				return next;
			if (!goes_on(text, line))
				return end;
		}
		end = next;
	}
	return text->len;
}

/* Its attributes and decorators stand above it, perhaps over several lines each, and no blank line between. */
static size_t body_start(const struct buf *text, size_t decl)
{
	size_t start = line_start(text, decl), at = start, indent = indent_of(text, start);

	for (int lines = 0; at && lines < STATEMENT_LINES; lines++) {
		at = line_start(text, at - 1);
		if (is_blank(text, at) || indent_of(text, at) < indent)
			break;
		if (indent_of(text, at) == indent && strchr("@#[", *first_char(text, at)))
			start = at;
	}
	return start;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void push_hash(struct found_test *t, size_t *cap, const struct buf *line)
{
	GROW(t->lines, t->lines_len, *cap);
	t->lines[t->lines_len++] = text_hash(line->data, line->len);
}

static void hash_body(
	struct found_test *t, const struct buf *text, size_t name_end, size_t decl_end, size_t end)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT;
	size_t cap = 0;

	if (decl_end >= end) { /* on one line: what follows the name */
		text_squeeze(text->data + name_end, decl_end - name_end, &line);
		push_hash(t, &cap, &line);
		return;
	}
	for (size_t at = decl_end + 1; at < end; at = line_end(text, at) + 1) {
		size_t stop = line_end(text, at);

		buf_clear(&line);
		text_squeeze(text->data + at, stop - at, &line);
		if (line.len > 1 && !is_closer(text, at))
			push_hash(t, &cap, &line);
	}
}

static void add_test(struct counting *c, const struct regex_span *span, int line)
{
	struct side *s = c->side;
	const struct buf *text = &c->views.no_comments;
	size_t name = span->group_end > span->group_start ? span->group_start : span->start;
	size_t name_end = span->group_end > span->group_start ? span->group_end : span->end;
	size_t decl_end = line_end(text, name);
	struct region region = {body_start(text, span->start), body_end(text, name),
		(long)s->tests_len, name_end + 1};
	struct found_test *t;

	GROW(s->tests, s->tests_len, s->tests_cap);
	t = &s->tests[s->tests_len++];
	*t = (struct found_test){.lang = c->file->lang,
		.change = c->file->change,
		.line = line,
		.name = xstrndup(text->data + name, name_end - name),
		.twin = -1};
	hash_body(t, text, name_end, decl_end, region.end);
	GROW(c->regions, c->regions_len, c->regions_cap);
	c->regions[c->regions_len++] = region;
}

/* The innermost test around an offset; -1: none. */
static long test_at(const struct counting *c, size_t at)
{
	for (size_t i = c->regions_len; i; i--)
		if (at >= c->regions[i - 1].start && at < c->regions[i - 1].end)
			return c->regions[i - 1].test;
	return -1;
}

/* --- the rest --------------------------------------------------------------------------------- */

/* An assertion is a statement: to the end of its line, or of the brackets that are open there. */
static size_t statement_end(const struct buf *code, size_t at)
{
	int depth = 0, lines = 0;

	for (; at < code->len; at++) {
		char c = code->data[at];

		if (c == '(' || c == '[' || c == '{')
			depth++;
		else if (c == ')' || c == ']' || c == '}')
			depth--;
		if (depth < 0 || (c == ';' && !depth))
			break;
		if (c == '\n' && (!depth || ++lines > STATEMENT_LINES))
			break;
	}
	return at;
}

static bool is_strong(const struct counting *c, size_t start, size_t end)
{
	struct regex *strong = lazy_regex(c->file->lang->counts[COUNT_STRONG]);
	struct regex_span span;

	return strong && !regex_find(strong, c->views.code.data, end, start, false, &span);
}

static void add_found(
	struct counting *c, enum count_kind kind, const struct regex_span *span, int line)
{
	struct side *s = c->side;
	const struct buf *text = kind == COUNT_LINT ? c->raw : &c->views.no_comments;
	CLEANUP(buf_release) struct buf squeezed = BUF_INIT;
	size_t start = line_start(text, span->start), end = line_end(text, span->end);
	struct found *f;

	if (kind == COUNT_ASSERTION) {
		start = span->start;
		end = statement_end(&c->views.code, start);
	}
	text_squeeze(text->data + start, end - start, &squeezed);
	GROW(s->items, s->len, s->cap);
	f = &s->items[s->len++];
	*f = (struct found){.kind = kind,
		.lang = c->file->lang,
		.change = c->file->change,
		.line = line,
		.test = test_at(c, span->start),
		.strong = kind == COUNT_ASSERTION && is_strong(c, start, end),
		.text = buf_take(&squeezed)};
}

static bool is_inside(const struct counting *c, size_t at)
{
	for (size_t i = 0; i < c->inner_len; i++)
		if (at >= c->inner[i].start && at < c->inner[i].end)
			return true;
	return false;
}

/* Whether such a match counts where it stands. */
static bool is_counted(const struct counting *c, enum count_kind kind, size_t at)
{
	static const unsigned runs =
		EVIDENCE_TEST | EVIDENCE_CI | EVIDENCE_RUNNER | EVIDENCE_SCRIPT;
	bool evidence = c->evidence || is_inside(c, at);
	struct match_set *collected = c->file->lang->collected;

	switch (kind) {
	case COUNT_TEST:
		return evidence &&
		       (!c->evidence || !collected || match_set_has(collected, c->file->path));
	case COUNT_ASSERTION:
	case COUNT_CALL:
	case COUNT_SKIP:
		return evidence;
	case COUNT_EXIT:
		return evidence || c->file->kind & (EVIDENCE_RUNNER | EVIDENCE_SCRIPT);
	case COUNT_ABORT:
		return !evidence;
	case COUNT_SWALLOW:
		return c->file->kind & (runs | EVIDENCE_BUILD);
	default:
		return true;
	}
}

static const struct buf *view_of(const struct counting *c, enum count_kind kind)
{
	if (kind == COUNT_LINT)
		return &c->views.no_strings;
	return kind == COUNT_SWALLOW ? &c->views.no_comments : &c->views.code;
}

static void count_kind(struct counting *c, enum count_kind kind)
{
	struct regex *regex = lazy_regex(c->file->lang->counts[kind]);
	const struct buf *text = view_of(c, kind);
	struct regex_span span;
	size_t from = 0, seen = 0, found = 0;
	int line = 1;

	while (regex && found++ < FOUND_MAX &&
		!regex_find(regex, text->data, text->len, from, false, &span)) {
		/* The name stands on the declaration's own line, below its attributes. */
		size_t at = span.group_end > span.group_start ? span.group_start : span.start;

		while (at < span.end && isspace((unsigned char)text->data[at]))
			at++;
		for (; seen < at; seen++)
			line += text->data[seen] == '\n';
		from = span.end > span.start ? span.end : span.end + 1;
		if (!is_counted(c, kind, span.start))
			continue;
		if (kind == COUNT_TEST)
			add_test(c, &span, line);
		else
			add_found(c, kind, &span, line);
	}
}

/* From a quote to its like on the line, or the digits and letters of a number; 0: no value starts there. */
static size_t value_len(const struct buf *text, size_t at)
{
	const char *start = text->data + at;
	size_t len = 1;

	if (*start == '"' || *start == '\'') {
		while (start[len] && start[len] != '\n' && start[len] != *start)
			len += start[len] == '\\' && start[len + 1] ? 2 : 1;
		return start[len] == *start ? len + 1 : 0;
	}
	if (!isdigit((unsigned char)*start) ||
		(at && (isalnum((unsigned char)start[-1]) || start[-1] == '_')))
		return 0;
	while (isalnum((unsigned char)start[len]) ||
		(start[len] == '.' && isdigit((unsigned char)start[len + 1])))
		len++;
	return len;
}

/* What a test compares with may stand in a table of its own. */
static void count_values(struct counting *c, const struct region *r)
{
	const struct buf *text = &c->views.no_comments;
	size_t at = line_start(text, r->start), seen = at;
	int line = text_line(text->data, at);

	while (at < r->end && at < text->len) {
		size_t len = value_len(text, at);
		struct side *s = c->side;

		if (!len) {
			at++;
			continue;
		}
		for (; seen < at; seen++)
			line += text->data[seen] == '\n';
		if (at >= r->body && test_at(c, at) == r->test) {
			GROW(s->items, s->len, s->cap);
			s->items[s->len++] = (struct found){.kind = COUNT_VALUE,
				.lang = c->file->lang,
				.change = c->file->change,
				.line = line,
				.test = r->test,
				.text = xstrndup(text->data + at, len)};
		}
		at += len;
	}
}

static void find_inner(struct counting *c)
{
	struct regex *regex = lazy_regex(c->file->lang->counts[COUNT_INLINE]);
	const struct buf *code = &c->views.code;
	struct regex_span span;
	size_t from = 0;

	while (regex && !regex_find(regex, code->data, code->len, from, false, &span)) {
		GROW(c->inner, c->inner_len, c->inner_cap);
		c->inner[c->inner_len++] = (struct region){span.start, span.end, -1, span.start};
		from = span.end > span.start ? span.end : span.end + 1;
	}
}

static void add_words(struct counting *c)
{
	struct side *s = c->side;
	const struct buf *code = &c->views.code;

	for (size_t at = 0; at < code->len;) {
		size_t len = 0;

		while (at + len < code->len && (isalnum((unsigned char)code->data[at + len]) ||
						       code->data[at + len] == '_'))
			len++;
		if (len && !isdigit((unsigned char)code->data[at])) {
			GROW(s->words, s->words_len, s->words_cap);
			s->words[s->words_len++] = text_hash(code->data + at, len);
		}
		at += len ? len : 1;
	}
}

void count_text(struct side *s, const struct count_file *file, const struct buf *raw)
{
	struct counting c = {
		.side = s, .file = file, .raw = raw, .evidence = file->kind & EVIDENCE_TEST};

	if (!file->lang)
		return;
	text_views_make(&c.views, file->lang, raw);
	s->found_of[file->change].from = s->len;
	s->tests_of[file->change].from = s->tests_len;
	if (!c.evidence)
		find_inner(&c);
	for (enum count_kind kind = COUNT_TEST; kind < COUNT_KINDS; kind++)
		if (kind != COUNT_STRONG && kind != COUNT_INLINE && kind != COUNT_UNBUILT &&
			kind != COUNT_VALUE)
			count_kind(&c, kind);
	for (size_t i = 0; i < c.regions_len; i++)
		count_values(&c, &c.regions[i]);
	s->found_of[file->change].to = s->len;
	s->tests_of[file->change].to = s->tests_len;
	if (!c.evidence)
		add_words(&c);
	free(c.regions);
	free(c.inner);
	text_views_release(&c.views);
}
