/* Parts of files that are more than evidence: the script of a package that runs its tests, a module of tests in a source. */
#include "base/alloc.h"
#include "core/evidence_private.h"

#include <stdlib.h>
#include <string.h>

#define PARTS_MAX 10000 /* of one file */

struct piece {
	const char *at;
	size_t len;
	int line;
	bool same; /* has its like on the other side */
};

struct pieces {
	struct piece *items;
	size_t len, cap;
};

static void pieces_release(struct pieces *p)
{
	free(p->items);
	*p = (struct pieces){0};
}

/* Looked for in `text`, taken from `raw`: the two are of one length. */
static void find_pieces(
	struct regex *regex, const struct buf *text, const struct buf *raw, struct pieces *out)
{
	struct regex_span span;
	size_t from = 0;

	while (regex && out->len < PARTS_MAX &&
		!regex_find(regex, text->data, text->len, from, false, &span)) {
		GROW(out->items, out->len, out->cap);
		out->items[out->len++] = (struct piece){raw->data + span.start,
			span.end - span.start, text_line(raw->data, span.start), false};
		from = span.end > span.start ? span.end : span.end + 1;
	}
}

static bool is_same(const struct piece *a, const struct piece *b)
{
	CLEANUP(buf_release) struct buf x = BUF_INIT, y = BUF_INIT;

	text_squeeze(a->at, a->len, &x);
	text_squeeze(b->at, b->len, &y);
	return x.len == y.len && !memcmp(x.data, y.data, x.len);
}

/* Each of `a` that stands in `b`, whole or, with `longer`, with lines added to it. */
static void match_pieces(struct pieces *a, struct pieces *b, bool longer)
{
	for (int extended = 0; extended < 1 + longer; extended++)
		for (size_t i = 0; i < a->len; i++)
			for (size_t k = 0; !a->items[i].same && k < b->len; k++) {
				struct piece *x = &a->items[i], *y = &b->items[k];

				if (!y->same &&
					(extended ? text_extends(x->at, x->len, y->at, y->len)
						  : is_same(x, y)))
					x->same = y->same = true;
			}
}

/* The first that is gone or another; with `added`, or new. Line 0: none. */
static int first_other(const struct pieces *before, const struct pieces *now, bool added)
{
	bool gone = false;
	int line = 0;

	for (size_t i = 0; i < before->len && !gone; i++)
		if (!before->items[i].same) {
			gone = true;
			line = before->items[i].line;
		}
	for (size_t i = 0; i < now->len && (gone || added); i++)
		if (!now->items[i].same)
			return now->items[i].line;
	return line;
}

static void compare_part(struct comparison *c, size_t change, const struct part *part,
	const struct buf *before, const struct buf *now, const struct buf *raw_before,
	const struct buf *raw_now)
{
	CLEANUP(pieces_release) struct pieces b = {0};
	CLEANUP(pieces_release) struct pieces n = {0};
	int line;

	find_pieces(lazy_regex(part->regex), before, raw_before, &b);
	find_pieces(lazy_regex(part->regex), now, raw_now, &n);
	match_pieces(&b, &n, !part->added);
	line = first_other(&b, &n, part->added);
	if (line)
		evidence_add(c->out, part->finding, c->changes->items[change].path, line,
			(long)b.len, (long)n.len, part->detail);
}

void compare_parts(struct comparison *c, size_t change, const struct lang *lang,
	const struct buf *before, const struct buf *now)
{
	const char *path = c->changes->items[change].path;
	struct text_views b = {BUF_INIT, BUF_INIT, BUF_INIT}, n = {BUF_INIT, BUF_INIT, BUF_INIT};
	bool made = false;

	for (size_t i = 0; i < c->rules->parts_len; i++) {
		const struct part *part = &c->rules->parts[i];

		if (!match_set_has(part->files, path))
			continue;
		if (part->code && lang && !made) {
			text_views_make(&b, lang, before);
			text_views_make(&n, lang, now);
			made = true;
		}
		if (part->code && made)
			compare_part(c, change, part, &b.code, &n.code, before, now);
		else
			compare_part(c, change, part, before, now, before, now);
	}
	text_views_release(&b);
	text_views_release(&n);
}
