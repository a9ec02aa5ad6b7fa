#!/bin/bash
# git agent wait: until runs have ended, with the exit code that says how.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
. "$TESTS_DIR/lib-survive.sh"

start_repo repo
git config agent.limits.concurrent 4

exits 0 'nothing is at work' git agent wait
exits 0 'nothing, as JSON' git agent wait --json
is "$(json '(r["version"], r["runs"])' <"$SCRATCH/out")" '(1, [])' 'is an empty list'
run git agent wait nothing
hinted 128 "no run 'nothing'" 'an unknown run'
exits 129 'a timeout that is none' git agent wait --timeout soon

agent <<'AGENT'
cat >/dev/null
for ((i = 0; i < 600; i++)); do [ ! -e .go ] || break; sleep 0.05; done
rm .go
[ "$GIT_AGENT_RUN" != fails ] || exit 7
echo "$GIT_AGENT_RUN" >x
AGENT
go() { touch "$(work_of "$1")/tree/.go"; }
works() { [ "$(record "$1" 'r["state"]')" = working ] && [ -e "$(work_of "$1")/tree" ]; }

exits 0 'a run in the background' git agent issue issue.md --name one --detach
ok 'works' until_there 20 works one
run git agent wait one --timeout 300ms
hinted 5 'still working' 'one that takes longer'
run git agent wait one --timeout 0s --json
is "$(json 'r["error"]["code"]' <"$SCRATCH/out")" timeout 'the reason is timeout'
git agent wait one >"$SCRATCH/waited" 2>&1 </dev/null &
waiter=$!
go one
wait "$waiter"
is $? 0 'a proposal: 0'
ok 'it says what became of it' grep -qx 'one: proposed' "$SCRATCH/waited"
ok 'the report is there by then' [ -s .git/agent/runs/one/report.md ]
ok 'and so is the end of what the run printed' grep -q '^Proposed agent/one' .git/agent/runs/one/supervisor.log
exits 0 'one that is over already' git agent wait one --json
is "$(json 'r["runs"][0]["state"]' <"$SCRATCH/out")" proposed 'gives its record'

# several, and each by its own code
start fails && fails=$pid
start good && good=$pid
ok 'two work' until_there 20 eval 'works fails && works good'
git agent wait >"$SCRATCH/waited" 2>&1 </dev/null &
waiter=$!
sleep 0.3
go fails
go good
wait "$waiter"
is $? 3 'of several the worst: an agent that failed'
is "$(sort "$SCRATCH/waited" | grep -v warning | tr '\n' ' ')" 'fails: failed good: proposed ' 'each is told'
wait "$fails"
is $? 3 'which is what its own command said'
wait "$good"

git config agent.gate.tests.run false
git agent trust --yes >/dev/null 2>&1
start red --fixes 0
ok 'one works' until_there 20 works red
go red
exits 1 'a red gate: 1' git agent wait red
wait "$pid"
is $? 1 'as its own command'
git config --unset agent.gate.tests.run

start killed
ok 'one works' until_there 20 works killed
git agent wait killed >"$SCRATCH/waited" 2>&1 </dev/null &
waiter=$!
sleep 0.2
kill_run killed
wait "$waiter"
is $? 130 'one that is killed: 130'
wait "$pid" 2>/dev/null

start dropped
ok 'one works' until_there 20 works dropped
git agent wait dropped >"$SCRATCH/waited" 2>&1 </dev/null &
waiter=$!
sleep 0.2
kill_run dropped && git agent drop dropped >/dev/null 2>&1
code=0
wait "$waiter" || code=$?
ok "one that is dropped meanwhile ends the waiting ($code)" grep -qxE '130|128' <<<"$code"
wait "$pid" 2>/dev/null

start slow
ok 'one works' until_there 20 works slow
git agent wait slow >"$SCRATCH/waited" 2>&1 </dev/null &
waiter=$!
sleep 0.3
kill -TERM "$waiter"
wait "$waiter"
ok 'a wait can be interrupted' [ $? -ge 130 ]
is "$(state slow)" working 'which is nothing to the run'
git agent stop slow >/dev/null 2>&1
wait "$pid"

is "$(user_state)" "$before" 'the checkout is as it was'
done_testing
