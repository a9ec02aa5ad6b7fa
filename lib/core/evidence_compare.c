/* Two sides that were counted, and what the difference is called. What stands on both, wherever, says nothing. */
#include "base/alloc.h"
#include "base/text.h"
#include "core/evidence_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define NAMED_MAX 3

static const char *path_of(const struct comparison *c, size_t change)
{
	return c->changes->items[change].path;
}

/* --- findings --------------------------------------------------------------------------------- */

static long count_all(const struct side *s, enum count_kind kind, size_t change)
{
	long count = 0;

	for (size_t i = s->found_of[change].from; i < s->found_of[change].to; i++)
		count += s->items[i].kind == kind;
	return count;
}

static long count_tests(const struct side *s, size_t change)
{
	return (long)(s->tests_of[change].to - s->tests_of[change].from);
}

static void name_one(struct buf *names, size_t nth, const char *name)
{
	if (nth < NAMED_MAX)
		buf_printf(names, "%s'%.80s'", nth ? ", " : "", name);
}

static void report_deleted(struct comparison *c, size_t change)
{
	CLEANUP(buf_release) struct buf names = BUF_INIT;
	size_t gone = 0;
	int line = 0;

	for (size_t i = c->before.tests_of[change].from; i < c->before.tests_of[change].to; i++) {
		const struct found_test *t = &c->before.tests[i];

		if (t->twin >= 0)
			continue;
		line = line ? line : t->line;
		name_one(&names, gone++, t->name);
	}
	if (!gone)
		return;
	if (gone > NAMED_MAX)
		buf_printf(&names, " and %zu more", gone - NAMED_MAX);
	buf_printf(&names, " %s gone", gone > 1 ? "are" : "is");
	evidence_add(c->out, "tests-deleted", path_of(c, change), line,
		count_tests(&c->before, change), count_tests(&c->now, change), names.data);
}

/* A file that was there, or whose tests were. */
static bool was_there(const struct comparison *c, size_t change)
{
	if (c->changes->items[change].old_mode)
		return true;
	for (size_t i = c->now.tests_of[change].from; i < c->now.tests_of[change].to; i++)
		if (c->now.tests[i].twin >= 0)
			return true;
	return false;
}

/* A skip in a test that is new takes nothing away; neither does one in a file of new tests. */
static bool harms(const struct comparison *c, const struct found *f, bool known)
{

	if (f->kind == COUNT_HOOK || f->kind == COUNT_ABORT)
		return c->changes->items[f->change].old_mode || c->kinds[f->change] & EVIDENCE_TEST;
	if (f->kind != COUNT_SKIP && f->kind != COUNT_SWALLOW && f->kind != COUNT_EXIT)
		return true;
	if (f->test >= 0)
		return c->now.tests[f->test].twin >= 0;
	return f->kind == COUNT_EXIT || known;
}

/* How many more of a kind one file has that stand nowhere before; `line` is of the first. */
static long surplus(const struct comparison *c, enum count_kind kind, size_t change, int *line)
{
	bool known = was_there(c, change);
	long more = 0;

	for (size_t i = c->now.found_of[change].from; i < c->now.found_of[change].to; i++) {
		const struct found *f = &c->now.items[i];

		if (f->kind != kind || f->gone || !harms(c, f, known))
			continue;
		*line = more++ ? *line : f->line;
	}
	for (size_t i = c->before.found_of[change].from; i < c->before.found_of[change].to; i++) {
		const struct found *f = &c->before.items[i];

		more -= f->kind == kind && !f->gone && kind != COUNT_HOOK;
	}
	return more;
}

static bool report_more(struct comparison *c, enum count_kind kind, size_t change, const char *name,
	const char *what)
{
	int line = 0;
	long more = surplus(c, kind, change, &line);

	if (more <= 0)
		return false;
	evidence_add(c->out, name, path_of(c, change), line, count_all(&c->before, kind, change),
		count_all(&c->now, kind, change), what);
	return true;
}

/* Exceptions: swallowed ones, or a catch of everything in the place of a narrow one. */
static void report_widened(struct comparison *c, size_t change)
{
	int line = 0, ignored = 0;

	if (report_more(c, COUNT_WIDEN, change, "exception-widened",
		    "an exception is caught and vanishes"))
		return;
	if (surplus(c, COUNT_BROAD, change, &line) > 0 &&
		surplus(c, COUNT_NARROW, change, &ignored) < 0)
		evidence_add(c->out, "exception-widened", path_of(c, change), line,
			count_all(&c->before, COUNT_BROAD, change),
			count_all(&c->now, COUNT_BROAD, change),
			"everything is caught where something named was");
}

