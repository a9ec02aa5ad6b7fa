/*
 * What tells one failure from another, of real output of real runners: in each row the first two are the same failure in two runs, the
 * third is another one.
 */
#include "base/alloc.h"
#include "core/gate.h"
#include "tap.h"

/* Below a work root: where each box of a repository has its checkout. */
#define CHECKOUT          \
	"/git-agent/r-1/" \
	"work/tree"

#include <stdlib.h>

static const struct row {
	const char *name, *one, *same, *other;
} rows[] = {
	{"pytest",
		"============================= test session starts ==============================\n"
		"platform linux -- Python 3.11.2, pytest-7.2.1, pluggy-1.0.0\n"
		"rootdir: /home/me/.local/state/git-agent/r-91ab/one/gate-1/1/tree\ncollected 12 items\n\n"
		"test_tax.py .F..........                                                 [100%]\n\n"
		"=================================== FAILURES ===================================\n"
		"__________________________________ test_half ___________________________________\n\n"
		"    def test_half():\n>       assert half(3) == 2\nE       assert 1 == 2\n"
		"E        +  where 1 = half(3)\n\ntest_tax.py:9: AssertionError\n"
		"=========================== short test summary info ============================\n"
		"FAILED test_tax.py::test_half - assert 1 == 2\n"
		"========================= 1 failed, 11 passed in 0.04s =========================\n",
		"============================= test session starts ==============================\n"
		"platform linux -- Python 3.11.2, pytest-7.2.1, pluggy-1.0.0\n"
		"rootdir: /home/me/.local/state/git-agent/r-91ab/two/gate-2/1/tree\ncollected 14 items\n\n"
		"test_tax.py .F............                                               [100%]\n\n"
		"=================================== FAILURES ===================================\n"
		"__________________________________ test_half ___________________________________\n\n"
		"    def test_half():\n>       assert half(3) == 2\nE       assert 1 == 2\n"
		"E        +  where 1 = half(3)\n\ntest_tax.py:17: AssertionError\n"
		"=========================== short test summary info ============================\n"
		"FAILED test_tax.py::test_half - assert 1 == 2\n"
		"========================= 1 failed, 13 passed in 1.31s =========================\n",
		"=================================== FAILURES ===================================\n"
		"__________________________________ test_half ___________________________________\n\n"
		"    def test_half():\n>       assert half(3) == 2\nE       assert 3 == 2\n"
		"E        +  where 3 = half(3)\n\ntest_tax.py:9: AssertionError\n"
		"FAILED test_tax.py::test_half - assert 3 == 2\n"
		"========================= 1 failed, 11 passed in 0.04s =========================\n"},
	{"unittest",
		"..F.\n======================================================================\n"
		"FAIL: test_sum (tests.test_book.Sums.test_sum)\n"
		"----------------------------------------------------------------------\n"
		"Traceback (most recent call last):\n"
		"  File \"/root/.local/state/git-agent/p-1c/work/tree/tests/test_book.py\", line 31, in test_sum\n"
		"    self.assertEqual(total, 12)\nAssertionError: 11 != 12\n\n"
		"----------------------------------------------------------------------\nRan 4 tests in 0.010s\n\nFAILED (failures=1)\n",
		"...F.\n======================================================================\n"
		"FAIL: test_sum (tests.test_book.Sums.test_sum)\n"
		"----------------------------------------------------------------------\n"
		"Traceback (most recent call last):\n"
		"  File \"/root/.local/state/git-agent/p-1c/work/tree/tests/test_book.py\", line 44, in test_sum\n"
		"    self.assertEqual(total, 12)\nAssertionError: 11 != 12\n\n"
		"----------------------------------------------------------------------\nRan 5 tests in 1.250s\n\nFAILED (failures=1)\n",
		"..F.\n======================================================================\n"
		"FAIL: test_sum (tests.test_book.Sums.test_sum)\n"
		"----------------------------------------------------------------------\n"
		"Traceback (most recent call last):\n"
		"  File \"/root/.local/state/git-agent/p-1c/work/tree/tests/test_book.py\", line 31, in test_sum\n"
		"    self.assertEqual(total, 12)\nAssertionError: 10 != 12\n\n"
		"----------------------------------------------------------------------\nRan 4 tests in 0.010s\n\nFAILED (failures=1)\n"},
	{"node --test",
		"TAP version 13\n# Subtest: adds\nok 1 - adds\n  ---\n  duration_ms: 0.8\n  ...\n# Subtest: splits\nnot ok 2 - splits\n"
		"  ---\n  duration_ms: 1.52\n  location: '/a" CHECKOUT
		"/test/q.test.js:8:1'\n  failureType: 'testCodeFailure'\n"
		"  error: |-\n    Expected values to be strictly equal:\n    \n    'a' !== 'b'\n    \n  code: 'ERR_ASSERTION'\n"
		"  expected: 'b'\n  actual: 'a'\n  ...\n1..2\n# tests 2\n# pass 1\n# fail 1\n# duration_ms 48.123\n",
		"TAP version 13\n# Subtest: adds\nok 1 - adds\n  ---\n  duration_ms: 2.25\n  ...\n# Subtest: more\nok 2 - more\n  ---\n  duration_ms: 0.1\n  ...\n"
		"# Subtest: splits\nnot ok 3 - splits\n"
		"  ---\n  duration_ms: 9.1\n  location: '/a" CHECKOUT
		"/test/q.test.js:19:1'\n  failureType: 'testCodeFailure'\n"
		"  error: |-\n    Expected values to be strictly equal:\n    \n    'a' !== 'b'\n    \n  code: 'ERR_ASSERTION'\n"
		"  expected: 'b'\n  actual: 'a'\n  ...\n1..3\n# tests 3\n# pass 2\n# fail 1\n# duration_ms 51.7\n",
		"TAP version 13\n# Subtest: splits\nnot ok 2 - splits\n"
		"  ---\n  duration_ms: 1.52\n  error: |-\n    Expected values to be strictly equal:\n    \n    'c' !== 'b'\n    \n  code: 'ERR_ASSERTION'\n"
		"  expected: 'b'\n  actual: 'c'\n  ...\n1..2\n# tests 2\n# pass 1\n# fail 1\n# duration_ms 48.123\n"},
	{"go test",
		"--- FAIL: TestHalf (0.00s)\n    half_test.go:9: Half(3) = 1; want 2\nFAIL\nFAIL\texample.com/half\t0.002s\nFAIL\n",
		"--- FAIL: TestHalf (0.03s)\n    half_test.go:21: Half(3) = 1; want 2\nFAIL\nFAIL\texample.com/half\t1.250s\nFAIL\n",
		"--- FAIL: TestHalf (0.00s)\n    half_test.go:9: Half(3) = 3; want 2\nFAIL\nFAIL\texample.com/half\t0.002s\nFAIL\n"},
	{"go panic",
		"panic: runtime error: index out of range [3] with length 3\n\ngoroutine 18 [running]:\n"
		"example.com/half.At(0xc00001c0a8)\n\t/root/x/half.go:11 +0x1d\nFAIL\texample.com/half\t0.004s\n",
		"panic: runtime error: index out of range [3] with length 3\n\ngoroutine 18 [running]:\n"
		"example.com/half.At(0xc0000ac1f8)\n\t/root/x/half.go:14 +0x1d\nFAIL\texample.com/half\t0.009s\n",
		"panic: runtime error: invalid memory address or nil pointer dereference\n\ngoroutine 18 [running]:\n"
		"example.com/half.At(0xc00001c0a8)\n\t/root/x/half.go:11 +0x1d\nFAIL\texample.com/half\t0.004s\n"},
	{"cargo test",
		"   Compiling half v0.1.0 (/w" CHECKOUT
		")\n    Finished test [unoptimized + debuginfo] target(s) in 0.42s\n"
		"     Running unittests src/lib.rs (target/debug/deps/half-0b54d1)\n\nrunning 2 tests\ntest tests::one ... ok\ntest tests::half ... FAILED\n\n"
		"failures:\n\n---- tests::half stdout ----\nthread 'tests::half' panicked at src/lib.rs:14:9:\n"
		"assertion `left == right` failed\n  left: 1\n right: 2\n\n\nfailures:\n    tests::half\n\n"
		"test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n",
		"   Compiling half v0.1.0 (/w" CHECKOUT
		")\n    Finished test [unoptimized + debuginfo] target(s) in 3.91s\n"
		"     Running unittests src/lib.rs (target/debug/deps/half-0b54d1)\n\nrunning 2 tests\ntest tests::one ... ok\ntest tests::half ... FAILED\n\n"
		"failures:\n\n---- tests::half stdout ----\nthread 'tests::half' panicked at src/lib.rs:22:9:\n"
		"assertion `left == right` failed\n  left: 1\n right: 2\n\n\nfailures:\n    tests::half\n\n"
		"test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.15s\n",
		"running 2 tests\ntest tests::one ... ok\ntest tests::half ... FAILED\n\n"
		"failures:\n\n---- tests::half stdout ----\nthread 'tests::half' panicked at src/lib.rs:14:9:\n"
		"assertion `left == right` failed\n  left: 3\n right: 2\n\n\nfailures:\n    tests::half\n\n"
		"test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n"},
	{"make and a C assertion",
		"cc -O2 -o tests/test_half tests/test_half.c src/half.c\n./tests/test_half\n"
		"test_half: tests/test_half.c:12: main: Assertion `half(3) == 2' failed.\nmake: *** [Makefile:8: test] Aborted (core dumped)\n",
		"cc -O2 -o tests/test_half tests/test_half.c src/half.c\n./tests/test_half\n"
		"test_half: tests/test_half.c:20: main: Assertion `half(3) == 2' failed.\nmake: *** [Makefile:11: test] Aborted (core dumped)\n",
		"cc -O2 -o tests/test_half tests/test_half.c src/half.c\n./tests/test_half\n"
		"test_half: tests/test_half.c:12: main: Assertion `half(4) == 2' failed.\nmake: *** [Makefile:8: test] Aborted (core dumped)\n"},
	{"make and words of its own",
		"./tests/run\nhalf of 3: 1, which is low\nmake: *** [Makefile:8: test] Error 1\n",
		"./tests/run\nhalf of 3: 1, which is low\nmake: *** [Makefile:9: test] Error 1\n",
		"./tests/run\nhalf of 3: 7, which is high\nmake: *** [Makefile:8: test] Error 1\n"},
	{"ctest",
		"Test project /w/build\n    Start 1: half\n1/2 Test #1: half .............................***Failed    0.01 sec\n"
		"half(3) is 1, expected 2\n\n50% tests passed, 1 tests failed out of 2\n\nTotal Test time (real) =   0.02 sec\n",
		"Test project /w/build\n    Start 1: half\n1/3 Test #1: half .............................***Failed    1.37 sec\n"
		"half(3) is 1, expected 2\n\n50% tests passed, 1 tests failed out of 2\n\nTotal Test time (real) =   2.90 sec\n",
		"Test project /w/build\n    Start 1: half\n1/2 Test #1: half .............................***Failed    0.01 sec\n"
		"half(3) is 3, expected 2\n\n50% tests passed, 1 tests failed out of 2\n\nTotal Test time (real) =   0.02 sec\n"},
	{"TAP of a shell",
		"ok 1 - one\nnot ok 2 - half of three\n# got:  1\n# want: 2\nok 3 - three\n1..3\n",
		"ok 1 - one\nok 2 - another\nnot ok 3 - half of three\n# got:  1\n# want: 2\nok 4 - three\n1..4\n",
		"ok 1 - one\nnot ok 2 - half of three\n# got:  3\n# want: 2\nok 3 - three\n1..3\n"},
	{"a compiler",
		"src/half.c: In function 'half':\nsrc/half.c:3:16: error: 'y' undeclared (first use in this function)\n    3 |         return y / 2;\n",
		"src/half.c: In function 'half':\nsrc/half.c:3:16: error: 'y' undeclared (first use in this function)\n    3 |         return y / 2;\n",
		"src/half.c: In function 'half':\nsrc/half.c:3:16: error: 'z' undeclared (first use in this function)\n    3 |         return z / 2;\n"},
	{"a seed and temporary names",
		"Random seed: 12345\n/tmp/pytest-of-me/pytest-0/x.db: FAILED to open at 0x7ffd1c2b3a40\n",
		"Random seed: 99\n/tmp/pytest-of-me/pytest-17/y.db: FAILED to open at 0x55d0c0ffee10\n",
		"Random seed: 12345\n/tmp/pytest-of-me/pytest-0/x.db: FAILED to close at 0x7ffd1c2b3a40\n"},
	{"nothing that tells", "guess a\n", "guess a\n", "guess b\n"},
};

