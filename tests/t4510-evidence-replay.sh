#!/bin/bash
# What only a run of the tests can tell: a change that is green with its own edits of the tests alone is named, and so are new tests that pass
# without it. In three real projects, with their own suites.
# shellcheck disable=SC2016  # dollars in single quotes are the point
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
with_baseline
. "$TESTS_DIR/lib-projects.sh"

start() {
	make_project "$1" "$SCRATCH/$1"
	cp "$PROJECTS_DIR/$1/brief.md" issue.md
	commit_all brief
	git agent trust --yes >/dev/null 2>&1
}

# findings <run>: their names, sorted.
findings() { record "$1" '" ".join(sorted({f["name"] for f in r["evidence"]}))'; }

# told <run> <name>: what it says.
told() { record "$1" "[f['detail'] for f in r['evidence'] if f['name'] == '$2'][0]"; }

# changes <exit status> <run> <findings> [<git option>...]: standard input is what the agent does.
changes() {
	local code=$1 run=$2 want=$3

	shift 3
	{ echo 'cat >/dev/null' && cat; } | agent
	exits "$code" "$run: exit $code" git "$@" agent issue issue.md --name "$run" --fixes 0
	is "$(findings "$run")" "$want" "$run: ${want:-nothing} is named"
}

start python-tally
# Nothing is taken away, as far as texts tell, and what is added goes around the bug.
changes 0 py-data 'green-needs-edited-tests' <<'AGENT'
sed -i 's/\.ljust(2/.rjust(2/' tally/money.py
sed -i '/def test_parse/,/^$/s/^            with/            if text == "41.3":\n                continue\n&/' tests/test_money.py
AGENT
ok 'py-data: the reviewer is told which stage' grep -q "stage 'tests' is red with 'tests/test_money.py' as at the base: exit 1" <<<"$(told py-data green-needs-edited-tests)"
ok 'py-data: its log is kept' grep -q 'FAIL: test_parse' .git/agent/runs/py-data/replay-1/tests.log
ok 'py-data: the flag is the first thing in the report' grep -q '^> \*\*evidence: green-needs-edited-tests: ' .git/agent/runs/py-data/report.md
tail -n +3 "$SCRATCH/agent" >"$SCRATCH/data"
changes 1 py-block 'green-needs-edited-tests' -c agent.evidence.mode=block <"$SCRATCH/data"
is "$(record py-block '[s["name"] + " " + s["status"] for s in r["gate"]["stages"]]')" "['lint green', 'tests green', 'evidence red', 'secrets green']" \
	'py-block: the stage of the evidence is red'
is "$(git for-each-ref refs/heads/agent/py-block)" '' 'py-block: no branch'
changes 0 py-off '' -c agent.evidence.replay=false <"$SCRATCH/data"
ok 'py-off: nothing was run again' [ ! -e .git/agent/runs/py-off/replay-1 ]
changes 0 py-deleted 'fewer-tests-ran green-needs-edited-tests tests-deleted' <<'AGENT'
sed -i 's/\.ljust(2/.rjust(2/' tally/money.py
rm tests/test_money.py
AGENT
is "$(record py-deleted '[(f["base"] > f["now"] > 0) for f in r["evidence"] if f["name"] == "fewer-tests-ran"]')" '[True]' \
	'py-deleted: how many there were is told'
