#!/bin/bash
# limits.concurrent: how many runs of a repository work at once, over all processes; the others wait in line.
# shellcheck disable=SC2016,SC2030,SC2031  # dollars in single quotes are for the agent
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"

listed() { grep -lE '"state": "(preparing|working|gating)"' .git/agent/runs/*/run.json 2>/dev/null; }
# Those that were at work in the first list and are in the second were so at the same time, between the two.
at_work() {
	local first second

	first=$(listed)
	second=$(listed)
	comm -12 <(echo "$first") <(echo "$second") | grep -c .
}
state_is() { [ "$(record "$1" 'r["state"]')" = "$2" ]; }
works() { state_is "$1" working; }

# start <run> [<option>...]: in the background; $pid.
start() {
	local name=$1

	shift
	git agent issue issue.md --name "$name" "$@" >"$SCRATCH/$name.out" 2>&1 </dev/null &
	pid=$!
}

# go <run>: its agent ends.
go() { touch "$(echo "$WORK_ROOT"/*/"$1"/tree)/.go"; }

# kill_run <run>: its supervisor, outright.
kill_run() { kill -9 "$(record "$1" 'r["owner"]["pid"]')"; }

start_repo repo
agent <<'AGENT'
cat >/dev/null
found=0
for ((i = 0; i < 600 && ! found; i++)); do if [ -e .go ]; then found=1; else sleep 0.05; fi; done
rm .go
echo x >x
AGENT

# --- in line
start first
first=$pid
ok 'the first works' until_there 20 works first
start second
second=$pid
ok 'so does the second, of two' until_there 20 works second
start third
third=$pid
ok 'the third says that it waits' until_there 20 grep -q '^waiting: ' "$SCRATCH/third.out"
is "$(grep -c '^waiting: 2 runs are at work, as many as limits.concurrent allows: ' "$SCRATCH/third.out")" 1 'once, and for what'
ok 'and for whom' grep -qE 'allows: (first, second|second, first)$' "$SCRATCH/third.out"
is "$(record third 'r["state"]')" queued 'meanwhile it is queued'
start fourth
fourth=$pid
ok 'a fourth waits too' until_there 20 grep -q '^waiting: ' "$SCRATCH/fourth.out"
exits 5 'who will not wait is turned away' git agent issue issue.md --name never --no-wait
hinted 5 'limits.concurrent allows' '--no-wait'
ok 'and leaves nothing behind' [ ! -e .git/agent/runs/never ]
exits 5 'also as JSON' git agent try HEAD --no-wait --json
is "$(json 'r["error"]["code"]' <"$SCRATCH/out")" busy 'where the reason is busy'
go second
wait "$second"
is $? 0 'one ends'
ok 'the one that came first goes next' until_there 20 works third
is "$(record fourth 'r["state"]')" queued 'the other waits on'
ok 'a waiting run can be stopped' git agent stop fourth
wait "$fourth"
is $? 130 'and ends as interrupted'
is "$(record fourth 'r["state"]')" stopped 'and its record says so'

# --- who is killed gives up its place
kill_run first
start fifth
fifth=$pid
ok 'the place of one that was killed is free' until_there 20 works fifth
go third
go fifth
wait "$third" && wait "$fifth"
is $? 0 'all end right'

# a waiter that is killed is in nobody's way
start sixth && sixth=$pid
start seventh && seventh=$pid
ok 'two work again' until_there 20 eval 'works sixth && works seventh'
start killed
ok 'one waits' until_there 20 grep -q '^waiting: ' "$SCRATCH/killed.out"
start eighth && eighth=$pid
ok 'and one behind it' until_there 20 grep -q '^waiting: ' "$SCRATCH/eighth.out"
kill_run killed
go sixth
ok 'the one behind goes next' until_there 20 works eighth
go seventh
go eighth
wait "$sixth" && wait "$seventh" && wait "$eighth"
is $? 0 'and all end right'
is "$(find .git/agent/slots -name 'wait-*' | wc -l)" 0 'no ticket is left in the line'

# --- the count is the policy's
git config agent.limits.concurrent 1
start alone && alone=$pid
ok 'one works' until_there 20 works alone
start behind && behind=$pid
ok 'with limits.concurrent = 1 the next one waits' until_there 20 grep -q '^waiting: 1 run is at work' "$SCRATCH/behind.out"
go alone
ok 'until it has ended' until_there 20 works behind
go behind
wait "$alone" && wait "$behind"
is $? 0 'both end right'
git config --unset agent.limits.concurrent

# --- in the background
start one && one=$pid
start two && two=$pid
ok 'two work' until_there 20 eval 'works one && works two'
exits 0 '--detach comes back though it has to wait' git agent issue issue.md --name later --detach
is "$(record later 'r["state"]')" queued 'the run is queued'
go one
ok 'and takes its turn' until_there 20 works later
go two
go later
ok 'until its end' until_there 20 state_is later proposed
wait "$one" && wait "$two"

run git agent drop first killed

# --- sixteen at once
agent <<'AGENT'
cat >/dev/null
echo "$GIT_AGENT_RUN" >made-by
AGENT
pids=()
for ((i = 1; i <= 16; i++)); do
	start "many-$i"
	pids+=("$pid")
done
most=0
while [ -n "$(jobs -r)" ]; do
	now=$(at_work)
	[ "$now" -le "$most" ] || most=$now
	sleep 0.1
done
bad=0
for pid in "${pids[@]}"; do
	wait "$pid" || bad=$((bad + 1))
done
is "$bad" 0 'sixteen at once all end well' || tail -n 3 "$SCRATCH"/many-*.out | sed 's/^/# /'
ok "never more than two at work ($most)" [ "$most" -le 2 ]
wrong=0
for ((i = 1; i <= 16; i++)); do
	[ "$(git show "agent/many-$i:made-by")" = "many-$i" ] && state_is "many-$i" proposed || wrong=$((wrong + 1))
done
is "$wrong" 0 'each with its own branch and record'
is "$(wc -l <.git/agent/runs/index.ndjson)" "$(find .git/agent/runs -mindepth 1 -maxdepth 1 -type d | wc -l)" 'the index has them all'
is "$(user_state)" "$before" 'the checkout is as it was'
ok 'git fsck is content' git fsck --strict --no-dangling

done_testing
