#!/bin/bash
# git agent revise: another pass on what was proposed, by a person's words.
# shellcheck disable=SC2016,SC2030,SC2031  # dollars in single quotes are for the agent
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
. "$TESTS_DIR/lib-survive.sh"

start_repo repo
base=$(git rev-parse main)

# prompt_has <run> <text>: what its agent was given last.
prompt_has() { grep -qF -- "$2" ".git/agent/runs/$1/prompt-$(passes "$1").md"; }

agent <<'AGENT'
cat >/dev/null
n=$(cat n 2>/dev/null || echo 0)
git diff HEAD --name-only >seen
git log --format=%H -1 >>seen
echo $((n + 1)) >n
AGENT
exits 0 'a proposal' git agent issue issue.md --name one
first=$(git rev-parse agent/one)
ok 'its checkout is gone' [ ! -e "$(work_of one)" ]
exits 0 'is revised' git agent revise one -m 'Make it two, please'
says '^Proposed agent/one' 'and proposed again'
second=$(git rev-parse agent/one)
ok 'the branch has moved' [ "$second" != "$first" ]
is "$(git show agent/one:n)" 2 'to more work on what was proposed'
is "$(git rev-parse agent/one^)" "$base" 'as one commit on the base'
is "$(git show agent/one:seen | tail -1)" "$base" 'the agent has worked on the base'
ok 'with what was proposed as uncommitted work' eval 'git show agent/one:seen | grep -qx n'
ok 'it was told the words' prompt_has one 'Make it two, please'
ok 'the brief' prompt_has one 'A greeting is wanted'
ok 'the change so far' prompt_has one '+++ b/n'
ok 'and the report' prompt_has one 'judged commit:'
is "$(kinds one)" 'done:green done:green' 'the passes go on counting'
is "$(record one 'r["proposal"]["oid"]')" "$second" 'the record has the new commit'
is "$(git log -1 --format=%B agent/one | grep -c '^Agent-Run: one$')" 1 'with its trailers'
is "$(git log -1 --format=%an agent/one)" 'A Person' 'in the name of the person'
ok 'what was said is kept' grep -q 'Make it two' .git/agent/runs/one/revise-2.md
printf 'And now\nthree.\n' >"$SCRATCH/words"
exits 0 'from a file' git agent revise one "$SCRATCH/words" --json
is "$(json 'r["runs"][0]["state"]' <"$SCRATCH/out")" proposed 'as JSON the record'
is "$(git show agent/one:n)" 3 'works'
ok 'the words are those' prompt_has one 'three.'
ok 'and not those before' not prompt_has one 'Make it two, please'
run bash -c 'echo four | git agent revise one -'
is "$(git show agent/one:n)" 4 'from standard input'

# --- what is wrong with it is said, and nothing has changed
head=$(git rev-parse agent/one)
exits 129 'without words' git agent revise one
exits 129 'with both' git agent revise one "$SCRATCH/words" -m words
run git agent revise one -m ''
hinted 128 'is empty' 'words that are none'
run git agent revise nothing -m words
hinted 128 "no run 'nothing'" 'an unknown run'
git branch -q -f agent/one "$(git commit-tree -p agent/one -m 'mine' "agent/one^{tree}")"
run git agent revise one -m words
hinted 4 'commits that are not the run' 'a branch with commits of the person'
is "$(passes one)" 4 'no pass was made'
is "$(state one)" proposed 'and it stays what it was'
git branch -q -f agent/one "$head"
git worktree add -q "$SCRATCH/tree" agent/one
run git agent revise one -m words
hinted 4 'is checked out' 'a branch that is checked out'
git worktree remove --force "$SCRATCH/tree"
git update-ref -d refs/heads/agent/one
exits 0 'a branch that was deleted' git agent revise one -m words
is "$(git show agent/one:n)" 5 'is there again'

# moved while it works
agent <<AGENT
cat >/dev/null
echo started
while [ ! -e go ]; do sleep 0.05; done
rm go && echo 6 >n
AGENT
git agent revise one -m words >"$SCRATCH/out" 2>"$SCRATCH/err" </dev/null &
pid=$!
ok 'at work' until_there 20 log_has one agent-6.log started
run git agent revise one -m words
hinted 5 'is working' 'a run at work'
mine=$(git commit-tree -p agent/one -m 'mine' "agent/one^{tree}")
git branch -q -f agent/one "$mine"
touch "$(work_of one)/tree/go"
code=0
wait "$pid" || code=$?
is "$code" 4 'a branch that moves meanwhile: refused'
is "$(git rev-parse agent/one)" "$mine" 'and left alone'

