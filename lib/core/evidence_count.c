/* What one file holds: tests, assertions, and whatever else its language's row knows. */
#include "base/alloc.h"
#include "core/evidence_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define STATEMENT_LINES 30                 /* of one assertion */
#define FOUND_MAX       100000             /* of one file, of each kind */
#define COPIED_MAX      ((size_t)32 << 20) /* bytes of one file's statements; then each is cut */
#define CUT_MAX         256

struct counting {
	struct side *side;
	const struct count_file *file;
	const struct buf *raw;
	struct text_views views;
	struct regions regions;
	struct line line;    /* looked for last */
	struct range *inner; /* parts of a source file that are evidence, one after the other */
	size_t inner_len, inner_cap;
	size_t copied; /* bytes of statements */
	bool evidence; /* the whole file is */
};

void side_init(struct side *s, size_t changes)
{
	*s = (struct side){.found_of = xcalloc(changes + 1, sizeof *s->found_of),
		.tests_of = xcalloc(changes + 1, sizeof *s->tests_of),
		.partly = xcalloc(changes + 1, sizeof *s->partly)};
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
	free(s->partly);
	free(s->items);
	free(s->tests);
	free(s->words);
	*s = (struct side){0};
}

static void cut(struct counting *c)
{
	c->side->partly[c->file->change] = true;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void add_test(struct counting *c, const struct regex_span *span, int line)
{
	struct side *s = c->side;
	const struct buf *text = &c->views.no_comments;
	size_t name = span->group_end > span->group_start ? span->group_start : span->start;
	size_t name_end = span->group_end > span->group_start ? span->group_end : span->end;

	regions_add(&c->regions, text, span->start, name, name_end, (long)s->tests_len);
	GROW(s->tests, s->tests_len, s->tests_cap);
	s->tests[s->tests_len++] = (struct found_test){.lang = c->file->lang,
		.change = c->file->change,
		.line = line,
		.name = xstrndup(text->data + name, name_end - name),
		.twin = -1};
}

/* All tests of the file are found. */
static void end_tests(struct counting *c)
{
	size_t looked = 0;

	regions_ready(&c->regions);
	for (size_t i = 0; i < c->regions.len; i++) {
		const struct region *r = &c->regions.items[i];

		if (looked > COPIED_MAX)
			cut(c);
		else
			looked += region_hash(r, &c->views.no_comments, &c->side->tests[r->test]);
	}
}

static long test_at(const struct counting *c, size_t at)
{
	const struct region *r = region_at(&c->regions, at);

	return r ? r->test : -1;
}

/* --- the rest --------------------------------------------------------------------------------- */

/* An assertion is a statement: to the end of its line, or of the brackets that are open there. */
static size_t statement_end(const struct buf *code, size_t at, size_t end)
{
	int depth = 0, lines = 0;

	for (; at < end; at++) {
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

/* What a match is compared by: its line, or the statement that an assertion is. */
static struct range statement_of(
	struct counting *c, enum count_kind kind, const struct regex_span *span)
{
	const struct buf *code = &c->views.code;
	size_t most = code->len - span->start;
	struct range r;

	if (c->copied > COPIED_MAX && most > CUT_MAX) {
		most = CUT_MAX;
		cut(c);
	}
	if (kind == COUNT_ASSERTION) {
		r = (struct range){
			span->start, statement_end(code, span->start, span->start + most)};
	} else {
		struct line last;

		c->line = line_at(code, span->start, c->line);
		last = line_at(code, span->end, c->line);
		r = (struct range){c->line.from, last.to};
		if (r.to - r.from > most)
			r = (struct range){span->start, span->start + most};
	}
	c->copied += r.to - r.from;
	return r;
}

static void add_found(
	struct counting *c, enum count_kind kind, const struct regex_span *span, int line)
{
	struct side *s = c->side;
	const struct buf *text = kind == COUNT_LINT ? c->raw : &c->views.no_comments;
	CLEANUP(buf_release) struct buf squeezed = BUF_INIT;
	struct range r = statement_of(c, kind, span);
	struct found *f;

	text_squeeze(text->data + r.from, r.to - r.from, &squeezed);
	GROW(s->items, s->len, s->cap);
	f = &s->items[s->len++];
	*f = (struct found){.kind = kind,
		.lang = c->file->lang,
		.change = c->file->change,
		.line = line,
		.test = test_at(c, span->start),
		.strong = kind == COUNT_ASSERTION && is_strong(c, r.from, r.to),
		.text = buf_take(&squeezed)};
}

static bool is_inside(const struct counting *c, size_t at)
{
	size_t low = 0, high = c->inner_len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->inner[middle].from <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low && at < c->inner[low - 1].to;
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
	int line = 1, none = 1;

	while (regex && found++ < FOUND_MAX &&
		!(none = regex_find(regex, text->data, text->len, from, false, &span))) {
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
	if (none <= 0) /* it took too long, or there are too many */
		cut(c);
}

/* From a quote to its like on the line, or the digits and letters of a number; 0: no value starts there. */
static size_t value_len(const struct buf *text, size_t at, size_t *wasted)
{
	const char *start = text->data + at;
	size_t len = 1;

	if (*start == '"' || *start == '\'') {
		while (start[len] && start[len] != '\n' && start[len] != *start)
			len += start[len] == '\\' && start[len + 1] ? 2 : 1;
		if (start[len] == *start)
			return len + 1;
		*wasted += len;
		return 0;
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
static void count_values(struct counting *c)
{
	const struct buf *text = &c->views.no_comments;
	struct side *s = c->side;
	size_t seen = 0, wasted = 0;
	int line = 1;

	for (size_t at = 0, len; c->regions.len && at < text->len; at += len ? len : 1) {
		const struct region *r = NULL;

		len = value_len(text, at, &wasted);
		if (wasted > COPIED_MAX) {
			cut(c);
			return;
		}
		if (len)
			r = region_at(&c->regions, at);
		if (!r || at <= r->name_end)
			continue;
		for (; seen < at; seen++)
			line += text->data[seen] == '\n';
		GROW(s->items, s->len, s->cap);
		s->items[s->len++] = (struct found){.kind = COUNT_VALUE,
			.lang = c->file->lang,
			.change = c->file->change,
			.line = line,
			.test = r->test,
			.text = xstrndup(text->data + at, len)};
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
		c->inner[c->inner_len++] = (struct range){span.start, span.end};
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
	struct counting c = {.side = s,
		.file = file,
		.raw = raw,
		.regions = REGIONS_INIT,
		.line = LINE_NONE,
		.evidence = file->kind & EVIDENCE_TEST};

	if (!file->lang)
		return;
	text_views_make(&c.views, file->lang, raw);
	s->found_of[file->change].from = s->len;
	s->tests_of[file->change].from = s->tests_len;
	if (!c.evidence)
		find_inner(&c);
	count_kind(&c, COUNT_TEST);
	end_tests(&c);
	for (enum count_kind kind = COUNT_TEST + 1; kind < COUNT_KINDS; kind++)
		if (kind != COUNT_STRONG && kind != COUNT_INLINE && kind != COUNT_UNBUILT &&
			kind != COUNT_VALUE)
			count_kind(&c, kind);
	count_values(&c);
	s->found_of[file->change].to = s->len;
	s->tests_of[file->change].to = s->tests_len;
	if (!c.evidence)
		add_words(&c);
	regions_release(&c.regions);
	free(c.inner);
	text_views_release(&c.views);
}
