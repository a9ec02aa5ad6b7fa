#include "base/alloc.h"
#include "base/fs.h"
#include "core/brief.h"
#include "tap.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/u-brief.XXXXXX";

static void put(const char *name, const char *bytes, size_t len)
{
	CLEANUP(str_free) char *path = fs_join(root, name);
	struct fault why = FAULT_INIT;

	if (fs_write(path, bytes, len, 0644, &why))
		ok(false, "writes %s: %s", name, why.message);
}

static const struct {
	const char *text, *title, *name, *agent, *acceptance, *scope, *may_change, *warnings;
} table[] = {
	{"# Fix the discount\n\nIt is wrong.\n\n## Acceptance criteria\n\n- 180\n- tests pass\n",
		"Fix the discount", NULL, NULL, "- 180\n- tests pass", NULL, "", ""},
	{"Just words\nand more\n", "Just words", NULL, NULL, NULL, NULL, "", "A"},
	{"\n\n  Later words  \n", "Later words", NULL, NULL, NULL, NULL, "", "A"},
	{"Text first\n\n## Then a heading\n", "Then a heading", NULL, NULL, NULL, NULL, "", "A"},
	{"#\n\n# \n\n## `code` and *more*\n", "code and more", NULL, NULL, NULL, NULL, "", "A"},
	{"Title\n=====\n\nDone when\n---------\nit works\n\nNotes\n-----\nx\n", "Title", NULL, NULL,
		"it works", NULL, "", ""},
	{"# T\n## ACCEPTANCE:\nA\n### Deeper\nB\n## Next\nC\n", "T", NULL, NULL, "A\n### Deeper\nB",
		NULL, "", ""},
	{"# T\n### 3. Definition of done\nA\n# Top\nB\n", "T", NULL, NULL, "A", NULL, "", ""},
	{"# T\n## \xe2\x9c\x85 Acceptance Criteria!\nA\n", "T", NULL, NULL, "A", NULL, "", ""},
	{"# T\n## Acceptance criteria\n\n## Scope\nS\n", "T", NULL, NULL, NULL, "S", "", "A"},
	{"# T\n## Acceptance test plan\nx\n", "T", NULL, NULL, NULL, NULL, "", "A"},
	{"# T\n## In scope\nI\n## Out of scope\nO\n## Done when\nD\n", "T", NULL, NULL, "D",
		"In scope:\nI\n\nOut of scope:\nO", "", ""},
	{"# T\n## Done when\nD\n## Acceptance\nE\n", "T", NULL, NULL, "D\n\nAcceptance:\nE", NULL,
		"", ""},
	{"# T\n## Out of scope\nO\n## Done when\nD\n", "T", NULL, NULL, "D", "Out of scope:\nO", "",
		""},
	{"# T\n## Scope\nA\n### In scope\nB\n## Done when\nD\n", "T", NULL, NULL, "D",
		"A\n### In scope\nB", "", ""},
	{"# T\r\n\r\n## Done when\r\n\r\nD\r\n", "T", NULL, NULL, "D", NULL, "", ""},
	{"# T\rmore\r\r## Done when\rD\r\r## Scope\nS\n", "T", NULL, NULL, "D", "S", "", ""},
	{"# T\n```\n## Done when\nno\n```\n", "T", NULL, NULL, NULL, NULL, "", "A"},
	{"\xef\xbb\xbf# BOM\n## Done when\nD\n", "BOM", NULL, NULL, "D", NULL, "", ""},
	{"# a \x1b[31mred\x1b[0m\tand\x07 more\n## Done when\nD\n", "a red and? more", NULL, NULL,
		"D", NULL, "", ""},
	{"---\ntitle: From the front\nname: fix-it\nagent: codex\nmodel: m\n---\n# Other\n## Done when\nD\n",
		"From the front", "fix-it", "codex", "D", NULL, "", ""},
	{"---\r\ntitle: 'Quoted: yes'\r\n---\r\n# Other\r\n## Done when\r\nD\r\n", "Quoted: yes",
		NULL, NULL, "D", NULL, "", ""},
	{"---\nTITLE: \"x\"\n\n# comment\n---\n## Done when\nD\n", "x", NULL, NULL, "D", NULL, "",
		""},
	{"---\ntests: may-change tests/**, spec/a.rb\n---\n# T\n## Done when\nD\n", "T", NULL, NULL,
		"D", NULL, "tests/** spec/a.rb ", ""},
	{"---\nlabels: bug\nname: a\nname: b\n---\n# T\n## Done when\nD\n", "T", "a", NULL, "D",
		NULL, "", "UT"},
	{"---\nname: a\njust words\n---\n# T\n## Done when\nD\n", "T", "a", NULL, "D", NULL, "",
		"E"},
	{"---\nname:\nagent:\n---\n# T\n## Done when\nD\n", "T", NULL, NULL, "D", NULL, "", ""},
	{"---\n# Not front matter\n---\n## Done when\nD\n", "Not front matter", NULL, NULL, "D",
		NULL, "", ""},
	{"---\nname: open\n# T\n", "T", NULL, NULL, NULL, NULL, "", "A"},
	{" ---\nname: a\n---\n# T\n", "name: a", NULL, NULL, NULL, NULL, "", "A"},
	{"\x1b[0m\n", "untitled", NULL, NULL, NULL, NULL, "", "A"},
};

