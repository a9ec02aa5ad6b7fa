/* Where the tests of a file stand: each from its attributes to the end of its body, and the innermost around an offset. */
#include "base/alloc.h"
#include "core/evidence_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define ATTRIBUTE_LINES 30 /* of one test, above it */

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

struct line line_at(const struct buf *text, size_t at, struct line last)
{
	if (at >= last.from && at <= last.to)
		return last;
	return (struct line){line_start(text, at), line_end(text, at)};
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
static size_t body_end(const struct buf *text, struct line decl)
{
	size_t indent = indent_of(text, decl.from);
	size_t end = decl.to;

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
static size_t body_start(const struct buf *text, struct line decl)
{
	size_t start = decl.from, at = start, indent = indent_of(text, start);

	for (int lines = 0; at && lines < ATTRIBUTE_LINES; lines++) {
		at = line_start(text, at - 1);
		if (is_blank(text, at) || indent_of(text, at) < indent)
			break;
		if (indent_of(text, at) == indent && strchr("@#[", *first_char(text, at)))
			start = at;
	}
	return start;
}

/* --- regions ---------------------------------------------------------------------------------- */

void regions_release(struct regions *r)
{
	free(r->items);
	*r = (struct regions)REGIONS_INIT;
}

static bool is_same(struct line a, struct line b)
{
	return a.from == b.from && a.to == b.to;
}

void regions_add(struct regions *r, const struct buf *text, size_t decl, size_t name,
	size_t name_end, long test)
{
	const struct region *last = r->len ? &r->items[r->len - 1] : NULL;
	struct line first = line_at(text, decl, last ? last->first : (struct line)LINE_NONE);
	struct line named = line_at(text, name, first);
	struct region region = {.first = first, .named = named, .name_end = name_end, .test = test};

	/* Of several on a line each begins where it is declared, and they end together. */
	region.start = last && is_same(first, last->first) ? decl : body_start(text, first);
	region.end = last && is_same(named, last->named) ? last->end : body_end(text, named);
	GROW(r->items, r->len, r->cap);
	r->items[r->len++] = region;
}

static int by_start(const void *a, const void *b)
{
	const struct region *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->test > y->test) - (x->test < y->test);
}

void regions_ready(struct regions *r)
{
	long outer = -1;

	if (r->len)
		qsort(r->items, r->len, sizeof *r->items, by_start);
	for (size_t i = 0; i + 1 < r->len; i++)
		if (is_same(r->items[i].named, r->items[i + 1].first) &&
			r->items[i].end > r->items[i + 1].start)
			r->items[i].end = r->items[i + 1].start;
	for (size_t i = 0; i < r->len; i++) {
		while (outer >= 0 && r->items[outer].end <= r->items[i].start)
			outer = r->items[outer].outer;
		r->items[i].outer = outer;
		outer = (long)i;
	}
}

const struct region *region_at(const struct regions *r, size_t at)
{
	size_t low = 0, high = r->len;
	long i;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->items[middle].start <= at)
			low = middle + 1;
		else
			high = middle;
	}
	for (i = (long)low - 1; i >= 0 && r->items[i].end <= at;)
		i = r->items[i].outer;
	return i < 0 ? NULL : &r->items[i];
}

/* --- what is in one ---------------------------------------------------------------------------- */

static void push_hash(struct found_test *t, size_t *cap, const struct buf *line)
{
	GROW(t->lines, t->lines_len, *cap);
	t->lines[t->lines_len++] = text_hash(line->data, line->len);
}

size_t region_hash(const struct region *r, const struct buf *text, struct found_test *t)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT;
	size_t cap = 0;

	if (r->named.to >= r->end) { /* on one line: what follows the name */
		size_t len = r->end > r->name_end ? r->end - r->name_end : 0;

		text_squeeze(text->data + r->name_end, len, &line);
		push_hash(t, &cap, &line);
		return len;
	}
	for (size_t at = r->named.to + 1; at < r->end; at = line_end(text, at) + 1) {
		size_t stop = line_end(text, at);

		buf_clear(&line);
		text_squeeze(text->data + at, stop - at, &line);
		if (line.len > 1 && !is_closer(text, at))
			push_hash(t, &cap, &line);
	}
	return r->end - r->named.to;
}
