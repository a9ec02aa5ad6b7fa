#!/bin/bash
# A stage that is red and then green on the same tree: named with its history, counted as green, shown to no agent, never kept.
# shellcheck disable=SC2016  # dollars in single quotes are for the stages
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"

# What outlives a view is where [sandbox] opens it. shaky <n>: red the first n times after `calm`.
state=$SCRATCH/state
mkdir "$state"
calm() { echo 0 >"$state/count"; }
shaky='n=$(($(cat STATE/count) + 1)); echo $n >STATE/count; echo "try $n"; test $n -gt LIMIT'
policy() {
	{
		printf '[sandbox]\nwrite = %s\n' "$state"
		sed "s|STATE|$state|g"
	} >.gitagent
	git commit -q -a --allow-empty -m policy
	git agent trust --yes >/dev/null 2>&1
}
count() { cat "$state/count"; }

make_repo "$SCRATCH/repo"
write_brief && commit_all brief
policy <<EOT
[gate "steady"]
run = true
[gate "shaky"]
run = ${shaky/LIMIT/1}
EOT

# --- the gate
calm
exits 0 'red and then green is green' git agent gate
is "$(count)" 2 'after two runs'
says 'shaky: exit 1; once more, in a fresh checkout' 'that it runs again is said'
says '^gate green' 'the gate is green'
says "^warning: flaky: stage 'shaky' was red \(exit 1\) and then green on the same tree$" 'it is named'
log=.git/agent/gate/$(git rev-parse HEAD)
is "$(cat "$log/shaky.1.log") $(cat "$log/shaky.log")" 'try 1 try 2' 'both logs are kept'
calm
exits 0 'again' git agent gate --json
is "$(json '[(s["name"], s["status"], s["flaky"], s["cached"]) for s in r["gate"]["stages"][:2]]' <"$SCRATCH/out")" \
	"[('steady', 'green', False, False), ('shaky', 'green', True, False)]" 'JSON tells it, and it was not taken for known' ||
	sed 's/^/# /' "$SCRATCH/err"
is "$(json '[s["detail"] for s in r["gate"]["stages"][:2]]' <"$SCRATCH/out")" "[None, 'flaky: exit 1, then green']" 'and how'
says "flaky: stage 'shaky' .*; 1 time before, last [0-9]{4}-[0-9][0-9]-[0-9][0-9]$" 'with its history'
calm
run git agent gate
says "2 times before" 'which grows'
is "$(wc -l <.git/agent/flaky.ndjson)" 3 'one line each time'

# --- red twice
calm
policy <<EOT
[gate "shaky"]
run = ${shaky/LIMIT/5}
EOT
exits 1 'red twice is red' git agent gate
is "$(count)" 2 'after two runs, and no more'
is "$(wc -l <.git/agent/flaky.ndjson)" 3 'and not flaky'
calm
exits 1 'gate.rerun = false' git -c agent.gate.rerun=false agent gate --no-cache
is "$(count)" 1 'runs it once'
policy <<EOT
[gate "missing"]
run = echo x >>STATE/missing; no-such-tool
[gate "slow"]
run = echo x >>STATE/slow; sleep 60
timeout = 1s
EOT
exits 1 'what the machine explains' git agent gate
is "$(cat "$state/missing" "$state/slow" | wc -l)" 2 'runs once'

# --- failFast
policy <<EOT
[gate]
failFast = true
jobs = 1
[gate "shaky"]
run = ${shaky/LIMIT/1}
[gate "after"]
run = true
EOT
calm
exits 0 'failFast waits for the second run' git agent gate

# --- a run
policy <<EOT
[gate "shaky"]
run = ${shaky/LIMIT/1}
EOT
calm
agent <<'EOT'
cat >prompt-$(date +%s%N).txt
EOT
exits 0 'a run that is flaky is proposed' git agent issue issue.md --name run
is "$(passes run)" 1 'in one pass'
is "$(record run 'r["gate"]["stages"][0]["flaky"]')" True 'the record tells it'
is "$(record run '[f for f in r["flags"] if f.startswith("flaky")]')" \
	"[\"flaky: stage 'shaky' was red (exit 1) and then green on the same tree; 4 times before, last $(date -u +%F)\"]" 'a flag names it' ||
	record run 'r["flags"]' | sed 's/^/# /'
ok 'the report too' grep -q '^> \*\*flaky: ' .git/agent/runs/run/report.md

# --- beside something that is red in truth: only that goes to the agent
policy <<EOT
[gate "shaky"]
run = ${shaky/LIMIT/1}
[gate "real"]
run = echo "really wrong"; test -e second
EOT
calm
agent <<'EOT'
cat >"$TMPDIR/prompt-$(ls "$TMPDIR" | wc -l)"
test ! -e first || touch second
touch first
EOT
exits 0 'a run with both' git agent issue issue.md --name both --keep
is "$(passes both)" 2 'takes a second pass'
ok 'for what is red' grep -q 'really wrong' .git/agent/runs/both/prompt-2.md
ok 'and not for what is flaky' not grep -qE '^try [0-9]|shaky' .git/agent/runs/both/prompt-2.md
done_testing
