/* The parser of pre-push records on what a person can type and on what nobody should send, and the verdicts. */
#include "base/alloc.h"
#include "base/buf.h"
#include "core/guard_refs.h"
#include "tap.h"

#include <stdlib.h>

#define A    "1111111111111111111111111111111111111111"
#define B    "2222222222222222222222222222222222222222"
#define ZERO "0000000000000000000000000000000000000000"
#define A64  A "111111111111111111111111"
#define B64  B "222222222222222222222222"

/* What a push is: parsed and judged against `main`; "malformed", or the refused refs with commas between. */
static char *outcome(const char *bytes, size_t len)
{
	CLEANUP(guard_updates_release) struct guard_updates updates = GUARD_UPDATES_INIT;
	CLEANUP(vec_release) struct vec patterns = VEC_INIT;
	struct fault why = FAULT_INIT;
	struct buf out = BUF_INIT;

	vec_push(&patterns, "main");
	if (guard_refs_parse(bytes, len, &updates, &why)) {
		buf_puts(
			&out, why.exit == EXIT_REFUSED && *why.message ? "malformed" : "no reason");
		return buf_take(&out);
	}
	for (size_t i = 0; i < updates.len; i++) {
		CLEANUP(str_free)
		char *ref = xstrndup(updates.items[i].ref, updates.items[i].ref_len);

		if (guard_refs_judge(ref, &patterns) != GUARD_PASS)
			buf_printf(&out, "%s%s", out.len ? "," : "", ref);
	}
	return buf_take(&out);
}

static void check(const char *bytes, size_t len, const char *want, const char *name)
{
	CLEANUP(str_free) char *got = outcome(bytes, len);

	is(got, want, name);
}

#define CHECK(text, want, name) check(text, sizeof(text) - 1, want, name)

static void test_records(void)
{
	CHECK("", "", "no bytes are an up-to-date push");
	CHECK("refs/heads/x " A " refs/heads/main " B "\n", "refs/heads/main", "an update");
	CHECK("(delete) " ZERO " refs/heads/main " B "\n", "refs/heads/main", "a deletion");
	CHECK("refs/heads/main " A " refs/heads/topic " B "\n", "",
		"only the remote's name counts");
	CHECK("x " A64 " refs/heads/main " B64 "\n", "refs/heads/main", "sha256 ids");
	CHECK("a " A " refs/heads/x " B "\nb " A " refs/heads/main " B "\n", "refs/heads/main",
		"the second of two");
	CHECK("HEAD^{/add y} " A " refs/heads/main " B "\n", "refs/heads/main",
		"blanks in the name");
	CHECK(" " A " refs/heads/main " B "\n", "refs/heads/main", "an empty name");
	CHECK("\377\200 \1 " A " refs/heads/main " B "\n", "refs/heads/main",
		"bytes that are no text");
}

static void test_newlines(void)
{
	CHECK("HEAD^{/add\ny} " A " refs/heads/main " B "\n", "refs/heads/main",
		"a newline in the name");
	CHECK("HEAD^{/y\n} " A " refs/heads/main " B "\n", "refs/heads/main",
		"a newline near its end");
	CHECK("\n\n\n " A " refs/heads/main " B "\n", "refs/heads/main", "a name of newlines");
	CHECK("HEAD^{/x " A " refs/heads/topic " B "\ny} " A " refs/heads/main " B "\n",
		"refs/heads/main", "a forged record before the true one hides nothing");
	CHECK("HEAD^{/x " A " refs/heads/main " B "\ny} " A " refs/heads/topic " B "\n",
		"refs/heads/main", "a forged record can refuse more");
	CHECK("HEAD^{/x " A " refs/heads/topic\n" B "\ny} " A " refs/heads/main " B "\n",
		"refs/heads/main", "a forged record over two lines");
	CHECK("x " A " refs/heads/topic " B "\n" A " refs/heads/main " B "\n y " A
	      " refs/heads/main " B "\n",
		"refs/heads/main",
		"three fields alone at a line's start are part of the next name");
	CHECK("x " A " refs/heads/topic " B "\r\ny " A " refs/heads/main " B "\n",
		"refs/heads/main", "a carriage return ends no record");
}

static void test_malformed(void)
{
	CHECK("x " A " refs/heads/topic " B, "malformed", "no newline at the end");
	CHECK("x " A " refs/heads/topic " B "\nrest", "malformed", "a tail without a newline");
	CHECK("x " A " refs/heads/topic " B "\nrest\n", "malformed", "a tail that ends no record");
	CHECK("\n", "malformed", "an empty line");
	CHECK(A " refs/heads/topic " B "\n", "malformed", "three fields, no name before them");
	CHECK("x " A " topic " B "\n", "malformed", "a ref outside of refs/");
	CHECK("x " A " HEAD " B "\n", "malformed", "HEAD as the remote's ref");
	CHECK("x " A "  " B "\n", "malformed", "an empty ref");
	CHECK("x " A64 " refs/heads/topic " B "\n", "malformed", "ids of two kinds");
	CHECK("x 111 refs/heads/topic " B "\n", "malformed", "a short id");
	CHECK("x " A " refs/heads/topic zz" B "\n", "malformed", "a long id");
	CHECK("x\t" A "\trefs/heads/topic\t" B "\n", "malformed", "tabs between fields");
	CHECK("x " A " refs/heads/to\0pic " B "\n", "malformed", "a NUL in a ref");
	CHECK("x\0 " A " refs/heads/topic " B "\n", "malformed", "a NUL in a name");
}

