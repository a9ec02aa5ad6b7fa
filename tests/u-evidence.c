/* evidence: the table of languages, and how many tests a log tells of. What a change does to evidence is in u-evidence-corpus. */
#include "base/alloc.h"
#include "base/install.h"
#include "core/collected.h"
#include "core/evidence.h"
#include "tap.h"

static void test_collected(struct evidence_rules *rules)
{
	static const struct {
		const char *name, *log;
		long ran;
	} logs[] = {
		{"pytest", "tests/test_a.py ...\n\n====== 3 passed in 0.02s ======\n", 3},
		{"pytest -q", "..F\n1 failed, 2 passed, 4 skipped in 1.20s\n", 3},
		{"pytest without tests", "\nno tests ran in 0.01s\n", 0},
		{"pytest, all deselected",
			"collected 0 items\n\n====== no tests ran in 0.00s ======\n", 0},
		{"unittest", "..s\n-----\nRan 12 tests in 0.001s\n\nOK (skipped=2)\n", 10},
		{"unittest without tests", "Ran 0 tests in 0.000s\n\nOK\n", 0},
		{"node", "# tests 5\n# suites 0\n# pass 4\n# fail 0\n# skipped 1\n", 4},
		{"node's spec", "ℹ tests 2\nℹ pass 1\nℹ fail 1\n", 2},
		{"node's TAP", "TAP version 13\nok 1 - a\n1..1\n# tests 1\n# pass 1\n# fail 0\n",
			1},
		{"jest",
			"Test Suites: 2 passed, 2 total\nTests:       1 failed, 1 skipped, 6 passed, 8 total\nSnapshots:   0 total\n",
			7},
		{"vitest", " Test Files  1 passed (1)\n      Tests  3 passed (3)\n", 3},
		{"mocha", "\n  4 passing (9ms)\n  1 pending\n  2 failing\n", 6},
		{"go test -v",
			"=== RUN   TestA\n--- PASS: TestA (0.00s)\n    --- PASS: TestA/b (0.00s)\n--- SKIP: TestC (0.00s)\nPASS\n",
			2},
		{"go test -json",
			"{\"Action\":\"run\",\"Test\":\"A\"}\n{\"Action\":\"pass\",\"Package\":\"p\",\"Test\":\"A\"}\n{\"Action\":\"pass\",\"Package\":\"p\"}\n",
			1},
		{"go without tests", "?   \texample.com/a\t[no test files]\n", 0},
		{"go test, some without", "?   \ta\t[no test files]\nok  \tb\t0.002s\n", -1},
		{"go test", "ok  \texample.com/a\t0.002s\n", -1},
		{"cargo",
			"test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\ntest result: FAILED. 3 passed; 1 failed; 0 ignored\n",
			6},
		{"ctest", "100% tests passed, 0 tests failed out of 7\n", 7},
		{"ctest without tests", "No tests were found!!!\n", 0},
		{"prove",
			"t/a.t .. ok\nAll tests successful.\nFiles=1, Tests=9,  0 wallclock secs\nResult: PASS\n",
			9},
		{"googletest",
			"[==========] Running 4 tests from 1 test suite.\n[==========] 4 tests from 1 test suite ran. (0 ms total)\n",
			4},
		{"rspec", "5 examples, 0 failures, 1 pending\n", 4},
		{"minitest", "6 runs, 9 assertions, 0 failures, 0 errors, 2 skips\n", 4},
		{"phpunit", "OK (3 tests, 4 assertions)\n", 3},
		{"phpunit with skips", "Tests: 5, Assertions: 4, Skipped: 2.\n", 3},
		{"phpunit without tests", "No tests executed!\n", 0},
		{"exunit", "2 doctests, 5 tests, 0 failures, 1 skipped\n", 6},
		{"surefire",
			"[INFO] Tests run: 2, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.1 s - in A\n[INFO] Tests run: 2, Failures: 0, Errors: 0, Skipped: 1\n",
			1},
		{"dotnet",
			"Passed!  - Failed:     0, Passed:     4, Skipped:     1, Total:     5\n",
			4},
		{"xctest",
			"\t Executed 2 tests, with 0 failures (0 unexpected)\n\t Executed 3 tests, with 0 failures (0 unexpected)\n",
			3},
		{"checks", "date     13 checks, 0 failed\nmoney    21 checks, 0 failed\n", 34},
		{"TAP", "ok 1 - a\nnot ok 2 - b\nok 3 # SKIP no such thing\n    ok 1 - inner\n1..3\n",
			2},
		{"a bailed plan", "1..0 # SKIP nothing here\n", 0},
		{"an ok in a text", "ok\nthat is it\n", -1},
		{"nothing", "", -1},
		{"a text", "all is well: 3 files in 1 s\n", -1},
	};

	for (size_t i = 0; i < ARRAY_LEN(logs); i++) {
		long ran = collected_read(rules, logs[i].log, strlen(logs[i].log));

		ok(ran == logs[i].ran, "%s: %ld tests ran, %ld expected", logs[i].name, ran,
			logs[i].ran);
	}
}

