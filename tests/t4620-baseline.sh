#!/bin/bash
# What was red before: said before agent time is spent, and not charged to the change. What no tree causes is no verdict on it.
# shellcheck disable=SC2016  # dollars in single quotes are for the stages
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
with_baseline

policy() {
	cat >.gitagent
	git add -A && git commit -q -m policy
	git agent trust --yes >/dev/null 2>&1
}
stage_of() { record "$1" "[(s['status'], s['detail']) for s in r['gate']['stages'] if s['name'] == '$2']"; }

make_repo "$SCRATCH/repo"
mkdir -p "$HOME/.local"
write_brief
cat >check.sh <<'EOT'
for file in a b; do
	test "$(cat $file.txt)" = right || { echo "FAILED: $file.txt says $(cat $file.txt)"; failed=1; }
done
exit ${failed:-0}
EOT
echo right >a.txt && echo right >b.txt
policy <<'EOT'
[gate "tests"]
run = sh check.sh
[gate "words"]
run = ! grep -n bad *.txt
EOT
agent <<EOT
echo "\${AGENT_SAYS:-new}" >made.txt
eval "\${AGENT_DOES:-:}"
EOT
git config agent.agent.env 'AGENT_SAYS, AGENT_DOES'

# --- green
exits 0 'green at base' git agent issue issue.md --name green
says '^gate on main [0-9a-f]{10}:' 'the gate runs there first'
exits 0 'the second run' git agent issue issue.md --name again
is "$(grep -c '(cached)' "$SCRATCH/err")" 4 'runs nothing: both verdicts on the base, and on the same change, are known'
exits 0 'gate.baseline = off' git -c agent.gate.baseline=off agent issue issue.md --name off
says_not '^gate on main' 'does not look'

# --- red: refused before the agent works
echo wrong >a.txt && commit_all bug
exits 1 'red at base: refused' git agent issue issue.md --name red
says '^error: the gate is red on main already: tests \(exit 1\)' 'it is said'
says '^hint: git agent heal, or --on-red-base go' 'with what to do'
ok 'and no run is made' [ ! -e .git/agent/runs/red ]
exits 1 '--on-red-base stop' git agent issue issue.md --name red --on-red-base stop
exits 129 '--on-red-base anything' git agent issue issue.md --on-red-base maybe
run git agent issue issue.md --name red --json
is "$(json 'r["error"]["code"]' <"$SCRATCH/out")" red_base 'as JSON'

# --- red: gone on with
exits 0 'the same failure as at base is not charged' git agent issue issue.md --name go --on-red-base go
is "$(stage_of go tests)" "[('red', 'exit 1; red at base too')]" 'the stage is red, and so was the base'
is "$(record go 'r["gate"]["status"], r["state"], len(r["passes"])')" "('green', 'proposed', 1)" 'the gate is green for the change'
is "$(record go '[f for f in r["flags"] if f.startswith("red at base")]')" \
	"[\"red at base: stage 'tests' (exit 1): the same failure is not charged to the change\"]" 'a flag lists it'
ok 'the report has both' [ "$(grep -cE '^> \*\*red at base|red at base too' .git/agent/runs/go/report.md)" = 2 ]
AGENT_DOES='echo right >a.txt' exits 0 'a change that mends it' git agent issue issue.md --name mends --on-red-base go
is "$(stage_of mends tests)" "[('green', None)]" 'is green'
AGENT_DOES='echo wrong >b.txt' exits 1 'another failure of the same stage' git agent issue issue.md --name worse --on-red-base go --fixes 0
is "$(stage_of worse tests)" "[('red', 'exit 1')]" 'is charged'
AGENT_SAYS='a bad word' exits 1 'another stage' git agent issue issue.md --name other --on-red-base go --fixes 1
is "$(stage_of other words) $(stage_of other tests)" "[('red', 'exit 1')] [('red', 'exit 1; red at base too')]" 'is charged, and only that'
ok 'the report tells what was red' grep -q '^- pass 1: .words: ' .git/agent/runs/other/report.md
ok 'the agent is told of the one' grep -q 'a bad word' .git/agent/runs/other/prompt-2.md
ok 'and not of the other' not grep -q 'a.txt says wrong' .git/agent/runs/other/prompt-2.md
exits 0 'without the gate at base' git -c agent.gate.baseline=off agent try agent/mends --name try
exits 1 'without the gate at base nothing is excused' git -c agent.gate.baseline=off agent issue issue.md --name charged --fixes 0
is "$(stage_of charged tests)" "[('red', 'exit 1')]" 'it is red'
exits 1 'a simulated run asks as well' git agent issue issue.md --simulate good --name simulated
says '^error: the gate is red on main already: tests' 'of the stages of the repository'
exits 0 'and its own is none of the base' git agent issue issue.md --simulate good --name simulated --on-red-base go
says_not 'demo.*once more' 'it is not run there'

# --- concurrent
exits 0 'gate.baseline = concurrent: the agent works' git -c agent.gate.baseline=concurrent agent issue issue.md --name beside
ok 'while the gate runs there' grep -q 'tests' <(ls ".git/agent/gate/$(git rev-parse main)")
is "$(stage_of beside tests)" "[('red', 'exit 1; red at base too')]" 'and what was red is not charged'

# --- what no tree causes
policy <<'EOT'
[gate "tool"]
run = no-such-tool --check
EOT
exits 1 'a missing program: red for a person' git agent gate
says "'no-such-tool' was not found: install it" 'who is told what to install'
exits 128 'and no verdict for a run' git agent issue issue.md --name missing
says "^fatal: the gate cannot be judged on this machine: stage 'tool': 'no-such-tool' was not found" 'before the agent works'
ok 'which is not made' [ ! -e .git/agent/runs/missing ]
exits 128 'nor to heal' git agent heal
exits 128 'without the gate at base' git -c agent.gate.baseline=off agent issue issue.md --name unknown
is "$(record unknown 'r["state"], r["error"]["code"], r["passes"][0]["gate"]')" "('failed', 'infrastructure', 'broken')" 'the run fails, and the pass is not one that was red'
policy <<'EOT'
[gate "tool"]
run = test ! -e made.txt || ./made-tool; test -e a.txt
[gate "mine"]
run = test ! -e made.txt || gone-tool
EOT
exits 1 'a program that is missing for the change alone' git agent issue issue.md --name gone --fixes 0
is "$(stage_of gone mine)" "[('red', \"'gone-tool' was not found: install it\")]" 'is the change'"'"'s own'
policy <<'EOT'
[gate "killed"]
run = test ! -e made.txt || kill -9 $$
EOT
exits 128 'one that was killed' git agent issue issue.md --name killed
is "$(record killed 'r["error"]["code"], len(r["passes"])')" "('infrastructure', 1)" 'costs no further pass'
says '^fatal: .*was killed: there was no memory left, or a limit was met' 'and is said to be'
done_testing
