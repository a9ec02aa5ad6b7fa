/* Every pattern of a table against every path, with git check-ignore as the judge; then what git cannot tell. */
#include "base/alloc.h"
#include "port/match.h"
#include "port/regex.h"
#include "tap.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const patterns[] = {
	"a",
	"*.c",
	"/a",
	"/*.c",
	"a/",
	"a/b",
	"a/*",
	"a/**",
	"**/a",
	"**/a/b",
	"a/**/b",
	"a/**/",
	"**",
	"/**",
	"**/",
	"*",
	"/*",
	"*/",
	"*/*",
	"*/b",
	"b/*/",
	"?",
	"??",
	"a?b",
	"a*b",
	"a**b",
	"a**/b",
	"**b",
	"/**/b",
	"x/**/**/b",
	"***/b",
	"***",
	"[ab]",
	"[!ab]",
	"[^ab]*",
	"[a-c]/b",
	"[c-a]",
	"[]]",
	"[]a]",
	"[!]a]",
	"[a-]",
	"[-a]",
	"[a\\]b]",
	"[[:digit:]]",
	"[[:alpha:][:digit:]]*",
	"[![:space:]]",
	"[[:nope:]]",
	"[[:alpha]",
	"[a",
	"[",
	"a[",
	"a]",
	"[a/b]",
	"a[/]b",
	"\\a",
	"\\*",
	"\\?x",
	"a\\",
	"a\\\\b",
	"\\[a]",
	"a/\\*",
	"**\\/b",
	"-**/b",
	"*.{c,h}",
	"tests/**",
	"test_*.py",
	".github/**",
	"CODEOWNERS",
	"docs/*.txt",
	"/docs/",
	"*~",
	"src/**/*.test.*",
	"foo.",
	".*",
	"a b",
	"\xc3\xa9*",
	"[\xc3]?",
	"*\xff",
	"a//b",
	"//a",
	"/",
	"./a",
	"../a",
};

static const char *const paths[] = {
	"a",
	"b",
	"c",
	"ab",
	"abc",
	"a.c",
	"x.c",
	"d/x.c",
	"a/b",
	"a/b/c",
	"a/x/b",
	"a/x/y/b",
	"b/a",
	"b/a/b",
	"x/b",
	"x/y/b",
	"x/y/z/b",
	"b/x/y",
	"a/a",
	"axb",
	"a/b.c",
	"axxb",
	"-b",
	"-x/b",
	"-",
	"]",
	"[",
	"[a]",
	"[a",
	"a]",
	"a[",
	"*",
	"*x",
	"?x",
	"a/*",
	"a\\",
	"a\\b",
	"1",
	"a1",
	"7/b",
	"c/b",
	"z/b",
	" ",
	"a b",
	"a b/c",
	"x.{c,h}",
	"tests/x",
	"tests/x/y.py",
	"sub/tests/x",
	"test_a.py",
	"sub/test_a.py",
	"tests",
	".github/workflows/ci.yml",
	"sub/.github/x",
	"CODEOWNERS",
	"docs/CODEOWNERS",
	"CODEOWNERS.md",
	"docs/a.txt",
	"docs/x/a.txt",
	"x/docs/a.txt",
	"file~",
	"src/a.test.js",
	"src/x/y/a.test.js",
	"src/test.js",
	"foo.",
	"foo",
	".hidden",
	"x/.hidden/y",
	".a",
	"\xc3\xa9",
	"\xc3\xa9t\xc3\xa9",
	"x\xff",
	"xx",
	"new\nline",
	"a/new\nline.c",
	"tab\there",
};

#define PATHS ARRAY_LEN(paths)

static char dir[] = "/tmp/u-match.XXXXXX";

static void write_file(const char *name, const char *bytes, size_t len)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "w");
	if (!f || fwrite(bytes, 1, len, f) != len || fclose(f))
		ok(false, "writes %s", path);
}