/* Whatever a name holds, the ref git pushes to is found: random names from the bytes that matter most. */
static void test_random_names(void)
{
	static const char *const pieces[] = {"\n", " ", "x", A, B, ZERO, "refs/heads/topic",
		"refs/heads/m", " " A " refs/heads/topic " B "\n", " " A " refs/heads/topic " B,
		"\r", "\t", "(delete)", "HEAD^{/", "}", A64};
	unsigned state = 12345;
	size_t missed = 0;

	for (int round = 0; round < 20000; round++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT;
		int count = round % 12;

		for (int i = 0; i < count; i++) {
			state = state * 1103515245 + 12345;
			buf_puts(&text, pieces[(state >> 16) % ARRAY_LEN(pieces)]);
		}
		buf_puts(&text, " " A " refs/heads/main " B "\n");
		for (int i = 0; i < round % 3; i++)
			buf_puts(&text, "y " A " refs/heads/other " B "\n");
		CLEANUP(str_free) char *got = outcome(text.data, text.len);

		missed += strcmp(got, "") == 0;
	}
	ok(missed == 0, "no name of 20,000 hides the record it belongs to");
}

/* Bytes at random: an answer each time, and under a sanitizer no report. */
static void test_garbage(void)
{
	unsigned state = 99;
	size_t answers = 0;

	for (int round = 0; round < 2000; round++) {
		char bytes[300];
		size_t len = (size_t)round % sizeof bytes;

		for (size_t i = 0; i < len; i++) {
			state = state * 1103515245 + 12345;
			bytes[i] = (char)(state >> 16);
		}
		CLEANUP(str_free) char *got = outcome(bytes, len);

		answers += strcmp(got, len ? "malformed" : "") == 0;
	}
	ok(answers == 2000, "garbage is malformed");
}

static void test_verdicts(void)
{
	static const struct {
		const char *ref;
		enum guard_verdict want;
	} cases[] = {
		{"refs/heads/main", GUARD_PROTECTED},
		{"refs/heads/Main", GUARD_PROTECTED},
		{"refs/heads/MAIN", GUARD_PROTECTED},
		{"refs/HEADS/main", GUARD_PROTECTED},
		{"refs/heads/trunk", GUARD_PROTECTED},
		{"refs/heads/release/1", GUARD_PROTECTED},
		{"refs/heads/Release/1", GUARD_PROTECTED},
		{"refs/heads/release/1/2", GUARD_PASS},
		{"refs/heads/release", GUARD_PASS},
		{"refs/heads/releases", GUARD_PASS},
		{"refs/heads/mai", GUARD_PASS},
		{"refs/heads/main2", GUARD_PASS},
		{"refs/heads/x/main", GUARD_PASS},
		{"refs/heads/refs/heads/main", GUARD_PASS},
		{"refs/heads/agent/x", GUARD_PASS},
		{"refs/heads/Q1", GUARD_PROTECTED},
		{"refs/tags/main", GUARD_PASS},
		{"refs/tags/v1", GUARD_PROTECTED},
		{"refs/heads/v1", GUARD_PASS},
		{"refs/for/main", GUARD_PASS},
		{"refs/remotes/origin/main", GUARD_PASS},
		{"refs/notes/commits", GUARD_PASS},
		{"refs/agent/head/x", GUARD_OWN},
		{"refs/Agent/head/x", GUARD_OWN},
		{"refs/agents/x", GUARD_PASS},
	};
	CLEANUP(vec_release) struct vec patterns = VEC_INIT;

	vec_push_split(&patterns, "main, TRUNK, release/*, refs/tags/v*, [[:upper:]][0-9]");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		ok(guard_refs_judge(cases[i].ref, &patterns) == cases[i].want, "verdict on %s",
			cases[i].ref);
}

static void test_patterns(void)
{
	CLEANUP(vec_release) struct vec good = VEC_INIT;
	CLEANUP(vec_release) struct vec bad = VEC_INIT;
	struct fault why = FAULT_INIT;

	vec_push_split(&good, "main, release/**, [a-c]*");
	ok(guard_refs_check(&good, &why) == 0, "globs that compile");
	vec_push_split(&bad, "main, [z");
	ok(guard_refs_check(&bad, &why) == -1 && strstr(why.message, "[z"),
		"one that does not is named");
}

