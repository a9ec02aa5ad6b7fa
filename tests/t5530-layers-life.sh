#!/bin/bash
# The life of a dependency layer: a change of what setup reads gets its own, one that fails or is killed leaves none, two runs
# make it once, and one that nobody uses goes.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
. "$TESTS_DIR/lib-layers.sh"
needs_sandbox
form full
export GIT_AGENT_SANDBOX_REQUIRE=full

# setup has begun, and is not done
half_done() { grep -qs half "$WORK_ROOT"/*/layers/*.new/work/tree/node_modules/m; }
go() { exits 0 "$1" git agent issue issue.md --name "$1" "${@:2}"; }

# --- a change that brings other dependencies
layered "cp package-lock.json node_modules.json; mkdir -p node_modules; cp package-lock.json node_modules/lock; echo ran" \
	'cat node_modules/lock'
echo node_modules.json >>.gitignore && commit_all ignore
agent <<<'cat node_modules/lock >seen; echo "{\"lock\": 2}" >package-lock.json; mkdir sub; echo "{}" >sub/yarn.lock; echo evil >node_modules/lock'
go other
is "$(git show agent/other:seen)" '{"lock": 1}' 'other dependencies: the agent had the base'\''s'
is "$(stage_log other)" '{"lock": 2}' 'other dependencies: the gate has those of the change, made by setup'
is "$(layers | wc -l)" 2 'other dependencies: two layers'
ok 'other dependencies: setup'\''s output is with the gate'\''s' grep -qx ran .git/agent/runs/other/gate-1/setup.log
ok 'other dependencies: the report names the files' \
	grep -q "dependencies: the change brings 'package-lock.json', 'sub/yarn.lock'" .git/agent/runs/other/report.md
is "$(record other 'any("dependencies" in f for f in r["flags"])')" True 'other dependencies: the record too'
git show --format= agent/other -- >"$SCRATCH/other.patch"
exits 0 'the same as a patch' git agent try "$SCRATCH/other.patch" --name patch
is "$(stage_log patch)" '{"lock": 2}' 'a patch: its own dependencies'
exits 0 'the same as a branch' git agent try agent/other --name branch
is "$(stage_log branch)" '{"lock": 2}' 'a branch: its own dependencies'
is "$(layers | wc -l)" 2 'which are there already'
git branch -q plain && git commit -q --allow-empty -m x && echo y >y && git add y && git commit -qm y && git branch -q topic && git reset -q --hard plain
exits 0 'a branch that brings none' git agent try topic --name topic
is "$(stage_log topic)" '{"lock": 1}' 'has those of the base'
ok 'and no flag' not grep -q dependencies .git/agent/runs/topic/report.md

# --- a setup that fails leaves nothing
layered "mkdir -p node_modules && echo half >node_modules/half; echo trouble >&2; [ -e go ]" 'cat node_modules/half'
agent <<<'echo x >file'
run git agent issue issue.md --name failing
hinted 128 "worktree.setup 'mkdir.*exited with 1" 'a setup that fails'
is "$(error_of failing)" setup_failed 'the record says setup_failed'
ok 'its output is in the log that is named' grep -qx trouble .git/agent/runs/failing/setup.log
ok 'and that is named' grep -qE "^hint: read .*/failing/setup.log" "$SCRATCH/err"
is "$(layers)" '' 'no layer is left'
is "$(find "$WORK_ROOT" -name '*.new')" '' 'nor a part of one'
touch go && commit_all 'setup works now' && sed -i 's/half$/whole/' .gitagent
exits 128 'a gate by hand that fails at setup' git agent gate HEAD~1
exits 0 'the next' git agent gate

# --- killed while setup runs
layered "mkdir -p node_modules && echo half >node_modules/m && if [ ! -e go ]; then sleep 600; fi; echo whole >node_modules/m" 'cat node_modules/m'
agent <<<'echo x >file'
git-agent issue issue.md --name killed >/dev/null 2>&1 &
ok 'setup runs' until_there 60 half_done
kill -KILL $!
wait $! 2>/dev/null
is "$(layers | grep -vc '\.new$')" 0 'killed: there is no layer'
touch go && commit_all 'setup works now'
agent <<<'echo x >file'
sed -i 's/sleep 600/sleep 601/' .gitagent && commit_all 'the same, but that it works'
git agent trust --yes >/dev/null 2>&1
go after
is "$(stage_log after)" whole 'killed: the next run has all of it'

# The very layer whose making was killed is made by the next that wants it.
layered "mkdir -p node_modules && echo half >node_modules/m && sh setup.sh; echo whole >node_modules/m" 'cat node_modules/m'
echo 'sleep 600' >setup.sh && commit_all slow
git-agent gate >/dev/null 2>&1 &
ok 'setup runs again' until_there 60 half_done
kill -KILL $!
wait $! 2>/dev/null
key=$(basename "$(echo "$WORK_ROOT"/*/layers/*.new)" .new)
echo true >setup.sh && commit_all fast
exits 0 'a gate' git agent gate
is "$(layers)" "$key" 'the layer is the one that was not finished, whole'
is "$(cat "$(layers_dir)/$key/tree/node_modules/m")" whole 'with all of it'

# --- interrupted
layered "mkdir -p node_modules && echo half >node_modules/m && sleep 600" true
agent <<<'echo x >file'
git-agent issue issue.md --name stopped >/dev/null 2>&1 &
ok 'setup runs once more' until_there 60 half_done
run git agent stop stopped
wait $!
is "$?" 130 'stopped: 130'
is "$(layers)" '' 'stopped: nothing is left of the layer'

# --- two at once
layered "$(deps node_modules 20); echo ran" 'ls node_modules/pkg | wc -l'
agent <<<'echo x >file'
for i in 1 2 3; do git-agent issue issue.md --name "side-$i" >/dev/null 2>"$SCRATCH/err-$i" & done
wait
is "$(cat .git/agent/runs/side-*/gate-1/look.log | sort | uniq -c | tr -s ' ')" ' 3 20' 'three at once: each has it'
is "$(cat .git/agent/runs/side-*/setup.log 2>/dev/null | grep -c ran)" 1 'three at once: it is made once'

lock=$(layers_dir)/$(layers).lock
rm -rf "${lock%.lock}"
{
	flock -x 9
	git-agent issue issue.md --name waiting >/dev/null 2>"$SCRATCH/waiting" 9>&- &
	ok 'while another makes it that is said' until_there 60 grep -qs 'another process makes these dependencies' "$SCRATCH/waiting"
} 9>"$lock"
wait $!
is "$?" 0 'and when it is done the run goes on'
{
	flock -x 9
	rm -rf "$SCRATCH/waiting"
	git-agent issue issue.md --name impatient >/dev/null 2>"$SCRATCH/waiting" 9>&- &
	pid=$!
	until_there 60 grep -qs 'another process makes these dependencies' "$SCRATCH/waiting"
	kill -INT "$pid" || kill -TERM "$pid"
	kill -TERM "$pid"
	wait "$pid"
	is "$?" 130 'who waits can be interrupted'
} 9>"$lock"

# --- those that nobody uses go
go used
used=$(layers)
echo '{"lock": 2}' >package-lock.json && commit_all lock
go newer
is "$(layers | wc -l)" 2 'two layers'
touch -d '4 days ago' "$(layers_dir)/$used.lock"
{
	flock -s 9
	go in-use
	is "$(layers | grep -cx "$used")" 1 'one that a process holds stays, however old'
} 9<"$(layers_dir)/$used.lock"
go pruned
is "$(layers | grep -cx "$used")" 0 'one that was not used for agent.keepFor goes'
is "$(layers | wc -l)" 1 'the other stays'
ok 'nothing of it is left' [ ! -e "$(layers_dir)/$used.lock" ]
exits 0 'drop --all -n' git agent drop --all -n
is "$(layers | wc -l)" 1 'only says'
exits 0 'drop --all' git agent drop --all
is "$(find "$(layers_dir)" -mindepth 1)" '' 'drop --all frees them'

# --- a directory of that name is no run's
exits 128 'no run is called layers' git agent issue issue.md --name layers
says "the name 'layers' is taken" 'and is told so'

# --- there must be room
git config agent.limits.disk 1000t
run git agent gate
hinted 128 'limits.disk' 'no room'
done_testing
