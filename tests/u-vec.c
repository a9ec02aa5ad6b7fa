#include "base/alloc.h"
#include "base/buf.h"
#include "base/vec.h"
#include "tap.h"

/* The items between bars, so that one comparison sees them all. */
static void joined_is(const struct vec *v, const char *want, const char *name)
{
	CLEANUP(buf_release) struct buf all = BUF_INIT;

	for (size_t i = 0; i < v->len; i++)
		buf_printf(&all, "%s%s", i ? "|" : "", v->items[i]);
	is(all.data, want, name);
	ok(v->items[v->len] == NULL, "%s: a NULL closes the list", name);
}

static void test_push(void)
{
	struct vec v = VEC_INIT;
	char word[] = "word";
	bool closed = true;

	joined_is(&v, "", "a new list is empty");
	vec_push(&v, word);
	word[0] = 'W';
	joined_is(&v, "word", "push copies");
	vec_pushf(&v, "%s-%d", "n", 5);
	vec_push(&v, "");
	joined_is(&v, "word|n-5|", "formatted and empty items");
	vec_clear(&v);
	joined_is(&v, "", "clear empties");
	for (int i = 0; i < 100; i++) {
		vec_pushf(&v, "%d", i);
		closed = closed && !v.items[v.len];
	}
	ok(v.len == 100 && closed, "a NULL closes it at every length");
	is(v.items[99], "99", "the last item is the last one");
	vec_release(&v);
	vec_release(&v);
	joined_is(&v, "", "release twice leaves a usable list");
	ok(vec_empty[0] == NULL, "the shared empty list is untouched");
}

static void test_push_many(void)
{
	CLEANUP(vec_release) struct vec v = VEC_INIT;
	const char *const words[] = {"one", "two", NULL};

	vec_push_all(&v, words + 2);
	joined_is(&v, "", "all of nothing");
	vec_push_all(&v, words);
	joined_is(&v, "one|two", "all of a list");
}

static void test_split(void)
{
	static const char *const cases[][2] = {
		{"", ""},
		{",", ""},
		{" , ,\t", ""},
		{"a", "a"},
		{" a ,b\t, c d ,", "a|b|c d"},
		{",,a,,b,,", "a|b"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(vec_release) struct vec v = VEC_INIT;

		vec_push_split(&v, cases[i][0]);
		joined_is(&v, cases[i][1], "split");
	}
}

static void test_order(void)
{
	CLEANUP(vec_release) struct vec v = VEC_INIT;
	CLEANUP(vec_release) struct vec copy = VEC_INIT;

	vec_sort(&v);
	vec_push_split(&v, "b,a,B,\xc3\xa9,aa,a");
	vec_sort(&v);
	joined_is(&v, "B|a|a|aa|b|\xc3\xa9", "sorted by bytes");
	ok(vec_has(&v, "aa") && !vec_has(&v, "aaa") && !vec_has(&v, ""), "has finds whole items");
	vec_push(&copy, "gone");
	vec_copy(&copy, &v);
	vec_clear(&v);
	joined_is(&copy, "B|a|a|aa|b|\xc3\xa9", "a copy is its own");
	ok(!vec_has(&v, "a"), "an empty list has nothing");
}

int main(void)
{
	test_push();
	test_push_many();
	test_split();
	test_order();
	return tap_done();
}