/* One letter per warning: acceptance missing, unknown key, given twice, expected. */
static void put_warnings(const struct brief *b, struct buf *out)
{
	for (size_t i = 0; i < b->warnings.len; i++) {
		const char *w = b->warnings.items[i];

		buf_putc(out, strstr(w, "acceptance criteria")     ? 'A'
			      : strstr(w, "unknown key 'labels'")  ? 'U'
			      : strstr(w, "name: given twice")     ? 'T'
			      : strstr(w, "expected 'key: value'") ? 'E'
								   : '?');
	}
}

static void test_table(void)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		CLEANUP(brief_release) struct brief b;
		CLEANUP(buf_release) struct buf warnings = BUF_INIT, may = BUF_INIT;
		struct fault why = FAULT_INIT;

		if (!ok(!brief_parse(&b, "b.md", table[i].text, strlen(table[i].text), &why),
			    "reads %zu", i))
			printf("# %s\n", why.message);
		put_warnings(&b, &warnings);
		for (size_t k = 0; k < b.may_change.len; k++)
			buf_printf(&may, "%s ", b.may_change.items[k]);
		is(b.title, table[i].title, "title");
		is(b.name, table[i].name, "name");
		is(b.agent, table[i].agent, "agent");
		is(b.acceptance, table[i].acceptance, "acceptance criteria");
		is(b.scope, table[i].scope, "scope");
		is(may.data, table[i].may_change, "what of the tests may change");
		is(warnings.data, table[i].warnings, "warnings");
		ok(strstr(b.text, b.body) != NULL, "the body is part of the text");
	}
}

static void test_faults(void)
{
	static const struct {
		const char *text;
		size_t len; /* 0: strlen */
		const char *want;
	} bad[] = {
		{"", 0, "brief 'b.md' is empty"},
		{" \n\t\r\n", 0, "brief 'b.md' is empty"},
		{"\xef\xbb\xbf\n", 0, "brief 'b.md' is empty"},
		{"---\ntitle: x\n---\n\n", 0, "brief 'b.md' is empty"},
		{"a\0b", 3, "brief 'b.md' is binary"},
		{"one\ntwo\nthr\xe9\x65\n", 0, "brief 'b.md' is not UTF-8 text (line 3)"},
		{"\xff", 0, "brief 'b.md' is not UTF-8 text (line 1)"},
		{"---\nname: Fix It\n---\nx\n", 0,
			"brief 'b.md': name: expected letters a to z, digits and dashes (at most 50), got 'Fix It'"},
		{"---\nname: ../../x\n---\nx\n", 0,
			"brief 'b.md': name: expected letters a to z, digits and dashes (at most 50), got '../../x'"},
		{"---\ntests: free\n---\nx\n", 0,
			"brief 'b.md': tests: expected 'may-change <path>', got 'free'"},
		{"---\ntests: may-change\n---\nx\n", 0,
			"brief 'b.md': tests: expected a path after 'may-change'"},
		{"---\ntests: may-change [a\n---\nx\n", 0,
			"brief 'b.md': tests: expected a glob, got '[a': a '[' that is "
			"not closed, or a class that does not exist"},
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CLEANUP(brief_release) struct brief b;
		struct fault why = FAULT_INIT;
		size_t len = bad[i].len ? bad[i].len : strlen(bad[i].text);

		ok(brief_parse(&b, "b.md", bad[i].text, len, &why) == -1 && why.exit == EXIT_FATAL,
			"refuses %zu", i);
		is(why.message, bad[i].want, "says why");
	}
}

static void test_limits(void)
{
	char *big = malloc(BRIEF_MAX + 1);

	for (size_t extra = 0; extra < 2; extra++) {
		CLEANUP(brief_release) struct brief b;
		struct fault why = FAULT_INIT;
		int rc;

		memset(big, 'x', BRIEF_MAX + 1);
		rc = brief_parse(&b, "big", big, BRIEF_MAX + extra, &why);
		ok(rc == (extra ? -1 : 0), "%zu bytes past the limit: %s", extra, why.message);
		ok(extra || strlen(b.title) == 200, "a long title is cut");
	}
	for (size_t i = 0; i + 1 < BRIEF_MAX; i += 2)
		memcpy(big + i, "\xc3\xa9", 2);
	for (size_t shift = 0; shift < 2; shift++) {
		CLEANUP(brief_release) struct brief b;
		struct fault why = FAULT_INIT;

		if (shift) {
			memmove(big + 1, big, 1000);
			*big = 'x';
		}
		ok(!brief_parse(&b, "big", big, 1000 + shift, &why), "many two-byte characters");
		ok(strlen(b.title) == (shift ? 199 : 200), "are not cut in two");
	}
	free(big);
}