/* A call that hands a test over is gone, and the test is not. */
static void report_calls(struct comparison *c, size_t change)
{
	long fewer = 0;

	for (size_t i = c->before.found_of[change].from; i < c->before.found_of[change].to; i++) {
		const struct found *f = &c->before.items[i];
		bool deleted = false;

		if (f->kind != COUNT_CALL || f->gone)
			continue;
		for (size_t k = c->before.tests_of[change].from; k < c->before.tests_of[change].to;
			k++)
			deleted = deleted ||
				  (strstr(f->text, c->before.tests[k].name) &&
					  (c->before.tests[k].twin < 0 ||
						  strcmp(c->now.tests[c->before.tests[k].twin].name,
							  c->before.tests[k].name) != 0));
		fewer += !deleted;
	}
	for (size_t i = c->now.found_of[change].from; i < c->now.found_of[change].to; i++) {
		const struct found *f = &c->now.items[i];

		fewer -= f->kind == COUNT_CALL && !f->gone;
	}
	if (fewer > 0)
		evidence_add(c->out, "tests-skipped", path_of(c, change), 0,
			count_all(&c->before, COUNT_CALL, change),
			count_all(&c->now, COUNT_CALL, change), "a test is no longer called");
}

/* --- assertions ------------------------------------------------------------------------------- */