static void test_junit(void)
{
	static const struct {
		const char *name, *xml;
		long ran;
	} files[] = {
		{"cases",
			"<?xml version=\"1.0\"?><testsuites><testsuite name='a'><testcase name=\"1\"/><testcase name=\"2\"></testcase></testsuite></testsuites>",
			2},
		{"skipped and failed",
			"<testsuite><testcase><skipped/></testcase><testcase><failure>x</failure></testcase></testsuite>",
			1},
		{"what is in comments, CDATA and values",
			"<testsuite><!-- <testcase/> --><testcase n=\"a > b <\"><system-out><![CDATA[<testcase/>]]></system-out></testcase></testsuite>",
			1},
		{"no case", "<testsuite tests=\"3\"></testsuite>", 0},
		{"something else", "<html><testcase/></html>", -1},
		{"cut off", "<testsuite><testcase name=\"a", 1},
		{"nothing", "", -1},
	};

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		long ran = collected_junit(files[i].xml, strlen(files[i].xml));

		ok(ran == files[i].ran, "JUnit, %s: %ld tests ran, %ld expected", files[i].name,
			ran, files[i].ran);
	}
}

static void test_unbuilt(struct evidence_rules *rules)
{
	static const struct {
		const char *log;
		bool unbuilt;
	} logs[] = {
		{"ModuleNotFoundError: No module named 'shop'\n", true},
		{"E   ImportError: cannot import name 'a' from 'b'\n", true},
		{"AssertionError: 190 != 180\n", false},
		{"Error: Cannot find module '../lib/query'\n", true},
		{"src/a.c:3:5: error: unknown type name 'x'\n", true},
		{"/usr/bin/ld: undefined reference to `clamp'\n", true},
		{"error[E0425]: cannot find function `f` in this scope\n", true},
		{"FAIL\texample.com/a [build failed]\n", true},
		{"not ok 1 - it is an error: 3\n", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(logs); i++)
		ok(evidence_unbuilt(rules, logs[i].log, strlen(logs[i].log)) == logs[i].unbuilt,
			"%s: %.40s", logs[i].unbuilt ? "could not begin" : "is red", logs[i].log);
}

static void test_kinds(struct evidence_rules *rules)
{
	CLEANUP(vec_release) struct vec paths = VEC_INIT, commands = VEC_INIT;
	struct evidence_scope scope = {
		.paths = &paths, .commands = &commands, .policy_file = ".gitagent"};
	static const struct {
		const char *path;
		unsigned kind;
	} rows[] = {
		{"src/a.py", 0},
		{"src/test_a.py", EVIDENCE_TEST},
		{"proof/a.txt", EVIDENCE_TEST},
		{".gitagent", EVIDENCE_POLICY},
		{".gitagent/policy", EVIDENCE_POLICY},
		{".circleci/config.yml", EVIDENCE_CI},
		{"pytest.ini", EVIDENCE_RUNNER},
		{".eslintrc.json", EVIDENCE_LINT},
		{"a/__snapshots__/b.snap", EVIDENCE_SNAPSHOT},
		{"pytest.py", EVIDENCE_SHADOW},
		{"tools/go.sh", EVIDENCE_SCRIPT},
		{"go.sh", 0},
		{"Makefile", EVIDENCE_BUILD},
	};

	vec_push(&paths, "proof/**");
	vec_push(&commands, "set -e; sh ./tools/go.sh -q");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ok(evidence_classify(rules, &scope, rows[i].path) == rows[i].kind, "%s is %u",
			rows[i].path, rows[i].kind);
}

/* A file of the command: what it runs, and what it only names. */
static void test_commands(struct evidence_rules *rules)
{
	static const struct {
		const char *command, *path;
		bool runs;
	} rows[] = {
		{"sh check.sh", "check.sh", true},
		{"./run-tests -q", "run-tests", true},
		{"set -e; sh ./tools/go.sh -q", "tools/go.sh", true},
		{"cd a && CI=1 env -i ./check", "check", true},
		{"timeout 9 ./check", "check", true},
		{"sh -c 'python3 check.py'", "check.py", true},
		{"bash -euo pipefail check.sh", "check.sh", true},
		{"python3 -W error check.py data.json", "check.py", true},
		{"python3 wrap.py check.py", "check.py", true},
		{"python3 check.py data.json", "data.json", false},
		{".venv/bin/python check.py data.json", "check.py", true},
		{"./check.sh data.json", "data.json", false},
		{"./check.sh more.sh", "more.sh", true},
		{"node_modules/.bin/jest jest.conf", "jest.conf", true},
		{"make -f rules.txt check", "rules.txt", true},
		{"sh <check.txt", "check.txt", true},
		{"sh < check.txt", "check.txt", true},
		{"cat check.txt | sh", "check.txt", true},
		{"grep -v x check.txt | sh", "check.txt", true},
		{"grep -q ok README.md", "README.md", false},
		{"grep -q ok README.md || exit 1", "README.md", false},
		{"grep -q ok <README.md && ./go", "README.md", false},
		{"! grep TODO src/a.py", "src/a.py", false},
		{"test -f notes.txt && make", "notes.txt", false},
		{"./gen >out.txt 2>&1; diff out.txt want.txt", "want.txt", false},
		{"./gen >out.txt 2>&1; diff out.txt want.txt", "out.txt", false},
		{"./gen >out.txt 2>&1; diff out.txt want.txt", "gen", true},
		{"shellcheck check.sh; sh check.sh", "check.sh", true},
		{"prettier --check src/a.ts", "src/a.ts", false},
		{"foo notes.txt", "notes.txt", true},
		{"make check", "heck", false},
		{"make check", "check", true},
		{"X=./go.sh sh -c '$X'", "go.sh", true},
		{"", "a", false},
	};
	CLEANUP(vec_release) struct vec paths = VEC_INIT;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(vec_release) struct vec commands = VEC_INIT;
		struct evidence_scope scope = {.paths = &paths, .commands = &commands};
		unsigned kind;

		vec_push(&commands, rows[i].command);
		kind = evidence_classify(rules, &scope, rows[i].path);
		ok(!(kind & EVIDENCE_SCRIPT) == !rows[i].runs, "'%s' %s '%s'", rows[i].command,
			rows[i].runs ? "may run" : "only names", rows[i].path);
	}
}