static char *print_of(const char *said)
{
	struct buf text = BUF_INIT;

	buf_puts(&text, said);
	gate_normalise(&text, 262144);
	gate_pick(&text);
	return buf_take(&text);
}

static void test_rows(void)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(str_free) char *one = print_of(rows[i].one);
		CLEANUP(str_free) char *same = print_of(rows[i].same);
		CLEANUP(str_free) char *other = print_of(rows[i].other);

		is(same, one, rows[i].name);
		ok(strcmp(one, other) != 0, "%s: another failure is another", rows[i].name);
	}
}

/* What is far from any failure does not count. */
static void test_far(void)
{
	struct buf one = BUF_INIT, two = BUF_INIT;
	CLEANUP(str_free) char *first = NULL, *second = NULL;

	for (int i = 0; i < 100; i++) {
		buf_printf(&one, "module %d is fine\n", i);
		buf_printf(&two, "module %d is well\n", i + 7);
	}
	buf_puts(&one, "1\n2\n3\n4\n5\n6\n7\nFAIL: half\n");
	buf_puts(&two, "1\n2\n3\n4\n5\n6\n7\nFAIL: half\n");
	first = print_of(one.data);
	second = print_of(two.data);
	is(first, second, "what passes does not count");
	buf_release(&one);
	buf_release(&two);
}