static int compare_hashes(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static bool has_word(const struct side *s, const char *word, size_t len)
{
	uint64_t hash = text_hash(word, len);

	return s->words_len && bsearch(&hash, s->words, s->words_len, sizeof hash, compare_hashes);
}

static size_t word_len(const char *text)
{
	size_t len = 0;

	while (isalnum((unsigned char)text[len]) || text[len] == '_')
		len++;
	return len;
}

/* The two differ in names alone that the change gave to something in the code that is tested. */
static bool is_renamed(const struct comparison *c, const char *before, const char *now)
{
	while (*before && *now) {
		size_t b = word_len(before), n = word_len(now);

		if (!b != !n || (!b && *before != *now))
			return false;
		if (!b) {
			before++;
			now++;
			continue;
		}
		if (b != n || memcmp(before, now, b) != 0) {
			if (!has_word(&c->before, before, b) || has_word(&c->now, before, b) ||
				!has_word(&c->now, now, n))
				return false;
		}
		before += b;
		now += n;
	}
	return !*before && !*now;
}

struct group { /* the assertions of one test, or those of a file that are in none */
	long lost, lost_strong, won, won_strong;
	int line; /* of the first that was lost; of what stands in its place where there is one */
};

static bool belongs(const struct found *f, enum count_kind kind, long test)
{
	return f->kind == kind && !f->gone && f->test == test;
}

/* Where to look for what belongs to a test, or to a file: in what is of its change. */
static struct range range_of(const struct side *s, size_t change, long test)
{
	return s->found_of[test < 0 ? change : s->tests[test].change];
}

/* Takes out the pairs that differ in names alone. */
static void cancel_renamed(
	struct comparison *c, enum count_kind kind, size_t change, long before, long now)
{
	struct range b = range_of(&c->before, change, before), n = range_of(&c->now, change, now);

	if ((b.to - b.from) * (n.to - n.from) > PAIRS_MAX)
		return;
	for (size_t i = b.from; i < b.to; i++)
		for (size_t k = n.from; belongs(&c->before.items[i], kind, before) && k < n.to; k++)
			if (belongs(&c->now.items[k], kind, now) &&
				is_renamed(c, c->before.items[i].text, c->now.items[k].text))
				c->before.items[i].gone = c->now.items[k].gone = true;
}

static struct group count_group(struct comparison *c, size_t change, long before, long now)
{
	struct range b = range_of(&c->before, change, before), n = range_of(&c->now, change, now);
	struct group g = {0};

	for (size_t i = b.from; i < b.to; i++)
		if (belongs(&c->before.items[i], COUNT_ASSERTION, before)) {
			g.line = g.lost++ ? g.line : c->before.items[i].line;
			g.lost_strong += c->before.items[i].strong;
		}
	for (size_t i = n.from; i < n.to; i++)
		if (belongs(&c->now.items[i], COUNT_ASSERTION, now)) {
			g.line = g.lost && !g.won ? c->now.items[i].line : g.line;
			g.won++;
			g.won_strong += c->now.items[i].strong;
		}
	return g;
}

struct verdict { /* of one file */
	long fewer, loosened, edited;
	int fewer_line, loosened_line, edited_line;
};

static void judge_group(struct verdict *v, const struct group *g)
{
	if (!g->lost)
		return;
	if (g->won < g->lost) {
		v->fewer_line = v->fewer ? v->fewer_line : g->line;
		v->fewer += g->lost - g->won;
	} else if (g->won_strong < g->lost_strong) {
		v->loosened_line = v->loosened ? v->loosened_line : g->line;
		v->loosened += g->lost_strong - g->won_strong;
	} else if (g->won_strong == g->lost_strong) {
		v->edited_line = v->edited ? v->edited_line : g->line;
		v->edited += g->lost;
	}
}

/* A test that asserts what it did, with another value. */
static void judge_values(struct comparison *c, size_t change, long test, struct verdict *v)
{
	const struct range r = c->before.found_of[change];

	cancel_renamed(c, COUNT_VALUE, change, test, c->before.tests[test].twin);
	for (size_t i = r.from; i < r.to; i++)
		if (belongs(&c->before.items[i], COUNT_VALUE, test)) {
			v->edited_line = v->edited ? v->edited_line : c->before.items[i].line;
			v->edited++;
		}
}

static void judge_file(struct comparison *c, size_t change)
{
	struct verdict v = {0};
	struct group g;

	for (size_t i = c->before.tests_of[change].from; i < c->before.tests_of[change].to; i++) {
		const struct found_test *t = &c->before.tests[i];

		if (t->twin < 0)
			continue;
		cancel_renamed(c, COUNT_ASSERTION, change, (long)i, t->twin);
		g = count_group(c, change, (long)i, t->twin);
		judge_group(&v, &g);
		if (!g.lost)
			judge_values(c, change, (long)i, &v);
	}
	cancel_renamed(c, COUNT_ASSERTION, change, -1, -1);
	g = count_group(c, change, -1, -1);
	if (c->changes->items[change].old_mode && c->changes->items[change].new_mode)
		judge_group(&v, &g);
	if (v.fewer > 0)
		evidence_add(c->out, "assertions-fewer", path_of(c, change), v.fewer_line,
			count_all(&c->before, COUNT_ASSERTION, change),
			count_all(&c->now, COUNT_ASSERTION, change),
			"a test that stood at base asserts less");
	if (v.loosened > 0)
		evidence_add(c->out, "assertion-loosened", path_of(c, change), v.loosened_line, -1,
			-1, "an assertion that compared with a value no longer does");
	if (v.edited > 0)
		evidence_add(c->out, "assertions-edited", path_of(c, change), v.edited_line, -1, -1,
			"a test that stood at base expects something else");
}

/* --- all of it -------------------------------------------------------------------------------- */

static const struct {
	enum count_kind kind;
	const char *name, *what;
} more[] = {
	{COUNT_SKIP, "tests-skipped", "a test that stood at base is skipped"},
	{COUNT_SWALLOW, "exit-code-swallowed", "a failure no longer fails, or tests are left out"},
	{COUNT_EXIT, "exits-early", "it ends with success before its end"},
	{COUNT_ABORT, "exits-early", "the code that is tested can end the tests with success"},
	{COUNT_LINT, "lint-disabled", "a check is switched off"},
	{COUNT_HOOK, "runner-shadowed", "what the test runner does is replaced"},
};

void compare_counts(struct comparison *c)
{
	struct side *sides[] = {&c->before, &c->now};

	for (size_t i = 0; i < ARRAY_LEN(sides); i++)
		if (sides[i]->words_len)
			qsort(sides[i]->words, sides[i]->words_len, sizeof *sides[i]->words,
				compare_hashes);
	pair_tests(c);
	pair_found(c);
	for (size_t change = 0; change < c->changes->len; change++) {
		if (c->silent[change])
			continue;
		report_deleted(c, change);
		report_calls(c, change);
		judge_file(c, change);
		for (size_t i = 0; i < ARRAY_LEN(more); i++)
			report_more(c, more[i].kind, change, more[i].name, more[i].what);
		report_widened(c, change);
	}
}
