#include "base/alloc.h"
#include "base/buf.h"
#include "tap.h"

#include <stdlib.h>

static void test_empty(void)
{
	struct buf b = BUF_INIT;
	char *text;

	is(b.data, "", "a new buffer is an empty string");
	buf_clear(&b);
	buf_cut(&b, 0);
	buf_rtrim(&b);
	buf_add(&b, NULL, 0);
	buf_puts(&b, "");
	buf_splice(&b, 0, 0, NULL, 0);
	ok(b.len == 0 && b.cap == 0 && b.data == buf_empty, "nothing done to it allocates");
	buf_release(&b);
	text = buf_take(&b);
	is(text, "", "an empty buffer hands over a string that can be freed");
	free(text);
	is(buf_empty, "", "the shared empty string is untouched");
}

static void test_growth(void)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	bool ended = true;

	for (int i = 0; i < 1000; i++) {
		buf_putc(&b, (char)('a' + i % 26));
		ended = ended && b.data[b.len] == '\0';
	}
	ok(b.len == 1000 && b.data[999] == 'a' + 999 % 26, "bytes arrive one by one");
	ok(ended, "a NUL follows at every length");
	ok(b.cap > b.len, "capacity counts the NUL");
	buf_clear(&b);
	ok(b.len == 0 && b.cap > 1000, "clear keeps the memory");
	buf_add(&b, "a\0b", 3);
	ok(b.len == 3 && !memcmp(b.data, "a\0b", 4), "NULs are bytes like others");
}

static void test_printf(void)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	buf_printf(&b, "%s-%d", "x", 7);
	buf_printf(&b, "%s", "");
	is(b.data, "x-7", "formatted text is appended");
	buf_printf(&b, "%0200d", 1);
	ok(b.len == 203 && b.data[202] == '1', "text longer than the room makes room");
}

static void test_splice(void)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	char big[300];

	buf_splice(&b, 0, 0, "middle", 6);
	is(b.data, "middle", "splicing into an empty buffer");
	buf_splice(&b, 0, 0, "<", 1);
	buf_splice(&b, b.len, 0, ">", 1);
	is(b.data, "<middle>", "at the start and the end");
	buf_splice(&b, 1, 6, "", 0);
	is(b.data, "<>", "removing");
	buf_splice(&b, 1, 0, "ab", 2);
	buf_splice(&b, 1, 1, "xyz", 3);
	is(b.data, "<xyzb>", "by something longer");
	buf_splice(&b, 1, 3, "q", 1);
	is(b.data, "<qb>", "by something shorter");
	memset(big, 'B', sizeof big);
	buf_splice(&b, 1, 1, big, sizeof big);
	ok(b.len == 303 && b.data[0] == '<' && !strcmp(b.data + 301, "b>"), "beyond the capacity");
	buf_splice(&b, 0, b.len, NULL, 0);
	is(b.data, "", "everything away");
}

static void test_cut(void)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	buf_puts(&b, "line \t\r\n\n");
	buf_rtrim(&b);
	is(b.data, "line", "rtrim drops blanks and newlines");
	buf_cut(&b, 10);
	is(b.data, "line", "cut to more than there is does nothing");
	buf_cut(&b, 2);
	is(b.data, "li", "cut shortens");
	buf_clear(&b);
	buf_puts(&b, " \n ");
	buf_rtrim(&b);
	is(b.data, "", "rtrim of blanks only leaves nothing");
}

static void test_take(void)
{
	struct buf b = BUF_INIT;
	char *text;

	buf_puts(&b, "mine");
	text = buf_take(&b);
	is(text, "mine", "take hands the string over");
	ok(b.cap == 0 && b.len == 0, "the buffer starts anew");
	buf_puts(&b, "other");
	is(text, "mine", "and no longer shares memory with it");
	free(text);
	buf_release(&b);
	is(b.data, "", "release leaves a usable empty buffer");
}

static void test_strings(void)
{
	char *text = xstrdup("old");

	str_replace(&text, text);
	is(text, "old", "a string can replace itself");
	str_replace(&text, text + 1);
	is(text, "ld", "or be replaced by a part of itself");
	str_replace(&text, NULL);
	ok(!text, "or by none");
	str_free(&text);
	ok(!text, "freeing none is fine");
}

int main(void)
{
	test_empty();
	test_growth();
	test_printf();
	test_splice();
	test_cut();
	test_take();
	test_strings();
	return tap_done();
}