/* What pre-receive reads: the refs with commas between, or "malformed". */
static char *received(const char *bytes, size_t len)
{
	CLEANUP(guard_updates_release) struct guard_updates updates = GUARD_UPDATES_INIT;
	struct fault why = FAULT_INIT;
	struct buf out = BUF_INIT;

	if (guard_received_parse(bytes, len, &updates, &why)) {
		buf_puts(&out, "malformed");
		return buf_take(&out);
	}
	for (size_t i = 0; i < updates.len; i++) {
		const struct guard_update *u = &updates.items[i];

		buf_printf(&out, "%s%.*s%s", out.len ? "," : "", (int)u->ref_len, u->ref,
			u->deletion   ? "-"
			: u->creation ? "+"
				      : "");
	}
	return buf_take(&out);
}

static void test_received(void)
{
	static const struct {
		const char *bytes, *want, *name;
	} cases[] = {
		{"", "", "nothing"},
		{A " " B " refs/heads/main\n", "refs/heads/main", "an update"},
		{ZERO " " B " refs/heads/main\n", "refs/heads/main+", "a creation"},
		{A " " ZERO " refs/heads/main\n", "refs/heads/main-", "a deletion"},
		{A64 " " B64 " refs/heads/main\n", "refs/heads/main", "sha256"},
		{A " " B " refs/a\n" A " " B " refs/b\n", "refs/a,refs/b", "two"},
		{A " " B " refs/heads/main", "malformed", "no newline"},
		{A " " B " refs/heads/main\nx", "malformed", "a tail"},
		{"\n", "malformed", "an empty line"},
		{A " " B " refs/heads/main\n\n", "malformed", "an empty line after one"},
		{A "  " B " refs/heads/main\n", "malformed", "two blanks"},
		{A "\t" B "\trefs/heads/main\n", "malformed", "tabs"},
		{A " " B " refs/heads/a b\n", "malformed", "a blank in a name"},
		{A " " B " refs/\n", "malformed", "no name"},
		{A " " B " HEAD\n", "malformed", "HEAD"},
		{A " " B64 " refs/heads/main\n", "malformed", "ids of two kinds"},
		{"0 0 refs/heads/main\n", "malformed", "short ids"},
		{" " B " refs/heads/main\n", "malformed", "no old id"},
		{A " " B "\n", "malformed", "no ref"},
		{A "\n", "malformed", "one id"},
		{"refs/heads/x " A " refs/heads/main " B "\n", "malformed", "a record of pre-push"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(str_free) char *got = received(cases[i].bytes, strlen(cases[i].bytes));

		is(got, cases[i].want, cases[i].name);
	}
	CLEANUP(str_free) char *got = received(A " " B " refs/a\0b\n", 90);

	is(got, "malformed", "a NUL");
}

static void test_regexes(void)
{
	static const struct {
		const char *pattern, *ref;
		bool want;
	} cases[] = {
		{"re:hot-\\d+", "refs/heads/hot-12", true},
		{"re:hot-\\d+", "refs/heads/Hot-12", true},
		{"re:hot-\\d+", "refs/heads/hot-x", false},
		{"re:hot-\\D+", "refs/heads/hot-x", true},
		{"re:hot-\\d+", "refs/heads/hot-12/x", false},
		{"re:hot-\\d+", "refs/heads/x/hot-12", false},
		{"re:hot-\\d+", "refs/tags/hot-12", false},
		{"re:main|trunk", "refs/heads/trunk", true},
		{"re:main|trunk", "refs/notes/trunk", false},
		{"re:main|trunk", "refs/heads/main2", false},
		{"re:.*", "refs/heads/a\nb", true},
		{"re:^refs/tags/v\\d", "refs/tags/v1", true},
		{"re:^refs/tags/v\\d", "refs/heads/v1", false},
		{"re:refs/(heads|tags)/v1", "refs/tags/v1", true},
		{"re:(a+)+b", "refs/heads/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaacb", false},
		/* What takes too long to tell is protected. */
		{"re:(a|aa)+\\1c", "refs/heads/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabc",
			true},
	};
	CLEANUP(vec_release) struct vec bad = VEC_INIT;
	struct fault why = FAULT_INIT;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(vec_release) struct vec patterns = VEC_INIT;

		vec_push(&patterns, cases[i].pattern);
		ok((guard_refs_judge(cases[i].ref, &patterns) == GUARD_PROTECTED) == cases[i].want,
			"%s on %s", cases[i].pattern, cases[i].ref);
	}
	vec_push(&bad, "re:a)|(b");
	ok(guard_refs_check(&bad, &why) == -1 && strstr(why.message, "a)|(b"),
		"one that is none by itself is named");
	vec_clear(&bad);
	vec_push(&bad, "re:");
	ok(guard_refs_check(&bad, &why) == -1, "nothing is none");
}

int main(void)
{
	test_received();
	test_regexes();
	test_records();
	test_newlines();
	test_malformed();
	test_random_names();
	test_garbage();
	test_verdicts();
	test_patterns();
	return tap_done();
}