static void test_files(void)
{
	static const struct {
		const char *path, *message, *hint;
	} bad[] = {
		{"missing.md", "cannot read brief 'missing.md': No such file or directory",
			"name a Markdown file, or - for standard input"},
		{"", "cannot read brief '': No such file or directory", NULL},
		{"../../missing/x",
			"cannot read brief '../../missing/x': No such file or directory", NULL},
		{"good.md/x", "cannot read brief 'good.md/x': No such file or directory", NULL},
		{"#12", "cannot read brief '#12': it is an issue of a forge, not a file",
			"gh issue view 12 | git agent issue -"},
		{"#", "cannot read brief '#': No such file or directory", NULL},
		{"https://github.com/o/r/issues/3",
			"cannot read brief 'https://github.com/o/r/issues/3': it is a URL, not a file",
			"gh issue view https://github.com/o/r/issues/3 | git agent issue -"},
		{"https://example.com/a;b",
			"cannot read brief 'https://example.com/a;b': it is a URL, not a file",
			"curl -fsSL 'https://example.com/a;b' | git agent issue -"},
		{"dir", "brief 'dir' is a directory", "name the Markdown file in it"},
		{"empty", "brief 'empty' is empty", NULL},
		{"huge", "cannot read brief 'huge': the input is larger than 1048576 bytes", NULL},
	};
	static const struct {
		const char *path, *stem;
	} good[] = {{"good.md", "good"}, {"./-x", "-x"}, {"#7", "#7"}, {".hidden", ".hidden"},
		{"dir/a.b.md", "a.b"}};
	char *huge = calloc(1, BRIEF_MAX + 2);
	CLEANUP(str_free) char *sub = fs_join(root, "dir"), *absolute = fs_join(root, "good.md");
	struct fault why = FAULT_INIT;
	struct brief b;

	ok(!mkdir(sub, 0755), "a directory");
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		put(good[i].path, "# T\n", 4);
	put("empty", "", 0);
	memset(huge, 'x', BRIEF_MAX + 1);
	put("huge", huge, BRIEF_MAX + 1);
	free(huge);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		fault_clear(&why);
		ok(brief_read(&b, bad[i].path, root, -1, &why) == -1 && why.exit == EXIT_FATAL,
			"refuses '%s'", bad[i].path);
		is(why.message, bad[i].message, "says why");
		if (bad[i].hint)
			is(why.hint, bad[i].hint, "and what to do");
		brief_release(&b);
	}
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		ok(!brief_read(&b, good[i].path, root, -1, &why), "reads '%s'", good[i].path);
		is(b.stem, good[i].stem, "its stem");
		is(b.source, good[i].path, "its source");
		brief_release(&b);
	}
	ok(!brief_read(&b, absolute, "/nowhere", -1, &why), "an absolute path");
	brief_release(&b);
}

static void test_standard_input(void)
{
	static const char text[] = "# From a pipe\n";
	struct fault why = FAULT_INIT;
	struct brief b;
	int ends[2];

	ok(!pipe2(ends, O_CLOEXEC) && write(ends[1], text, strlen(text)) > 0 && !close(ends[1]),
		"a pipe");
	ok(!brief_read(&b, "-", root, ends[0], &why), "is read");
	is(b.title, "From a pipe", "its title");
	is(b.source, "standard input", "its source");
	is(b.stem, NULL, "it has no stem");
	brief_release(&b);
	ok(brief_read(&b, "-", root, ends[0], &why) == -1, "and then it is empty: %s", why.message);
	brief_release(&b);
	close(ends[0]);
	ok(brief_read(&b, "-", root, -1, &why) == -1, "a closed standard input: %s", why.message);
	brief_release(&b);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void test_mutations(void)
{
	uint32_t seed = 99;
	size_t accepted = 0, untitled = 0;

	for (int round = 0; round < 20000; round++) {
		CLEANUP(brief_release) struct brief b;
		CLEANUP(buf_release) struct buf text = BUF_INIT;
		struct fault why = FAULT_INIT;

		buf_puts(&text, table[next_random(&seed) % ARRAY_LEN(table)].text);
		buf_puts(&text, table[next_random(&seed) % ARRAY_LEN(table)].text);
		for (uint32_t hits = next_random(&seed) % 5; hits; hits--) {
			size_t at = next_random(&seed) % text.len;
			char c = (char)(next_random(&seed) % 128);

			buf_splice(&text, at, next_random(&seed) % 4 % (text.len - at), &c, 1);
		}
		if (brief_parse(&b, "f", text.data, text.len, &why))
			continue;
		accepted++;
		untitled += !b.title || !*b.title || strchr(b.title, '\n') || strchr(b.title, 0x1b);
	}
	ok(accepted > 1000 && accepted < 20000, "20000 damaged briefs: some are accepted (%zu)",
		accepted);
	ok(!untitled, "each has a clean title");
}

int main(void)
{
	struct fault why = FAULT_INIT;

	ok(mkdtemp(root) != NULL, "a scratch directory");
	test_table();
	test_faults();
	test_limits();
	test_files();
	test_standard_input();
	test_mutations();
	ok(!fs_remove(root, &why), "cleans up");
	return tap_done();
}
