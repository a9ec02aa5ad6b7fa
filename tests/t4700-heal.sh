#!/bin/bash
# git agent heal: green makes nothing, red goes to the agent, bounded, then to a person.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
with_baseline

# A gate that wants right.txt to say right; the second stage fails beside it.
make_repo "$SCRATCH/repo"
cat >check.sh <<'EOT'
echo "checking right.txt"
test "$(cat right.txt)" = right || { echo "right.txt says $(cat right.txt)"; exit 1; }
EOT
echo right >right.txt
printf '[gate "tests"]\nrun = sh check.sh\n[gate "other"]\nrun = true\n' >.gitagent
commit_all base
git agent trust --yes >/dev/null 2>&1
echo untracked >'not yet added.txt'
before=$(user_state)

# --- green
exits 0 'a green gate' git agent heal
says 'gate green on main [0-9a-f]{10}: nothing to heal' 'is said to be'
is "$(traces)" '' 'and nothing is made'
exits 0 'as JSON' git agent heal --json
is "$(json 'r' <"$SCRATCH/out")" "{'version': 1, 'runs': []}" 'there is no run'

# --- simulated
exits 0 'bad converges' git agent heal --simulate bad
says '^Proposed agent/heal-main +Heal: demo on main' 'and is proposed'
is "$(passes heal-main)" 2 'after two passes'
is "$(record heal-main 'r["kind"], r["state"], r["gate"]["status"]')" "('heal', 'proposed', 'green')" 'the record says so'
is "$(git log -1 --format=%s agent/heal-main)" 'Heal: demo on main' 'one commit with its subject'
is "$(git rev-parse agent/heal-main~1)" "$(git rev-parse main)" 'on the base'
ok 'which holds what is right' grep -q 'percent / 100' <(git show agent/heal-main:git-agent-demo/discount.sh)
exits 2 'stuck gives up' git agent heal --simulate stuck
says 'handing off to a human' 'and says so'
is "$(record heal-main-2 'r["state"], r["error"]["code"]')" "('gave-up', 'red')" 'the record too'
is "$(git for-each-ref refs/heads/agent/heal-main-2)" '' 'without a branch'
exits 2 '--json' git agent heal --simulate stuck --json --name stuck
is "$(json 'r["runs"][0]["state"]' <"$SCRATCH/out")" gave-up 'prints the record'
is "$(user_state)" "$before" 'the checkout is as it was'
rm -r git-agent-demo 2>/dev/null

# --- red
echo wrong >right.txt && commit_all bug
unset AGENT_CMD
exits 3 'red without an agent' git agent heal
says '^hint: .*AGENT_CMD' 'says how to name one'
agent <<'EOT'
cat >"$TMPDIR/seen-$(date +%s%N)"
echo right >right.txt
EOT
before=$(user_state)
exits 0 'an honest agent heals' git agent heal --name honest
is "$(passes honest)" 1 'in one pass'
is "$(git show agent/honest:right.txt)" right 'it is right'
is "$(git log -1 --format=%s agent/honest)" 'Heal: tests on main' 'named by what was red'
prompt=.git/agent/runs/honest/prompt-1.md
ok 'it was told what failed' grep -q 'right.txt says wrong' $prompt
ok 'and where the whole log is' grep -qE 'whole logs are in .*/in/gate-0' $prompt
ok 'not of what is green' not grep -q 'stage other' $prompt
is "$(cat .git/agent/runs/honest/gate-0/tests.log)" "$(printf 'checking right.txt\nright.txt says wrong')" 'the log of the base is kept'
ok 'and what is green is not' [ ! -e .git/agent/runs/honest/gate-0/other.log ]
is "$(user_state)" "$before" 'the checkout is as it was'

# --- bounded
agent <<'EOT'
n=$(($(cat n 2>/dev/null) + 1)); echo $n >n; echo "guess $n" | tr 1-9 a-i >right.txt
EOT
exits 2 'an agent that only guesses' git agent heal --name guess
is "$(passes guess)" 2 'has as many passes as the base allows'
exits 2 '--fixes lowers that' git agent heal --name once --fixes 1
is "$(passes once)" 1 'to one'
exits 2 '--fixes raises nothing' git agent heal --name more --fixes 7
is "$(passes more)" 2 'two it stays'
says '^warning: limits.fixes = 7: .gitagent at [0-9a-f]+ allows 2, and that can only be lowered' 'and it is said'
GIT_AGENT_LIMITS_FIXES=9 git agent heal --name env >/dev/null 2>&1
is "$(passes env)" 2 'nor does the environment'
exits 2 'no pass' git agent heal --name none --fixes 0
is "$(passes none)" 0 'is none'
agent <<'EOT'
date +%s%N >elsewhere.txt
EOT
exits 2 'the same failure as that of the base' git agent heal --name same
is "$(passes same) $(record same 'r["error"]["message"]')" '1 the same failure came back' 'ends it at once'
agent <<'EOT'
echo other >right.txt
EOT
exits 2 'the same tree' git agent heal --name tree
is "$(passes tree) $(record tree 'r["error"]["message"]')" '2 the agent left the same tree again' 'is not judged twice'
ok 'only the first was' [ ! -d .git/agent/runs/tree/gate-2 ]
agent <<'EOT'
exit 7
EOT
exits 3 'an agent that fails' git agent heal --name fails
is "$(record fails 'r["error"]["code"]')" exit_7 'is its own end'