/* What git ignores of the paths under the pattern; -1: git did not run. */
static int ask_git(const char *pattern, const char *const *subjects, size_t count, bool *ignored)
{
	char command[PATH_MAX], line[PATH_MAX];
	CLEANUP(buf_release) struct buf list = BUF_INIT, got = BUF_INIT;
	FILE *git;
	int status;

	for (size_t i = 0; i < count; i++)
		buf_add(&list, subjects[i], strlen(subjects[i]) + 1);
	write_file("list", list.data, list.len);
	snprintf(line, sizeof line, "%s\n", pattern);
	write_file(".gitignore", line, strlen(line));
	snprintf(command, sizeof command, "git -C %s check-ignore --no-index -z --stdin < %s/list",
		dir, dir);
	git = popen(command, "r");
	for (size_t n; git && (n = fread(line, 1, sizeof line, git)) > 0;)
		buf_add(&got, line, n);
	status = git ? pclose(git) : -1;
	memset(ignored, 0, count);
	for (size_t at = 0; at < got.len; at += strlen(got.data + at) + 1)
		for (size_t i = 0; i < count; i++)
			ignored[i] |= !strcmp(subjects[i], got.data + at);
	return status == 0 || status == 256 ? 0 : -1;
}

static void compare(const char *pattern, const char *const *subjects, size_t count, bool quiet)
{
	bool *ignored = xcalloc(count, 1);
	size_t matched = 0, wrong = 0;

	if (ask_git(pattern, subjects, count, ignored))
		ok(false, "git answers for '%s'", pattern);
	for (size_t i = 0; i < count; i++) {
		matched += ignored[i];
		if (match_path(pattern, subjects[i]) == ignored[i])
			continue;
		wrong++;
		printf("# '%s' and '%s': git says %d\n", pattern, subjects[i], ignored[i]);
	}
	if (!quiet || wrong)
		ok(!wrong, "'%s' matches what git says (%zu of %zu)", pattern, matched, count);
	free(ignored);
}

static uint32_t pick(uint32_t *seed, size_t below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed % (uint32_t)below;
}

/* Patterns and paths put together by chance from pieces that matter. */
static void test_random(void)
{
	static const char *const pieces[] = {"a", "b", "c", "/", "*", "**", "?", "[ab]", "[!a]",
		"[a-c]", ".", "\\*", "/**/", "**/", "/**", "[", "[]a]", "[[:alpha:]]", "[a/]", "-",
		"]", "\\"};
	static const char *const atoms[] = {
		"a", "b", "c", "ab", "/a", "/b", ".x", "*", "-", "[", "]", "\\"};
	uint32_t seed = 4711;
	struct vec subjects = VEC_INIT;

	for (int i = 0; i < 120; i++) {
		CLEANUP(buf_release) struct buf pattern = BUF_INIT;

		vec_clear(&subjects);
		for (uint32_t n = 1 + pick(&seed, 6); n; n--)
			buf_puts(&pattern, pieces[pick(&seed, ARRAY_LEN(pieces))]);
		for (int k = 0; k < 40; k++) {
			CLEANUP(buf_release) struct buf path = BUF_INIT;

			buf_puts(&path, &"abc"[pick(&seed, 3)]);
			for (uint32_t n = pick(&seed, 6); n; n--)
				buf_puts(&path, atoms[pick(&seed, ARRAY_LEN(atoms))]);
			vec_push(&subjects, path.data);
		}
		compare(pattern.data, (const char *const *)subjects.items, subjects.len, true);
	}
	ok(true, "120 random patterns and 40 random paths each were compared");
	vec_release(&subjects);
}