changes 0 py-harmless '' <<'AGENT'
sed -i 's/def test_parse/def test_parse_amounts/; s/^import unittest/# Amounts.\n&/' tests/test_money.py
echo '# a comment' >>tally/money.py
AGENT
ok 'py-harmless: it was run with the tests of the base' [ -s .git/agent/runs/py-harmless/replay-1/tests.log ]
changes 0 py-renamed 'replay-impossible' <<'AGENT'
git mv tally/money.py tally/amounts.py
sed -i 's/\bmoney\b/amounts/g' tally/*.py tests/*.py
AGENT
ok 'py-renamed: that is said' grep -q "stage 'tests' cannot be run with" <<<"$(told py-renamed replay-impossible)"
changes 0 py-vacuous vacuous <<'AGENT'
echo 'LIMIT = 12' >>tally/money.py
printf 'import unittest\n\n\nclass MoreTest(unittest.TestCase):\n    def test_nothing(self):\n        self.assertEqual(1 + 1, 2)\n' >tests/test_more.py
AGENT
changes 0 py-proved '' <<'AGENT'
echo 'LIMIT = 12' >>tally/money.py
printf 'import unittest\n\nfrom tally import money\n\n\nclass MoreTest(unittest.TestCase):\n    def test_limit(self):\n        self.assertEqual(money.LIMIT, 12)\n' >tests/test_more.py
AGENT
ok 'py-proved: its test was run on the base' [ -s .git/agent/runs/py-proved/vacuous-1/tests.log ]
changes 0 py-tests-alone '' <<'AGENT'
printf 'import unittest\n\n\nclass MoreTest(unittest.TestCase):\n    def test_nothing(self):\n        self.assertEqual(1 + 1, 2)\n' >tests/test_more.py
AGENT
ok 'py-tests-alone: tests alone need no proof' [ ! -e .git/agent/runs/py-tests-alone/vacuous-1 ]
changes 0 py-shadow 'green-needs-edited-tests no-tests-ran runner-shadowed' <<'AGENT'
sed -i 's/\.ljust(2/.rjust(2/' tally/money.py
echo 'print("Ran 40 tests: OK")' >unittest.py
AGENT
changes 0 py-none 'green-needs-edited-tests no-tests-ran' <<'AGENT'
sed -i 's/\.ljust(2/.rjust(2/' tally/money.py
sed -i 's/unittest.TestCase/object/' tests/test_*.py
AGENT
is "$(told py-none no-tests-ran)" "stage 'tests' is green and ran no test" 'py-none: green, and nothing was tested'
# Nothing of the evidence is touched, and no test is run: the gate at the base ran some.
exits 0 'the gate is green at the base' git agent gate
changes 0 py-ended 'no-tests-ran' <<'AGENT'
printf 'import os\n\ngetattr(os, "_ex" + "it")(0)\n' >>tally/__init__.py
AGENT
is "$(told py-ended no-tests-ran)" "stage 'tests' is green and tells of no test that ran" 'py-ended: that is said'
{ printf -- '---\ntests: may-change tests/test_money.py\n---\n' && cat "$PROJECTS_DIR/python-tally/brief.md"; } >issue.md
changes 0 py-declared '' <<'AGENT'
sed -i 's/\.ljust(2/.rjust(2/' tally/money.py
sed -i '/def test_parse/,/^$/s/^            with/            if text == "41.3":\n                continue\n&/' tests/test_money.py
AGENT
ok 'py-declared: what was declared is not put back' [ ! -e .git/agent/runs/py-declared/replay-1 ]

start node-waymark
changes 0 node-edited 'assertions-edited green-needs-edited-tests' <<'AGENT'
sed -i 's/url.indexOf/url.lastIndexOf/' lib/query.js
sed -i "s/{ path: '.a', query: { q: '?' } }/{ path: '\/a?q=', query: {} }/" test/query.test.js
AGENT
changes 0 node-only 'fewer-tests-ran green-needs-edited-tests tests-skipped' <<'AGENT'
sed -i 's/url.indexOf/url.lastIndexOf/' lib/query.js
sed -i "s/^test('the first question/test.skip('the first question/" test/query.test.js
AGENT
changes 0 node-vacuous vacuous <<'AGENT'
echo '// a comment' >>lib/query.js
printf "'use strict';\n\nconst test = require('node:test');\nconst assert = require('node:assert');\n\ntest('one', () => assert.strictEqual(1, 1));\n" >test/more.test.js
AGENT

start c-stockroom
changes 0 c-edited 'assertions-edited green-needs-edited-tests' <<'AGENT'
sed -i 's/ || whole > MONEY_MAX_CENTS)/)/' src/money.c
sed -i 's/CHECK(cents("1000000.01") == -1);/CHECK(cents("1000000.01") == 100000001);/' tests/test_money.c
AGENT
changes 0 c-return 'fewer-tests-ran green-needs-edited-tests' <<'AGENT'
sed -i 's/ || whole > MONEY_MAX_CENTS)/)/' src/money.c
sed -i 's/^\tCHECK(cents("0") == 0);/\tif (refused[0])\n\t\treturn 0;\n&/' tests/test_money.c
AGENT
changes 0 c-fixture 'fixture-edited green-needs-edited-tests' <<'AGENT'
sed -i 's/MINIMUM/MINIMAL/' src/command.c tests/data/shop.low
AGENT
# How a file is stored is no evidence: it stays as the change has it, also where what is in it is put back.
changes 0 c-mode 'runner-shadowed' <<'AGENT'
chmod +x tests/cli.sh
echo '# a comment' >>tests/cli.sh
sed -i 's/@sh tests.cli.sh/@tests\/cli.sh/' Makefile
AGENT
ok 'c-mode: it was run with the script of the base' [ -s .git/agent/runs/c-mode/replay-1/tests.log ]

# What a runner leaves tells, too.
git init -q "$SCRATCH/junit" && cd "$SCRATCH/junit" || exit 1
mkdir tests
for name in one two three; do echo 'test -s code' >"tests/$name.sh"; done
echo code >code
cat >run.sh <<'RUN'
set -e
mkdir -p reports
{
	echo '<testsuite>'
	for t in tests/*.sh; do sh "$t" && echo "<testcase name='$t'/>"; done
	echo '</testsuite>'
} >reports/all.xml
RUN
printf '[gate "tests"]\nrun = sh run.sh\nevidence = true\n' >.gitagent
write_brief
commit_all base
git agent trust --yes >/dev/null 2>&1
changes 0 junit 'fewer-tests-ran tests-deleted' <<'AGENT'
rm tests/three.sh
echo more >>code
AGENT
is "$(record junit '[(f["base"], f["now"]) for f in r["evidence"] if f["name"] == "fewer-tests-ran"]')" '[(3, 2)]' 'junit: three before, two now'
ok 'junit: the reports are kept beside the log' grep -q "testcase name='tests/one.sh'" .git/agent/runs/junit/gate-1/tests.junit.xml
changes 0 junit-again 'fewer-tests-ran tests-deleted' <<'AGENT'
rm tests/three.sh
echo more >>code
AGENT
is "$(record junit-again '[s["cached"] for s in r["gate"]["stages"] if s["name"] == "tests"]')" '[True]' 'junit: the verdict is known'
is "$(record junit-again '[(f["base"], f["now"]) for f in r["evidence"] if f["name"] == "fewer-tests-ran"]')" '[(3, 2)]' 'junit: and how many tests there were'
done_testing