static void test_first(void)
{
	static const char *const want[] = {"E       assert 1 == 2",
		"FAIL: test_sum (tests.test_book.Sums.test_sum)", "not ok 2 - splits",
		"--- FAIL: TestHalf (0.00s)"};

	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT, line = BUF_INIT;

		buf_puts(&text, rows[i].one);
		ok(gate_first_failure(&text, &line), "%s: a line says what failed", rows[i].name);
		ok(strstr(rows[i].one, line.data) && line.len, "%s: %s", rows[i].name, line.data);
	}
}

/* As long as a log is looked at: none of it takes more than a moment, or this test would not end. */
static void test_long(void)
{
	static const char *const parts[] = {"(/", "/", "/a", "\n", " \n", "assert", "a.", "a.a(",
		"[ ", "x", "1", "1 ", "0:", "ok ", "test ", " ... ok", "FAIL", "seed ",
		"duration_ms", "....", "error", "(", "1/", "'/tmp/", "\t"};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT, line = BUF_INIT;

		while (text.len < 262144)
			buf_puts(&text, parts[i]);
		gate_normalise(&text, 262144);
		gate_pick(&text);
		gate_first_failure(&text, &line);
		ok(true, "much of '%s'",
			*parts[i] == '\n'     ? "newline"
			: parts[i][1] == '\n' ? "blank line"
					      : parts[i]);
	}
}

int main(void)
{
	test_long();
	test_rows();
	test_far();
	test_first();
	return tap_done();
}