static void test_names(void)
{
	static const struct {
		const char *pattern, *name;
		bool want;
	} table[] = {
		{"main", "main", true},
		{"main", "main2", false},
		{"main", "x/main", false},
		{"main", "main/x", false},
		{"main", "Main", false},
		{"release/*", "release/1", true},
		{"release/*", "release/1/2", false},
		{"release/*", "release/", true},
		{"release/*", "release", false},
		{"release/**", "release/1/2", true},
		{"release/**", "release", false},
		{"**/fix", "fix", true},
		{"**/fix", "a/b/fix", true},
		{"**/fix", "prefix", false},
		{"*", "main", true},
		{"*", "a/b", false},
		{"**", "a/b", true},
		{"rel**", "release/1/2", true},
		{"v[0-9]*", "v1.2", true},
		{"v[0-9]*", "vx", false},
		{"v?", "v/", false},
		{"a\\*", "a*", true},
		{"a\\*", "ab", false},
		{"", "", false},
		{"[", "[", false},
		{"m.in", "main", false},
		{"a/**/b", "a/b", true},
		{"a/**/b", "a/x/y/b", true},
		{"(main|x)", "main", false},
		{"main$", "main", false},
		{"main", "main\n", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		ok(match_name(table[i].pattern, table[i].name) == table[i].want,
			"name '%s' %s '%s'", table[i].pattern,
			table[i].want ? "matches" : "does not match", table[i].name);
}

static void test_any(void)
{
	CLEANUP(vec_release) struct vec list = VEC_INIT;

	ok(!match_path_any(&list, "a") && !match_name_any(&list, "a"), "no patterns match nothing");
	vec_push(&list, "[");
	vec_push(&list, "release/*");
	ok(match_path_any(&list, "release/1/2") && !match_name_any(&list, "release/1/2"),
		"a path lies below what matches, a name does not");
	ok(match_name_any(&list, "release/1") && !match_path_any(&list, "x/release/1"),
		"any of them");
}

/* More than one expression can hold. */
static void test_set(void)
{
	CLEANUP(vec_release) struct vec list = VEC_INIT;
	CLEANUP(match_set_free) struct match_set *set = NULL;
	CLEANUP(match_set_free) struct match_set *empty = match_set_new(&list);
	size_t found = 0, wrong = 0;

	for (int i = 0; i < 3000; i++)
		vec_pushf(&list, "some/where/deep/in/a/tree/%04d/*.c", i);
	vec_push(&list, "[");
	set = match_set_new(&list);
	for (int i = 0; i < 3000; i++) {
		char path[64];

		snprintf(path, sizeof path, "some/where/deep/in/a/tree/%04d/x.c", i);
		found += match_set_has(set, path);
		path[strlen(path) - 1] = 'h';
		wrong += match_set_has(set, path);
	}
	ok(found == 3000 && !wrong, "a set of 3000 globs has %zu and none else", found);
	ok(!match_set_has(empty, "a") && !match_set_has(empty, "") && !match_set_has(NULL, "a"),
		"an empty set has nothing");
}

static void test_whole(void)
{
	static const struct {
		const char *pattern, *name;
		bool want;
	} table[] = {
		{"main|release/.*", "main", true},
		{"main|release/.*", "MAIN", true},
		{"main|release/.*", "release/1/2", true},
		{"main|release/.*", "main2", false},
		{"main|main2", "main2", true},
		{"main|release/.*", "x/main", false},
		{"main$", "main\n", false},
		{"a.b", "a\nb", true},
		{"(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false},
	};
	static const char *const bad[] = {"", "(", "a)|(b", "[", "*", "(*UTF)a"};
	struct fault why;

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		ok(match_whole(table[i].pattern, table[i].name) == table[i].want,
			"'%s' %s the whole of row %zu", table[i].pattern,
			table[i].want ? "matches" : "does not match", i);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ok(match_check_regex(bad[i], &why) == -1 && !match_whole(bad[i], "a") &&
				strstr(why.message, "expected a regular expression, got '"),
			"'%s' is refused: %s", bad[i], why.message);
	ok(!match_check_regex("main|release/.*", &why), "a good one is not");
}

static void test_check(void)
{
	static const char *const bad[] = {"", "/", "!a", "[", "a[b", "a\\", "[[:nope:]]", "a/["};
	static const char *const good[] = {
		"a", "*", "**", "[a]", "\\!a", "a/", "[]]", "(", ")", "{", "+", "$", "^", "|"};
	char long_pattern[1100];
	struct fault why;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ok(match_check(bad[i], &why) == -1 && strstr(why.message, "expected a glob, got '"),
			"'%s' is refused: %s", bad[i], why.message);
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		ok(!match_check(good[i], &why), "'%s' compiles", good[i]);
	memset(long_pattern, 'a', sizeof long_pattern - 1);
	long_pattern[sizeof long_pattern - 1] = '\0';
	ok(match_check(long_pattern, &why) == -1, "a pattern past 1000 bytes is refused: %.80s",
		why.message);
	ok(match_path("[]]", "]"), "[]] is the set of one bracket");
}

/* More patterns than the cache holds, and patterns made to run away. */
static void test_work(void)
{
	char path[4096], pattern[256];
	size_t matched = 0;

	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 100; i++) {
			snprintf(pattern, sizeof pattern, "dir%d/*.c", i);
			snprintf(path, sizeof path, "dir%d/x.c", i);
			matched += match_path(pattern, path) && !match_path(pattern, "dir/x.c");
		}
	ok(matched == 300, "100 patterns in turn keep their meaning");

	matched = 0;
	for (int i = 0; i < 10000; i++)
		for (int k = 0; k < 10; k++) {
			snprintf(pattern, sizeof pattern, "src/%d/**/*.[ch]", k);
			snprintf(path, sizeof path, "src/%d/deep/er/file%d.c", i % 20, i);
			matched += match_path(pattern, path);
		}
	ok(matched == 5000, "10000 paths against 10 patterns");

	memset(path, 'a', sizeof path);
	path[sizeof path - 1] = '\0';
	ok(!match_path("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", path),
		"a pattern made to run away answers no");
	path[sizeof path - 2] = 'b';
	ok(match_path("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", path), "and yes");
	for (size_t i = 1; i + 2 < sizeof path; i += 2)
		path[i] = '/';
	ok(!match_path("**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/c", path),
		"the same across directories");
}

static void test_replace(void)
{
	static const struct {
		const char *text, *pattern, *to, *want; /* want NULL: a fault */
	} table[] = {
		{"a1 b22", "[0-9]+", "#", "a# b#"},
		{"x=1\ny=2\n", "^(\\w)=(\\d)$", "$2=$1", "1=x\n2=y\n"},
		{"none", "z", "y", "none"},
		{"", "^", "x", "x"},
		{"aaa", "a", "bbbbbbbbbb", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},
		{"\xff\xfe", "\\xff", "?", "?\xfe"},
		{"x", "(", "", NULL},
		{"x", "x", "$9", NULL},
		{"x", "(*UTF)x", "", NULL},
	};
	CLEANUP(buf_release) struct buf big = BUF_INIT;
	struct fault why;

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT;
		int rc;

		buf_puts(&text, table[i].text);
		rc = regex_replace(&text, table[i].pattern, table[i].to, &why);
		ok(!rc == (table[i].want != NULL), "replaces '%s'", table[i].pattern);
		is(text.data, table[i].want ? table[i].want : table[i].text, "its text");
	}
	for (int i = 0; i < 10000; i++)
		buf_puts(&big, "0123456789");
	ok(!regex_replace(&big, "5", "five five five", &why) && big.len == 230000,
		"a result that grows");
	buf_clear(&big);
	for (int i = 0; i < 5000; i++)
		buf_putc(&big, 'a');
	ok(regex_replace(&big, "(a+)+$b", "", &why) == -1 || big.len == 5000,
		"a runaway replacement ends");
}

int main(void)
{
	static const char *const local[] = {
		"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"};
	char command[PATH_MAX];

	for (size_t i = 0; i < ARRAY_LEN(local); i++)
		unsetenv(local[i]);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	ok(mkdtemp(dir) != NULL, "a scratch directory");
	snprintf(command, sizeof command, "git init -q --template= %s", dir);
	ok(!system(command), "a repository to ask");
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++)
		compare(patterns[i], paths, PATHS, false);
	test_random();
	test_names();
	test_any();
	test_set();
	test_whole();
	test_check();
	test_work();
	test_replace();
	snprintf(command, sizeof command, "rm -rf %s", dir);
	ok(!system(command), "cleans up");
	return tap_done();
}
