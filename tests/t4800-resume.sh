#!/bin/bash
# git agent resume: a run that was cut off at any step goes on from there.
# shellcheck disable=SC2016,SC2030,SC2031  # dollars in single quotes are for the agent
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
. "$TESTS_DIR/lib-survive.sh"

start_repo repo
git config agent.limits.concurrent 4

# --- while the agent works: what it left is there for the next pass
agent <<'AGENT'
cat >"$TMPDIR/prompt"
[ ! -e half ] || { cp "$TMPDIR/prompt" prompt && echo whole >half && exit 0; }
echo half >half
echo started
sleep 100
AGENT
cut_off working agent-1.log started
exits 0 'it goes on' git agent resume working
is "$(git show agent/working:half)" whole 'with what its agent had left'
ok 'the agent is told' eval 'git show agent/working:prompt | grep -q "was cut off in the middle"'
is "$(kinds working)" 'interrupted:None done:green' 'both passes are in the record'
ok 'the log of the first is kept' log_has working agent-1.log started
is "$(git rev-parse agent/working^)" "$(git rev-parse main)" 'on the base'
is "$(git rev-list --count main..agent/working)" 1 'as one commit'
ok 'nothing is left in the work root' [ ! -e "$(work_of working)" ]
run git agent resume working
hinted 128 'is proposed' 'a proposal'

# what was killed takes a moment to be gone: nobody works beside it
agent <<'AGENT'
cat >/dev/null
if [ -e ticks ]; then
	a=$(wc -l <ticks)
	sleep 0.3
	[ "$a" != "$(wc -l <ticks)" ] || echo alone >alone
	exit 0
fi
trap '' TERM
echo started
while :; do echo tick >>ticks; done
AGENT
cut_off stubborn agent-1.log started
exits 0 'one whose agent does not want to end goes on' git agent resume stubborn
is "$(git show agent/stubborn:alone)" alone 'when it has ended'

# --- in the background
agent <<'AGENT'
cat >/dev/null
[ ! -e half ] || { echo whole >half && exit 0; }
echo half >half
echo started
sleep 100
AGENT
for run in later also; do
	cut_off $run agent-1.log started
	git agent wait $run >/dev/null 2>&1
done
exits 0 '--detach' git agent resume --detach later
says '^run later goes on in the background: git agent log -f later$' 'says so'
exits 0 'its end can be waited for' git agent wait later
is "$(record later 'r["state"]') $(git show agent/later:half)" 'proposed whole' 'and it is proposed'
cut_off third agent-1.log started
git agent wait third >/dev/null 2>&1
exits 0 '--all --detach' git agent resume --all --detach
is "$(grep -c 'goes on in the background' "$SCRATCH/out")" 2 'each goes on'
exits 0 'and ends' git agent wait also third
is "$(record also 'r["state"]') $(record third 'r["state"]')" 'proposed proposed' 'proposed'
run git agent resume --detach also
hinted 128 'is proposed' 'what cannot go on is said at once'

# --- the repository lies elsewhere now
agent <<'AGENT'
cat >/dev/null
[ ! -e half ] || { echo whole >half && git add half && git commit -q -m 'by the agent' && exit 0; }
echo half >half
echo started
sleep 100
AGENT
cut_off moved agent-1.log started
git agent wait moved >/dev/null 2>&1
cd .. && mv repo elsewhere && cd elsewhere || exit 1
exits 0 'a repository that was moved' git agent resume --trust moved
is "$(git show agent/moved:half)" whole 'its run goes on with what there was'
cut_off linked agent-1.log started
git agent wait linked >/dev/null 2>&1
mkdir ../victim && rm -rf "$(work_of linked)/git/objects/info" && ln -s "$SCRATCH/victim" "$(work_of linked)/git/objects/info"
cd .. && mv elsewhere repo && cd repo || exit 1
run git agent resume --trust linked
is "$(ls -A ../victim)" '' 'through a link that was left there nothing is written'
is "$status" 128 'and the run does not go on'
exits 0 'it can be dropped' git agent drop linked

# --- the checkout is gone
agent <<'AGENT'
cat >/dev/null
echo started
sleep 100
AGENT
cut_off gone agent-1.log started
git agent wait gone >/dev/null 2>&1
rm -rf "$(work_of gone)"
agent <<<'echo anew >anew'
exits 0 'without its checkout it goes on too' git agent resume gone
is "$(git diff --name-only main agent/gone)" anew 'in a new one'

