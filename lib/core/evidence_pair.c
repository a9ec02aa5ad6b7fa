/* Which test, and which assertion, of one side is which of the other. */
#include "base/alloc.h"
#include "core/evidence_private.h"

#include <stdlib.h>
#include <string.h>

#define ALIKE_MIN   60 /* percent of a test's lines that make it the same test under another name */
#define ALIKE_STEPS 20000000

/* --- which test is which ---------------------------------------------------------------------- */

static void pair(struct comparison *c, size_t before, size_t now)
{
	c->before.tests[before].twin = (long)now;
	c->now.tests[now].twin = (long)before;
}

/* Order of tests by language, name and, with `paths`, path; for pairing them in one go. */
struct key {
	const struct comparison *c;
	const struct found_test *test;
	size_t index;
};

static int compare_names(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int order = strcmp(x->test->name, y->test->name);

	if (!order)
		order = (x->test->lang > y->test->lang) - (x->test->lang < y->test->lang);
	return order;
}

static int compare_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int order = compare_names(a, b);

	if (!order)
		order = (x->test->change > y->test->change) - (x->test->change < y->test->change);
	return order ? order : (x->index > y->index) - (x->index < y->index);
}

static struct key *sort_tests(const struct comparison *c, const struct side *s)
{
	struct key *keys = xcalloc(s->tests_len + 1, sizeof *keys);

	for (size_t i = 0; i < s->tests_len; i++)
		keys[i] = (struct key){c, &s->tests[i], i};
	qsort(keys, s->tests_len, sizeof *keys, compare_keys);
	return keys;
}

/* The same name in the same file first; then, with `anywhere`, in another. */
static void pair_names(
	struct comparison *c, const struct key *b, const struct key *n, bool anywhere)
{
	size_t i = 0, k = 0;

	while (i < c->before.tests_len && k < c->now.tests_len) {
		int order = (anywhere ? compare_names(&b[i], &n[k]) : 0);

		if (!anywhere) {
			struct key x = b[i], y = n[k];

			x.index = y.index = 0;
			order = compare_keys(&x, &y);
		}
		if (b[i].test->twin >= 0) {
			i++;
		} else if (n[k].test->twin >= 0) {
			k++;
		} else if (order) {
			*(order < 0 ? &i : &k) += 1;
		} else {
			pair(c, b[i].index, n[k].index);
		}
	}
}

/* Percent of the lines of the longer that the other has too. */
static int likeness(const struct found_test *a, const struct found_test *b)
{
	size_t same = 0, most = a->lines_len > b->lines_len ? a->lines_len : b->lines_len;

	for (size_t i = 0; i < a->lines_len; i++)
		for (size_t k = 0; k < b->lines_len; k++)
			if (a->lines[i] == b->lines[k]) {
				same++;
				break;
			}
	return most ? (int)(same * 100 / most) : 0;
}

/* A test under another name: what it does is the same. */
static void pair_bodies(struct comparison *c)
{
	size_t steps = 0;

	for (size_t i = 0; i < c->before.tests_len; i++) {
		struct found_test *b = &c->before.tests[i];
		int best = ALIKE_MIN - 1;
		long at = -1;

		for (size_t k = 0; b->twin < 0 && k < c->now.tests_len && steps < ALIKE_STEPS;
			k++) {
			const struct found_test *n = &c->now.tests[k];
			int alike;

			steps += 1 + b->lines_len * n->lines_len;
			if (n->twin >= 0 || n->lang != b->lang)
				continue;
			alike = likeness(b, n);
			if (alike > best) {
				best = alike;
				at = (long)k;
			}
		}
		if (at >= 0)
			pair(c, i, (size_t)at);
	}
}

void pair_tests(struct comparison *c)
{
	struct key *b = sort_tests(c, &c->before), *n = sort_tests(c, &c->now);

	pair_names(c, b, n, false);
	pair_names(c, b, n, true);
	free(b);
	free(n);
	pair_bodies(c);
	for (size_t k = 0; k < c->now.tests_len; k++)
		c->out->new_tests += c->now.tests[k].twin < 0;
}

/* --- what is on both sides -------------------------------------------------------------------- */

static int compare_found(const void *a, const void *b)
{
	const struct found *x = *(const struct found *const *)a,
			   *y = *(const struct found *const *)b;
	int order = (int)x->kind - (int)y->kind;

	if (!order)
		order = (x->lang > y->lang) - (x->lang < y->lang);
	return order ? order : strcmp(x->text, y->text);
}

static struct found **sort_found(const struct side *s)
{
	struct found **sorted = xcalloc(s->len + 1, sizeof *sorted);

	for (size_t i = 0; i < s->len; i++)
		sorted[i] = &s->items[i];
	qsort(sorted, s->len, sizeof *sorted, compare_found);
	return sorted;
}

/* Whether both stand in what is one test, or in none of one file. */
static bool same_place(const struct comparison *c, const struct found *b, const struct found *n)
{
	if (b->test >= 0)
		return c->before.tests[b->test].twin == n->test;
	return n->test < 0 && b->change == n->change;
}

static void cancel_group(
	const struct comparison *c, struct found **b, size_t bs, struct found **n, size_t ns)
{
	size_t k = 0;

	for (size_t i = 0; i < bs && bs * ns <= PAIRS_MAX; i++)
		for (size_t at = 0; at < ns && !b[i]->gone; at++)
			if (!n[at]->gone && same_place(c, b[i], n[at]))
				b[i]->gone = n[at]->gone = true;
	for (size_t i = 0; i < bs && b[0]->kind != COUNT_VALUE; i++) {
		while (k < ns && n[k]->gone)
			k++;
		if (k == ns)
			return;
		if (!b[i]->gone)
			b[i]->gone = n[k]->gone = true;
	}
}

void pair_found(struct comparison *c)
{
	struct found **b = sort_found(&c->before), **n = sort_found(&c->now);
	size_t i = 0, k = 0;

	while (i < c->before.len && k < c->now.len) {
		int order = compare_found(&b[i], &n[k]);
		size_t bs = 1, ns = 1;

		if (order) {
			*(order < 0 ? &i : &k) += 1;
			continue;
		}
		while (i + bs < c->before.len && !compare_found(&b[i], &b[i + bs]))
			bs++;
		while (k + ns < c->now.len && !compare_found(&n[k], &n[k + ns]))
			ns++;
		cancel_group(c, b + i, bs, n + k, ns);
		i += bs;
		k += ns;
	}
	free(b);
	free(n);
}