struct hostile {
	const char *piece;
	size_t size;
};

static int read_hostile(
	void *state, const struct repo_change *change, bool now, struct buf *out, struct fault *why)
{
	const struct hostile *h = state;

	(void)change;
	(void)why;
	if (!now)
		buf_puts(out, "it('a', () => {\n\texpect(1).toBe(2);\n});\n");
	while (now && out->len < h->size)
		buf_puts(out, h->piece);
	return 0;
}

static bool has_finding(const struct evidence *e, const char *name)
{
	for (size_t i = 0; i < e->len; i++)
		if (!strcmp(e->items[i].name, name))
			return true;
	return false;
}

/* Texts of 2 MB of which each byte once cost as much as the whole line. Where something is left out it is said. */
static void test_hostile(struct evidence_rules *rules)
{
	static const struct {
		const char *piece, *finding;
		bool partly;
	} rows[] = {
		{"it.skip('a',()=>{});", "tests-skipped", true},
		{"it('a',()=>{expect(1).toBe(2)});", "not-counted", true},
		{"it('a',()=>{expect(1).toBe(2)});\n", NULL, false},
		{"expect(1).toBe(2);", "tests-deleted", false},
		{"expect(expect(", "tests-deleted", true},
		{"\"\\", "tests-deleted", false},
		{"it('b',()=>{\"\\\\\"\\\"\\\"", "tests-deleted", true},
		{"\t", "tests-deleted", false},
		{"if (a) {", "tests-deleted", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct hostile h = {rows[i].piece, 2000000};
		struct evidence_source source = {&h, read_hostile};
		struct repo_change change = {.old_mode = 0100644,
			.new_mode = 0100644,
			.old_oid = "1",
			.new_oid = "2",
			.path = (char[]){"tests/a.test.js"}};
		struct repo_changes changes = {&change, 1, 1};
		struct evidence_scope scope = {.paths = NULL};
		CLEANUP(evidence_release) struct evidence e = EVIDENCE_INIT;
		struct fault why = FAULT_INIT;
		int done = evidence_scan(rules, &scope, &changes, &source, &e, &why);

		ok(!done && (!rows[i].finding || has_finding(&e, rows[i].finding)),
			"2 MB of '%.16s' are counted", rows[i].piece);
		ok(has_finding(&e, "not-counted") == rows[i].partly, "and it is said %s",
			rows[i].partly ? "that not all of them are" : "of nothing that it is not");
	}
}

int main(void)
{
	CLEANUP(evidence_rules_free) struct evidence_rules *rules = NULL, *none = NULL;
	CLEANUP(str_free) char *table = install_share("evidence.ini");
	struct fault why = FAULT_INIT;

	ok(evidence_rules_load(&rules, table, &why) == 0, "the table is read: %s", why.message);
	if (!rules)
		return tap_done();
	ok(evidence_rules_check(rules, &why) == 0, "every expression compiles: %s", why.message);
	ok(evidence_rules_load(&none, "/nowhere", &why) < 0, "one that is not there is a fault");
	test_kinds(rules);
	test_commands(rules);
	test_hostile(rules);
	test_collected(rules);
	test_junit();
	test_unbuilt(rules);
	return tap_done();
}