# --- in the second pass: what failed is known, what was judged is there, and the pass that was cut off costs nothing
git config agent.gate.tests.run 'grep -q right x || { echo x is wrong; exit 1; }'
git agent trust --yes >/dev/null 2>&1
git config agent.env RESUMED
agent <<'AGENT'
cat >"$TMPDIR/prompt"
if grep -q 'x is wrong' "$TMPDIR/prompt"; then
	[ -z "${RESUMED:-}" ] || { cat x >seen && echo right >x && exit 0; }
	echo second pass
	sleep 100
fi
echo wrong >x
AGENT
cut_off second agent-2.log 'second pass' --fixes 1
export RESUMED=1
exits 0 'it goes on' git agent resume second
unset RESUMED
is "$(kinds second)" 'done:red interrupted:None done:green' 'with a pass that is not counted'
is "$(git show agent/second:seen)" wrong 'on what the first had made'
cut_off second-gone agent-2.log 'second pass' --fixes 1
git agent wait second-gone >/dev/null 2>&1
rm -rf "$(work_of second-gone)"
export RESUMED=1
exits 0 'and where its checkout is gone' git agent resume second-gone
unset RESUMED
is "$(git show agent/second-gone:seen)" wrong 'what was judged is there again'
is "$(git rev-parse agent/second-gone^)" "$(git rev-parse main)" 'on the base'
is "$(git rev-list --count main..agent/second-gone)" 1 'as one commit'

# the count is kept: one red pass before, one after, and no third
agent <<'AGENT'
cat >/dev/null
n=$(cat n 2>/dev/null || echo 0)
echo $((n + 1)) >n
if [ "$n" = 1 ] && [ -z "${RESUMED:-}" ]; then echo second pass; sleep 100; fi
echo "wrong $n" >x
AGENT
cut_off counted agent-2.log 'second pass' --fixes 1
export RESUMED=1
exits 1 'a run that stays red is rejected' git agent resume counted
unset RESUMED
is "$(record counted 'len([p for p in r["passes"] if p["gate"] == "red"])')" 2 'after two red passes, as --fixes 1 says'
run git agent resume counted
hinted 128 'is rejected' 'what was rejected'

# --- in the gate: the sealed commit is judged again, and the agent is not asked
git config agent.gate.tests.run 'echo judging; [ -e go ] || sleep 100'
git agent trust --yes >/dev/null 2>&1
agent <<<'echo x >x'
cut_off gating gate-1/tests.log judging
sealed=$(record gating 'r["head_oid"]')
git config agent.gate.tests.run 'true'
git agent trust --yes >/dev/null 2>&1
agent <<<'echo asked >asked'
exits 0 'what was sealed is judged again' git agent resume gating
is "$(git rev-parse agent/gating)" "$sealed" 'it is the same commit'
is "$(kinds gating)" 'done:green' 'and nothing was asked of the agent'

# --- green, and the branch is not there; or is there, and nothing says so
for there in without with; do
	agent <<<'echo x >x'
	exits 0 "$there: a proposal" git agent issue issue.md --name "green-$there"
	sealed=$(git rev-parse "agent/green-$there")
	[ $there = with ] || git update-ref -d "refs/heads/agent/green-$there"
	edit_record "green-$there" 'r["state"] = "gating"; r["proposal"]["oid"] = None; r["finished"] = None
r["owner"] = {"pid": 4194303, "start": 1, "boot": "none"}'
	is "$(state "green-$there")" interrupted "$there its branch: cut off"
	exits 0 "$there its branch: goes on" git agent resume "green-$there"
	is "$(git rev-parse "agent/green-$there")" "$sealed" "$there its branch: it is there"
	is "$(kinds "green-$there")" 'done:green' "$there its branch: no other pass"
done
# somebody else has taken the name meanwhile
agent <<<'echo x >x'
exits 0 'a proposal' git agent issue issue.md --name taken
git branch -f agent/taken main
edit_record taken 'r["state"] = "gating"; r["proposal"]["oid"] = None
r["owner"] = {"pid": 4194303, "start": 1, "boot": "none"}'
run git agent resume taken
hinted 128 'appeared while' 'a branch of somebody else'
is "$(git rev-parse agent/taken)" "$(git rev-parse main)" 'is left as it is'

# --- before anything has begun
git config agent.worktree.setup 'echo setting up; sleep 100'
git agent trust --yes >/dev/null 2>&1
cut_off preparing setup.log 'setting up'
git config agent.worktree.setup 'true'
git agent trust --yes >/dev/null 2>&1
exits 0 'it starts from its base' git agent resume preparing
git config --unset agent.worktree.setup
is "$(kinds preparing)" 'done:green' 'with its first pass'

