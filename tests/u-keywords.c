#include "base/alloc.h"
#include "base/buf.h"
#include "base/keywords.h"
#include "tap.h"

#include <stdlib.h>
#include <strings.h>

/* Every hit as "id@end ". */
static void find_all(
	struct keywords *k, const char *text, size_t len, size_t piece, struct buf *out)
{
	uint32_t state = 0, hit, id;

	for (size_t from = 0; from < len; from += piece) {
		size_t at = 0, part = len - from < piece ? len - from : piece;

		while (keywords_next(k, text + from, part, &at, &state))
			for (hit = 0; keywords_hit(k, state, &hit, &id);)
				buf_printf(out, "%u@%zu ", id, from + at);
	}
}

static void check_words(void)
{
	CLEANUP(keywords_free) struct keywords *k = keywords_new();
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	const char *text = "USHERS he";

	keywords_add(k, "he", 2, 1);
	keywords_add(k, "she", 3, 2);
	keywords_add(k, "hers", 4, 3);
	keywords_build(k);
	find_all(k, text, strlen(text), 100, &out);
	is(out.data, "2@4 1@4 3@6 1@9 ", "words within words, in any case");
	buf_clear(&out);
	find_all(k, text, strlen(text), 1, &out);
	is(out.data, "2@4 1@4 3@6 1@9 ", "a byte at a time");
}

/* Against the plainest search: random words of few letters in random text. */
static void check_random(void)
{
	size_t wrong = 0, found = 0;

	srand(7);
	for (int round = 0; round < 200; round++) {
		CLEANUP(keywords_free) struct keywords *k = keywords_new();
		CLEANUP(buf_release) struct buf out = BUF_INIT;
		char words[12][8], text[200];
		size_t lens[12], expected = 0, got = 0;

		for (int w = 0; w < 12; w++) {
			lens[w] = 1 + (size_t)rand() % 5;
			for (size_t i = 0; i < lens[w]; i++)
				words[w][i] = "abAB-"[rand() % 5];
			keywords_add(k, words[w], lens[w], (uint32_t)w);
		}
		keywords_build(k);
		for (size_t i = 0; i < sizeof text; i++)
			text[i] = "abcAB-\n"[rand() % 7];
		for (size_t at = 0; at < sizeof text; at++)
			for (int w = 0; w < 12; w++)
				expected += at + lens[w] <= sizeof text &&
					    !strncasecmp(text + at, words[w], lens[w]);
		find_all(k, text, sizeof text, 33, &out);
		for (const char *c = out.data; *c; c++)
			got += *c == '@';
		wrong += got != expected;
		found += got;
	}
	ok(!wrong && found > 10000, "as many as the plainest search, %zu in all", found);
}

#define MANY 12000

/* More beginnings of words than there are rows for: rows are forgotten on the way, and nothing is missed. */
static void check_many(void)
{
	CLEANUP(keywords_free) struct keywords *k = keywords_new();
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	size_t at = 0, met[MANY] = {0}, wrong = 0;
	uint32_t state = 0, hit, id;

	for (unsigned i = 0; i < MANY; i++) {
		unsigned mixed = i * 2654435761U;
		size_t start = text.len;

		buf_printf(&text, "%08x%u", mixed, i);
		keywords_add(k, text.data + start, text.len - start, i);
		buf_putc(&text, '\n');
	}
	keywords_build(k);
	for (int round = 0; round < 2; round++, at = 0)
		while (keywords_next(k, text.data, text.len, &at, &state))
			for (hit = 0; keywords_hit(k, state, &hit, &id);)
				met[id]++;
	for (unsigned i = 0; i < MANY; i++)
		wrong += met[i] != 2;
	ok(!wrong, "%d words of more beginnings than the table has rows", MANY);
}

int main(void)
{
	CLEANUP(keywords_free) struct keywords *none = keywords_new();
	size_t at = 0;
	uint32_t state = 0;

	keywords_build(none);
	ok(!keywords_next(none, "abc", 3, &at, &state) && at == 3, "no words: nothing is found");
	check_words();
	check_random();
	check_many();
	return tap_done();
}