# --- a check that is wrong itself
agent <<'EOT'
cp check.sh check.sh.was && sed 's/= right/= wrong/; s/||.*//' check.sh.was >check.sh; rm check.sh.was
EOT
exits 2 'a check may not be changed' git agent heal --name weaker
is "$(record weaker '[e["status"] for e in r["evidence"] if e["path"] == "check.sh"][0]')" blocked 'that is why it is red'
exits 0 '--may-change: but where a person says so' git agent heal --name told --may-change 'docs/**' --may-change check.sh
is "$(record told '[e["status"] for e in r["evidence"] if e["path"] == "check.sh"][0]')" declared 'the report tells of it'
ok 'the agent was told' grep -qF 'The brief lets you change `docs/**`, `check.sh`.' .git/agent/runs/told/prompt-1.md
is "$(head -n 2 .git/agent/runs/told/issue.md | tail -n 1)" 'tests: may-change docs/**, check.sh' 'and the brief on disk says it, for a resume'
exits 2 'it is not said of another file' git agent heal --name elsewhere --may-change 'docs/**'
exits 129 'a glob with a comma' git agent heal --may-change a,b
exits 128 'what is no glob' git agent heal --may-change '['

# --- flaky: nothing for an agent
mkdir "$SCRATCH/state"
git checkout -q -b shaky main~1
printf '[sandbox]\nwrite = %s\n[gate "shaky"]\nrun = test -e %s/x || { touch %s/x; exit 1; }\n' "$SCRATCH/state" "$SCRATCH/state" "$SCRATCH/state" >.gitagent
commit_all shaky
git agent trust --yes >/dev/null 2>&1
exits 0 'a flaky stage' git agent heal
says "flaky: stage 'shaky' was red \(exit 1\) and then green" 'is named'
says 'nothing to heal' 'and nothing is handed to an agent'
ok 'no run was made' [ ! -e .git/agent/runs/heal-shaky ]

# --- where it starts
git checkout -q main
agent <<'EOT'
echo right >right.txt
EOT
exits 0 '--base: a green commit' git agent heal --base main~1
says 'nothing to heal' 'needs nothing'
git checkout -q -b fine main~1
exits 0 '--base: a red one' git agent heal --base main --name other
is "$(git rev-parse agent/other~1)" "$(git rev-parse main)" 'is mended there'
echo wrong >right.txt
echo new >new.txt
before=$(user_state)
exits 0 'HEAD is green' git agent heal
exits 0 '--wip is not' git agent heal --wip --name wip
is "$(git diff --name-only fine agent/wip | xargs)" new.txt 'the proposal is on the work in progress'
is "$(git diff --name-only agent/wip~1 agent/wip | xargs)" right.txt 'of which it changes what was wrong'
is "$(git rev-parse agent/wip~2)" "$(git rev-parse fine)" 'which is one commit on HEAD'
ok 'a flag says so' grep -q '^> \*\*wip: ' .git/agent/runs/wip/report.md
is "$(user_state)" "$before" 'the checkout is as it was'
exits 129 '--wip with --base' git agent heal --wip --base main
git checkout -q -f main

# --- what it is made of
exits 0 '--dry-run' git agent heal -n
says '^# prompt' 'prints the prompt'
says 'Heal: gate on main' 'for what is not known yet'
ok 'and makes nothing' [ ! -e .git/agent/runs/heal-main-3 ]
exits 0 '--detach' git agent heal --name later --detach
says 'run later goes on in the background' 'goes on'
exits 0 'its end can be waited for' git agent wait later
is "$(record later 'r["state"]')" proposed 'and it is proposed'

# --- cut off: it goes on with what it knew of the failure, and of the passes
agent <<'EOT'
n=$(($(cat n 2>/dev/null) + 1)); echo $n >n
[ $n != 1 ] || { echo bad >right.txt; exit 0; }
[ -e slept ] || { touch slept; sleep 60; }
rm -f slept; echo right >right.txt
EOT
git agent heal --name cut >/dev/null 2>&1 &
supervisor=$!
for _ in $(seq 200); do [ ! -e "$(echo "$WORK_ROOT"/*/cut/tree/slept)" ] || break; sleep 0.1; done
kill -9 "$(record cut 'r["owner"]["pid"]')"
wait $supervisor
exits 0 'one that was cut off is resumed' git agent resume cut
is "$(record cut '[(p["end"], p["gate"], p["failed"]) for p in r["passes"]]')" \
	"[('done', 'red', 'tests: exit 1'), ('interrupted', None, None), ('done', 'green', None)]" 'what was cut off is not counted'
ok 'the agent is told what was red last' grep -q 'right.txt says bad' .git/agent/runs/cut/prompt-3.md
ok 'the report tells what was mended' grep -q '^- pass 1: .tests: exit 1' .git/agent/runs/cut/report.md
done_testing