# --- stopped, and interrupted again
agent <<'AGENT'
cat >/dev/null
echo started
sleep 100
AGENT
start stopped
ok 'works' until_there 20 log_has stopped agent-1.log started
exits 0 'stopped' git agent stop stopped
wait "$pid"
git agent resume stopped >"$SCRATCH/again.out" 2>&1 </dev/null &
pid=$!
ok 'goes on' until_there 20 log_has stopped agent-2.log started
run git agent resume stopped
hinted 5 'is working' 'while it works'
kill_run stopped TERM
wait "$pid"
is $? 130 'interrupted: 130'
is "$(state stopped)" interrupted 'and not stopped any more'
agent <<<'echo x >x'
exits 0 'and goes on' git agent resume stopped

# --- one process at a time
agent <<'AGENT'
cat >/dev/null
sleep 1
echo x >x
AGENT
cut_off twice events.ndjson '"work"'
git agent resume twice >"$SCRATCH/one" 2>&1 </dev/null &
one=$!
git agent resume twice >"$SCRATCH/two" 2>&1 </dev/null &
two=$!
a=0 b=0
wait $one || a=$?
wait $two || b=$?
is "$((a + b))" 5 'of two that take it up at once one does, the other is told' || sed 's/^/# /' "$SCRATCH/one" "$SCRATCH/two"

# --- all of them
for name in all-1 all-2; do
	cut_off $name events.ndjson '"work"'
done
exits 0 '--all' git agent resume --all
is "$(state all-1) $(state all-2)" 'proposed proposed' 'takes up what was interrupted'
exits 0 'and does nothing where there is none' git agent resume --all

# --- an agent that failed
agent <<<'exit 7'
exits 3 'an agent that fails' git agent issue issue.md --name failed
agent <<<'echo x >x'
exits 0 'can go on' git agent resume failed
is "$(kinds failed)" 'exit_7:None done:green' 'in another pass'

# --- a change of somebody's own
git -c user.name=Somebody commit-tree -p main -m 'a change' "$(
	GIT_INDEX_FILE=$SCRATCH/index git read-tree main
	blob=$(echo y | git hash-object -w --stdin)
	GIT_INDEX_FILE=$SCRATCH/index git update-index --add --cacheinfo "100644,$blob,y"
	GIT_INDEX_FILE=$SCRATCH/index git write-tree
)" >"$SCRATCH/commit"
git config agent.gate.tests.run 'echo judging; sleep 100'
git agent trust --yes >/dev/null 2>&1
GIT_AUTHOR_NAME=Other git agent try "$(cat "$SCRATCH/commit")" --name change >/dev/null 2>&1 </dev/null &
pid=$!
ok 'a change is judged' until_there 20 log_has change gate-1/tests.log judging
sealed=$(record change 'r["head_oid"]')
kill_run change
wait "$pid" 2>/dev/null
git config --unset agent.gate.tests.run
exits 0 'is judged again' git agent resume change
is "$(git rev-parse agent/change)" "$sealed" 'as it was sealed'

# cut off before it was taken over
cat >"$SCRATCH/change.patch" <<'PATCH'
--- /dev/null
+++ b/z
@@ -0,0 +1 @@
+z
PATCH
for change in "$SCRATCH/change.patch" "$(cat "$SCRATCH/commit")"; do
	git config agent.worktree.setup 'echo setting up; sleep 100'
	git config agent.gate.tests.run 'echo judging; sleep 100'
	git agent trust --yes >/dev/null 2>&1
	git agent try "$change" --name early >/dev/null 2>&1 </dev/null &
	pid=$!
	ok 'a change is set up' until_there 20 eval 'log_has early setup.log "setting up" || log_has early gate-1/setup.log "setting up"'
	kill_run early
	wait "$pid" 2>/dev/null
	edit_record early 'r["head_oid"] = None'
	git config --unset agent.worktree.setup
	git config --unset agent.gate.tests.run
	exits 0 'starts anew' git agent resume early
	ok 'and is judged as it was given' git cat-file -e "$(grep -q patch <<<"$change" && echo agent/early:z || echo agent/early:y)"
	git agent drop early --branch >/dev/null 2>&1
done

# --- nothing to go on with
run git agent resume nothing
hinted 128 "no run 'nothing'" 'no such run'
edit_record failed 'r["state"] = "queued"; r["owner"] = {"pid": 4194303, "start": 1, "boot": "none"}'
rm .git/agent/runs/failed/request.json
run git agent resume failed
hinted 128 'cut off before' 'what was asked is not known'
exits 129 'no run named' git agent resume
exits 129 'a run and --all' git agent resume --all gone

is "$(user_state)" "$before" 'the checkout is as it was'
ok 'git fsck is content' git fsck --strict --no-dangling

done_testing
