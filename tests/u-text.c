#include "base/alloc.h"
#include "base/text.h"
#include "tap.h"

#include <stdlib.h>

static void test_kinds(void)
{
	static const struct {
		const char *bytes;
		bool valid;
	} cases[] = {
		{"", true},
		{"plain", true},
		{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", true},
		{"\xf4\x8f\xbf\xbf", true},  /* U+10FFFF */
		{"\xf4\x90\x80\x80", false}, /* beyond it */
		{"\xed\x9f\xbf", true},
		{"\xed\xa0\x80", false},     /* surrogate */
		{"\xc0\xaf", false},         /* overlong, 2 */
		{"\xe0\x9f\xbf", false},     /* overlong, 3 */
		{"\xf0\x8f\xbf\xbf", false}, /* overlong, 4 */
		{"\x80", false},
		{"\xff", false},
		{"a\xc3", false}, /* cut */
		{"\xe2\x82", false},
		{"\xf0\x9f\x98", false},
		{"\xe2\x28\xa1", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		ok(text_is_utf8(cases[i].bytes, strlen(cases[i].bytes)) == cases[i].valid,
			"UTF-8 case %zu", i);
	ok(text_is_utf8("a\0b", 3), "a NUL is UTF-8");
	ok(text_is_binary("a\0b", 3) && !text_is_binary("ab", 2), "but not text");
	ok(!text_is_binary("", 0), "nothing is text");
}

static void test_clean(void)
{
	static const struct {
		const char *from, *to, *name;
	} cases[] = {
		{"a\tb\nc", "a\tb\nc", "tab and newline stay"},
		{"a\r\nb\r", "a\nb?", "CR LF is a newline, CR alone is not"},
		{"\x01\x07\x08\x7f", "????", "controls"},
		{"\033[31mred\033[0m", "red", "colours"},
		{"\033[1;2 q\033[?25lx", "x", "intermediates and private parameters"},
		{"\033[31\nx", "\nx", "a malformed CSI ends where it breaks"},
		{"\033[31\xc3\xa9", "\xc3\xa9", "also at a letter outside ASCII"},
		{"x\033", "x", "ESC at the end"},
		{"x\033[", "x", "CSI at the end"},
		{"x\033[38;5", "x", "cut parameters"},
		{"x\033(", "x", "cut character set"},
		{"\033(Bx\0337y\033\\z", "xyz", "two and three byte sequences"},
		{"\033\nx\033\x01y", "\nx?y", "ESC before a control"},
		{"\033\033[31mx", "x", "ESC before a sequence"},
		{"\033]0;title\007x", "x", "OSC ended by BEL"},
		{"\033]0;title\033\\x", "x", "OSC ended by ST"},
		{"\033]0;title\xc2\x9cx", "x", "OSC ended by ST as C1"},
		{"\033]8;;http://h/\033\\link\033]8;;\033\\", "link",
			"a hyperlink leaves its text"},
		{"\033]0;caf\xc3\xa9\007x", "x", "OSC with letters outside ASCII"},
		{"\033]0;cut", "", "OSC at the end"},
		{"\033]0;cut\nnext\nline", "\nnext\nline", "an open OSC hides no further line"},
		{"\033]0;cut\nnext\033[1mbold", "\nnextbold", "nor does one that ESC breaks off"},
		{"\033Pq#0\n~-\033\\x", "x", "DCS over lines"},
		{"\033Pq\007still\033\\x", "x", "BEL does not end a DCS"},
		{"\033^pm\033\\\033_apc\033\\\033Xsos\033\\x", "x", "PM, APC and SOS"},
		{"\033]0;a\030x\033Pb\032y", "xy", "CAN and SUB break strings off"},
		{"\033]0;a\033", "", "a string cut within its end"},
		{"a\xc2\x85\xc2\x9b"
		 "31m",
			"a??31m", "C1 controls"},
		{"\xc2\xa0", "\xc2\xa0", "what follows them stays"},
		{"\x9b"
		 "31m\xff",
			"?31m?", "bytes that are no UTF-8"},
		{"\xe2\x82", "??", "a cut character"},
		{"\xe2\x80\xaa\xe2\x80\xae.\xe2\x80\xa9\xe2\x80\xaf", "??.\xe2\x80\xa9\xe2\x80\xaf",
			"embeddings and overrides, not their neighbours"},
		{"\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa", "\xe2\x81\xa5??\xe2\x81\xaa",
			"isolates"},
		{"\xe2\x80\x8d\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\x90", "\xe2\x80\x8d??\xe2\x80\x90",
			"direction marks"},
		{"\xd8\x9c\xd8\x9b", "?\xd8\x9b", "Arabic letter mark"},
		{"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "an emoji stays"},
		{"", "", "nothing"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(str_free) char *got = text_cleaned(cases[i].from);
		CLEANUP(str_free) char *again = text_cleaned(got);

		is(got, cases[i].to, cases[i].name);
		ok(!strcmp(got, again), "%s: cleaning again changes nothing", cases[i].name);
	}
}

/* Whatever the bytes, no control, no escape and no broken character is left. */
static void test_clean_any(void)
{
	unsigned state = 12345;
	size_t bad = 0;

	for (int round = 0; round < 2000; round++) {
		static const char likely[] =
			"\033\033[]P\\;0m\n\007\x9b\xc2\xe2\x80\xae\xf0\x9f\0a";
		CLEANUP(buf_release) struct buf b = BUF_INIT;

		for (int i = 0; i < 40; i++) {
			state = state * 1103515245 + 12345;
			buf_putc(&b, likely[(state >> 16) % (sizeof likely - 1)]);
		}
		text_clean(&b);
		bad += !text_is_utf8(b.data, b.len);
		for (size_t i = 0; i < b.len; i++) {
			unsigned char c = (unsigned char)b.data[i];

			bad += c == 0x7f || (c < 0x20 && c != '\n' && c != '\t');
		}
		bad += memmem(b.data, b.len, "\xe2\x80\xae", 3) != NULL;
	}
	ok(bad == 0, "2000 heaps of likely bytes come out harmless");
}

static void test_clean_nul(void)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	buf_add(&b, "a\0b\033\0c\033[\0", 9);
	text_clean(&b);
	is(b.data, "a?b?c?", "NULs are controls");
	ok(b.len == 6, "and the length agrees");
}

static void test_cut_middle(void)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	for (int i = 0; i < 100; i++)
		buf_printf(&b, "line %02d\n", i);
	text_cut_middle(&b, 800);
	ok(b.len == 800, "what fits stays as it is");
	text_cut_middle(&b, 100);
	ok(!strncmp(b.data, "line 00\nline 01\nline 02\nline 03\nline 04\nline 05\n[... ", 53),
		"whole lines first");
	is(strstr(b.data, "..."),
		"... 704 bytes left out ...]\n"
		"line 94\nline 95\nline 96\nline 97\nline 98\nline 99\n",
		"the count, whole lines last");
	buf_clear(&b);
	for (int i = 0; i < 500; i++)
		buf_puts(&b, "\xe2\x82\xac");
	text_cut_middle(&b, 100);
	ok(text_is_utf8(b.data, b.len) && b.len < 160,
		"one endless line is cut between characters");
	is(strstr(b.data, "\n["),
		"\n[... 1404 bytes left out ...]\n"
		"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2"
		"\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82"
		"\xac\xe2\x82\xac",
		"with the note on a line of its own");
	text_cut_middle(&b, 0);
	ok(strstr(b.data, "[... ") == b.data && !strchr(b.data, '\xe2'),
		"cut to nothing: the note");
	buf_release(&b);
	text_cut_middle(&b, 0);
	is(b.data, "", "nothing to cut");
}

static void test_slug(void)
{
	static const struct {
		const char *from;
		size_t max;
		const char *to;
	} cases[] = {
		{"Fix the Login", 50, "fix-the-login"},
		{"--a__b  c--", 50, "a-b-c"},
		{"", 50, ""},
		{"\xe6\x97\xa5\xe6\x9c\xac", 50, ""},
		{"caf\xc3\xa9 2", 50, "caf-2"},
		{"abc def", 4, "abc"}, /* no dash at the end */
		{"abc def", 5, "abc-d"},
		{"abcdef", 3, "abc"},
		{"abc", 0, ""},
		{"../../etc/passwd", 50, "etc-passwd"},
		{"a.lock", 50, "a-lock"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;

		text_slug(&b, cases[i].from, cases[i].max);
		is(b.data, cases[i].to, "slug");
		buf_clear(&b);
		buf_puts(&b, "agent/");
		text_slug(&b, cases[i].from, cases[i].max);
		is(b.data + 6, cases[i].to, "slug behind something else");
	}
}

static void test_nearest(void)
{
	const char *const words[] = {"status", "stop", "issue", "propose", "log", NULL};

	is(text_nearest("statsu", words), "status", "swapped letters");
	is(text_nearest("isue", words), "issue", "a letter missing");
	is(text_nearest("loog", words), "log", "one too many");
	is(text_nearest("propsoe", words), "propose", "in a longer word");
	is(text_nearest("prapase", words), "propose", "two wrong ones of seven");
	is(text_nearest("stop", words), "stop", "the word itself");
	is(text_nearest("stp", words), "stop", "one of three");
	ok(!text_nearest("sttp-x", words), "too far");
	ok(!text_nearest("xyz", words), "nothing like it");
	ok(!text_nearest("", words), "nothing at all");
	ok(!text_nearest("log", words + 5), "no candidates");
}

static void test_units(void)
{
	static const struct {
		const char *text;
		int64_t duration, size;
	} cases[] = {
		{"0", 0, 0},
		{"90", 90000, 90},
		{"90s", 90000, -1},
		{"250ms", 250, -1},
		{"30m", 1800000, 30 << 20},
		{"2h", 7200000, -1},
		{"3d", 259200000, -1},
		{"64k", -1, 64 << 10},
		{"64K", -1, 64 << 10},
		{"2g", -1, INT64_C(2) << 30},
		{"1G", -1, INT64_C(1) << 30},
		{"", -1, -1},
		{"s", -1, -1},
		{"-1", -1, -1},
		{"+1", -1, -1},
		{" 1", -1, -1},
		{"1 ", -1, -1},
		{"1.5h", -1, -1},
		{"1kb", -1, -1},
		{"9223372036854775807", -1, INT64_MAX},
		{"9223372036854775808", -1, -1},
		{"99999999999999999999", -1, -1},
		{"9007199254740993k", -1, -1},
		{"9007199254740993m", -1, -1},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ok(text_duration(cases[i].text) == cases[i].duration, "duration '%s'",
			cases[i].text);
		ok(text_size(cases[i].text) == cases[i].size, "size '%s'", cases[i].text);
	}
}

static void test_put_duration(void)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{-5, "0.0s"},
		{0, "0.0s"},
		{449, "0.4s"},
		{9999, "9.9s"},
		{10000, "10s"},
		{59999, "59s"},
		{60000, "1m00s"},
		{185000, "3m05s"},
		{3599999, "59m59s"},
		{3600000, "1h00m"},
		{7800000, "2h10m"},
		{172799999, "47h59m"},
		{172800000, "2d"},
		{864000000, "10d"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;

		text_put_duration(&b, cases[i].ms);
		is(b.data, cases[i].text, "a duration");
	}
}

static void test_bool(void)
{
	ok(text_bool("true") == 1 && text_bool("Yes") == 1 && text_bool("ON") == 1 &&
			text_bool("1") == 1,
		"true");
	ok(text_bool("false") == 0 && text_bool("No") == 0 && text_bool("off") == 0 &&
			text_bool("0") == 0 && text_bool("") == 0,
		"false");
	ok(text_bool("2") == -1 && text_bool("y") == -1 && text_bool("true ") == -1, "neither");
}

static void test_split_words(void)
{
	static const struct {
		const char *text, *words; /* words between bars; NULL: a fault */
	} cases[] = {
		{"", ""},
		{" \t\n", ""},
		{"prog {prompt_file}", "prog|{prompt_file}"},
		{"  a\tb\nc ", "a|b|c"},
		{"'a b' \"c d\"", "a b|c d"},
		{"a'b'\"c\"d", "abcd"},
		{"'' \"\" x", "||x"},
		{"'a\\' b", "a\\|b"},
		{"\"a\\\"b\\\\c\\d\"", "a\"b\\c\\d"},
		{"a\\ b \\' \\\\", "a b|'|\\"},
		{"$HOME `x` $(y) ; | & > *", "$HOME|`x`|$(y)|;|@|&|>|*"},
		{"\"it's\" 'say \"x\"'", "it's|say \"x\""},
		{"'open", NULL},
		{"a \"open\\\"", NULL},
		{"end\\", NULL},
		{"\"end\\", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(vec_release) struct vec words = VEC_INIT;
		CLEANUP(buf_release) struct buf all = BUF_INIT;
		struct fault why = FAULT_INIT;
		int done = text_split_words(cases[i].text, &words, &why);

		if (!cases[i].words) {
			ok(done == -1 && why.exit == EXIT_FATAL && why.message[0],
				"split case %zu is a fault", i);
			continue;
		}
		for (size_t k = 0; k < words.len; k++)
			buf_printf(&all, "%s%s", k ? "|" : "",
				strcmp(words.items[k], "|") != 0 ? words.items[k] : "@");
		ok(done == 0, "split case %zu", i);
		is(all.data, cases[i].words, "its words");
	}
}

static void test_replace(void)
{
	static const struct {
		const char *text, *from, *to, *want;
	} cases[] = {
		{"a{x}b{x}", "{x}", "value", "avaluebvalue"},
		{"{x}", "{x}", "{x}{x}", "{x}{x}"},
		{"aaa", "aa", "b", "ba"},
		{"abc", "", "x", "abc"},
		{"abc", "d", "x", "abc"},
		{"abc", "abc", "", ""},
		{"", "a", "b", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;

		buf_puts(&b, cases[i].text);
		text_replace(&b, cases[i].from, cases[i].to);
		is(b.data, cases[i].want, "replaced");
	}
}

static void test_shell_word(void)
{
	static const char *const cases[][2] = {
		{"plain-1.2/x:y", "plain-1.2/x:y"},
		{"--name=x", "--name=x"},
		{"", "''"},
		{"a b", "'a b'"},
		{"it's", "'it'\\''s'"},
		{"$(x)", "'$(x)'"},
		{"~", "'~'"},
		{"=ls", "'=ls'"},
		{"a\nb", "'a\nb'"},
		{"caf\xc3\xa9", "'caf\xc3\xa9'"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;

		text_put_shell_word(&b, cases[i][0]);
		is(b.data, cases[i][1], "a shell word");
	}
}

int main(void)
{
	test_kinds();
	test_clean();
	test_clean_any();
	test_clean_nul();
	test_cut_middle();
	test_slug();
	test_nearest();
	test_units();
	test_put_duration();
	test_bool();
	test_split_words();
	test_replace();
	test_shell_word();
	return tap_done();
}