# --- in the background
agent <<'AGENT'
cat >/dev/null
echo more >>n
AGENT
exits 0 'a proposal' git agent issue issue.md --name bg
had=$(passes bg) && was=$(git rev-parse agent/bg)
exits 0 '--detach' git agent revise --detach bg -m 'By and by'
says '^run bg goes on in the background' 'says that it goes on'
exits 0 'its end can be waited for' git agent wait bg
is "$(record bg 'r["state"]') $(passes bg)" "proposed $((had + 1))" 'it is proposed again'
ok 'on a branch that has moved' [ "$(git rev-parse agent/bg)" != "$was" ]
ok 'by the words' prompt_has bg 'By and by'

# --- red: the branch stays
agent <<<'echo good >x; cat >/dev/null'
exits 0 'a proposal' git agent issue issue.md --name two
proposed=$(git rev-parse agent/two)
git config agent.gate.tests.run 'grep -q good x || { echo x is bad; exit 1; }'
git agent trust --yes >/dev/null 2>&1
agent <<<'echo bad >x; cat >/dev/null'
exits 1 'a change of it that is red' git agent revise two -m 'make it bad'
is "$(git rev-parse agent/two)" "$proposed" 'leaves the branch'
says 'stays at' 'and says so'
is "$(state two)" rejected 'the run is rejected'
is "$(kinds two)" 'done:green done:red done:red' 'by the same tree twice'
agent <<<'cat x >seen; echo good again >x; cat >/dev/null'
exits 0 'and can be revised again' git agent revise two -m 'make it good'
is "$(git show agent/two:seen)" bad 'from what was judged last'
is "$(git show agent/two:x)" 'good again' 'to a new proposal'
ok 'on the same branch' [ "$(git rev-parse agent/two)" != "$proposed" ]
says_not 'stays at' 'what the report said before is no more'

# --- what was never proposed
agent <<<'echo bad >x; cat >/dev/null'
exits 1 'a run that is rejected' git agent issue issue.md --name three --fixes 0
rm -rf "$(work_of three)"
agent <<<'cat x >seen; echo good >x; cat >/dev/null'
exits 0 'is revised' git agent revise three -m 'make it good'
is "$(git show agent/three:seen)" bad 'from what it had'
is "$(kinds three)" 'done:red done:green' 'and proposed'

# --- cut off, and taken up again: the words are not forgotten
agent <<'AGENT'
cat >/dev/null
[ ! -e half ] || { echo good whole >x && exit 0; }
echo half >half
echo started
sleep 100
AGENT
git agent revise three -m 'words to be kept' >"$SCRATCH/out" 2>&1 </dev/null &
pid=$!
ok 'at work' until_there 20 log_has three agent-3.log started
kill_run three
wait "$pid" 2>/dev/null
is "$(state three)" interrupted 'cut off'
exits 0 'goes on' git agent resume three
ok 'with the words' prompt_has three 'words to be kept'
is "$(git show agent/three:x)" 'good whole' 'to the end'
is "$(kinds three)" 'done:red done:green interrupted:None done:green' 'in one pass more'

# --- not for these
git branch -q three-of-somebody agent/three
exits 0 'a change of somebody' git agent try three-of-somebody --name five
run git agent revise five -m words
hinted 128 'no brief and no agent' 'a change that no agent has made'
start stopped
ok 'at work' until_there 20 log_has stopped agent-1.log started
kill_run stopped TERM
wait "$pid"
run git agent revise stopped -m words
hinted 128 'nothing to revise' 'a run that was cut off'
says 'git agent resume stopped' 'which is to be resumed'
git branch -q -D three-of-somebody

exits 0 'a revised proposal is dropped' git agent drop two --branch
is "$(git for-each-ref refs/heads/agent/two)" '' 'with its branch'
is "$(user_state)" "$before" 'the checkout is as it was'
ok 'git fsck is content' git fsck --strict --no-dangling
done_testing
