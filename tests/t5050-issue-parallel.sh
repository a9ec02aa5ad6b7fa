#!/bin/bash
# Several runs at once in one repository, and runs that are cut off in the middle.
# shellcheck disable=SC2016  # dollars in single quotes are for the agent
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"

mark=$((RANDOM + 40000)).$$

state() { git agent status --json "$1" 2>/dev/null | json 'r["runs"][0]["state"]'; }
gone() { not pgrep -f "sleep $mark" >/dev/null; }

start_repo repo

# --- many at once, with the same brief
agent <<'AGENT'
cat >/dev/null
echo "$GIT_AGENT_RUN" >made-by && sleep 0.3 && git add -A && git commit -q -m "by $GIT_AGENT_RUN"
AGENT
for count in 2 8; do
	pids=()
	for ((i = 0; i < count; i++)); do
		git agent issue issue.md >"$SCRATCH/out.$i" 2>&1 </dev/null &
		pids+=($!)
	done
	bad=0
	for pid in "${pids[@]}"; do
		wait "$pid" || bad=$((bad + 1))
	done
	is "$bad" 0 "$count at once: all end well" || sed 's/^/# /' "$SCRATCH"/out.*
done
is "$(git for-each-ref --format='%(refname:short)' refs/heads/agent/ | sort -V | tr '\n' ' ')" \
	"agent/issue $(printf 'agent/issue-%s ' 2 3 4 5 6 7 8 9 10)" 'each has its own name'
wrong=0
for run in issue issue-{2..10}; do
	[ "$(git show "agent/$run:made-by")" = "$run" ] || wrong=$((wrong + 1))
	[ "$(git rev-parse "agent/$run^")" = "$(git rev-parse main)" ] || wrong=$((wrong + 1))
	[ "$(record "$run" 'r["state"]')" = proposed ] || wrong=$((wrong + 1))
done
is "$wrong" 0 'its own work on the base, and its own record'
is "$(wc -l <.git/agent/runs/index.ndjson)" 10 'the index has them all'
is "$(git agent status --all 2>/dev/null | grep -c '^proposed')" 10 'and so has status'
is "$(find "$WORK_ROOT" -mindepth 2 -maxdepth 2)" '' 'no checkout is left'
is "$(user_state)" "$before" 'the checkout is as it was'
ok 'git fsck is content' git fsck --strict --no-dangling

# --- one name asked for twice at the same time: one has it
git agent issue issue.md --name wanted >/dev/null 2>&1 </dev/null &
first=$!
git agent issue issue.md --name wanted >/dev/null 2>&1 </dev/null &
second=$!
a=0 b=0
wait $first || a=$?
wait $second || b=$?
is "$((a + b))" 128 'a name asked for twice is given once'

# --- signals
agent <<AGENT
cat >/dev/null
echo half >half
echo started
setsid sleep $mark &
sleep $mark
AGENT
cut_off() { # <signal> <run> [<agent issue option>...]: starts the run, cuts it off when its agent works
	local signal=$1 name=$2

	shift 2
	git agent issue issue.md --name "$name" "$@" >"$SCRATCH/out" 2>"$SCRATCH/err" </dev/null &
	pid=$!
	until_there 10 grep -q started ".git/agent/runs/$name/agent-1.log"
	kill "-$signal" "$(record "$name" 'r["owner"]["pid"]')"
	status=0
	wait "$pid" || status=$?
}
for signal in INT TERM HUP; do
	name=on-${signal,,}
	[ $signal = INT ] && set -m # so that it is not ignored in the background
	cut_off $signal "$name"
	set +m
	is "$status" 130 "SIG$signal: exit 130" || sed 's/^/# /' "$SCRATCH/err"
	is "$(record "$name" '(r["state"], r["error"]["code"])')" "('interrupted', 'interrupted')" "SIG$signal: the record says interrupted"
	is "$(cat "$(record "$name" 'r["work_dir"]')/tree/half")" half "SIG$signal: the work is kept"
	ok "SIG$signal: the agent and what it started is gone" gone
	says 'interrupted' "SIG$signal: it says so"
	is "$(git for-each-ref "refs/heads/agent/$name")" '' "SIG$signal: no branch"
done

# in the middle of the gate
git config agent.gate.tests.run "echo judging; sleep $mark"
git agent trust --yes >/dev/null 2>&1
agent <<<'echo x >x'
git agent issue issue.md --name in-gate >/dev/null 2>&1 </dev/null &
pid=$!
until_there 10 grep -q judging .git/agent/runs/in-gate/gate-1/tests.log
kill -TERM "$(record in-gate 'r["owner"]["pid"]')"
status=0
wait $pid || status=$?
is "$status" 130 'SIGTERM during the gate: exit 130'
is "$(state in-gate)" interrupted 'the record says interrupted'
ok 'the stage is gone' gone
ok 'the commit that was judged is kept' git cat-file -e refs/agent/head/in-gate:x
git config --unset agent.gate.tests.run

# --- killed outright
agent <<AGENT
cat >/dev/null
echo started
setsid sleep $mark &
sleep $mark
AGENT
cut_off KILL killed 2>/dev/null
is "$status" 137 'SIGKILL ends the supervisor'
is "$(record killed 'r["state"]')" working 'its record cannot say so'
is "$(state killed)" interrupted 'but status does'
ok 'the list too' grep -qE '^interrupted +killed( |$)' <(git agent status 2>/dev/null)
ok 'and the agent is gone' until_there 5 gone
exits 0 'other runs are not disturbed' git agent issue issue.md --simulate good --name after
exits 0 'the records are whole' git agent status --all --json
is "$(json 'len(r["runs"])' <"$SCRATCH/out")" 17 'and so is the list of them'

# --- in the background
agent <<'AGENT'
cat >/dev/null
while [ ! -e .go ]; do sleep 0.05; done
rm .go
echo x >x
AGENT
exits 0 '--detach comes back at once' git agent issue issue.md --detach --name later
says 'later' 'and names the run'
is "$(state later | grep -cE '^(queued|preparing|working)$')" 1 'which works'
go() { touch "$(echo "$WORK_ROOT"/*/later/tree)/.go"; }
ok 'in a checkout of its own' until_there 15 go
ok 'and ends by itself' until_there 15 grep -q '"state": "proposed"' .git/agent/runs/later/run.json
ok 'with its branch' git cat-file -e agent/later:x
ok 'and its report' until_there 5 test -s .git/agent/runs/later/report.md
ok 'what it would have printed is kept' until_there 5 grep -q '^Proposed agent/later' .git/agent/runs/later/supervisor.log
is "$(user_state)" "$before" 'after all this the checkout is as it was'

done_testing
