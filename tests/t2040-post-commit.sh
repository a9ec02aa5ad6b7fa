#!/bin/bash
# post-commit: a commit on top of a proposal flags its run; everywhere else nothing is done and nothing started.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-hooks.sh"

# record <run> <branch> <state> <judged id> [<owner>]: a run's record, as the store writes it.
record() {
	mkdir -p ".git/agent/runs/$1"
	cat >".git/agent/runs/$1/run.json" <<-END
		{"version": 1, "id": "$1", "kind": "issue", "state": "$3", "title": "t", "branch": "$2", "base": "main",
		"base_oid": "$(git rev-parse main)", "head_oid": "$4", "sandbox": "none", "flags": [], "owner": ${5:-null},
		"started": "2026-01-02T03:04:05Z", "finished": "2026-01-02T03:05:05Z"}
	END
}
flags() { python3 -c 'import json, sys; print("\n".join(json.load(open(sys.argv[1]))["flags"]))' ".git/agent/runs/$1/run.json"; }

make_repo work
put_hook post-commit
git branch agent/fix
judged=$(git rev-parse agent/fix)
record fix agent/fix proposed "$judged"
want="a person committed on top: the verdict speaks for ${judged:0:7}, not for the branch's tip"

# With a git that leaves a trace, to see that none is started.
mkdir "$SCRATCH/trace"
printf '#!/bin/sh\necho started >>"%s/started"\nexec %s "$@"\n' "$SCRATCH" "$(command -v git)" >"$SCRATCH/trace/git"
chmod +x "$SCRATCH/trace/git"
hook_starts_git() {
	rm -f "$SCRATCH/started"
	PATH=$SCRATCH/trace:$PATH .git/hooks/post-commit >"$SCRATCH/out" 2>"$SCRATCH/err"
	[ -e "$SCRATCH/started" ]
}

exits 0 'a commit on main' git commit -q --allow-empty -m more
is "$(cat "$SCRATCH/err")" '' 'says nothing'
ok 'starts nothing on main' not hook_starts_git
is "$(flags fix)" '' 'flags nothing'
git checkout -q -b agent/unknown
exits 0 "a commit on a branch no run made" git commit -q --allow-empty -m more
is "$(cat "$SCRATCH/err")" '' 'says nothing'
ok 'starts nothing there' not hook_starts_git
git checkout -q -b mine/fix
exits 0 'a commit on a branch that ends in the name of a run of another' git commit -q --allow-empty -m more
is "$(cat "$SCRATCH/err")$(flags fix)" '' 'says and flags nothing'
git checkout -q agent/fix
.git/hooks/post-commit 2>"$SCRATCH/err"
is "$(flags fix)" '' 'the judged commit itself: no flag'
exits 0 'a commit on top of a proposal' git commit -q --allow-empty -m 'by a person'
is "$(flags fix)" "$want" 'the record is flagged'
is "$(cat "$SCRATCH/err")" "git agent: $want" 'one line says so'
ok 'the event is logged' grep -q '"event":"moved"' .git/agent/runs/fix/events.ndjson
exits 0 'one more commit' git commit -q --allow-empty -m 'by a person again'
is "$(flags fix)" "$want" 'the flag stands once'
is "$(cat "$SCRATCH/err")" '' 'and is said once'
git checkout -q --detach
exits 0 'a detached HEAD' git commit -q --allow-empty -m 'nowhere'
is "$(cat "$SCRATCH/err")" '' 'says nothing'

# Whatever the policy's prefix.
for branch in bots/ai/made bot-made made; do
	git branch -q "$branch" main
	record made "$branch" proposed "$judged"
	git checkout -q "$branch"
	exits 0 "a commit on $branch" git commit -q --allow-empty -m more
	is "$(flags made)" "$want" "flags the run of $branch"
done
git worktree add -q "$SCRATCH/linked" -b agent/linked main
record linked agent/linked proposed "$judged"
exits 0 'a commit in a linked worktree' git -C "$SCRATCH/linked" commit -q --allow-empty -m more
is "$(flags linked)" "$want" 'flags its run'

# A run that is at work is its supervisor's.
git checkout -q -b agent/live main
record live agent/live working "$judged" "{\"pid\": $$, \"start\": $(awk '{ sub(/.*[)]/, ""); print $20 }' /proc/$$/stat), \"boot\": \"$(cat /proc/sys/kernel/random/boot_id)\"}"
exits 0 'a commit on the branch of a run at work' git commit -q --allow-empty -m more
ok 'leaves the record alone' not grep -q 'a person' .git/agent/runs/live/run.json

# What is noted of a commit.
journal() { tail -1 .git/agent/journal.ndjson; }
field() { journal | python3 -c 'import json, sys; print(json.load(sys.stdin).get(sys.argv[1]))' "$1"; }
git checkout -q agent/fix
git commit -q --allow-empty -m noted
is "$(field commit) $(field run) $(field by) $(field ref)" "$(git rev-parse HEAD) fix person refs/heads/agent/fix" 'a commit on a run is in the journal'
git checkout -q main
lines=$(wc -l <.git/agent/journal.ndjson)
git commit -q --allow-empty -m 'not noted'
is "$(wc -l <.git/agent/journal.ndjson)" "$lines" 'one elsewhere is not'
GIT_AGENT_RUN=loose git commit -q --allow-empty -m 'by an agent'
is "$(field by) $(field agent_run) $(field run)" 'agent loose None' 'but an agent is, wherever it is'
is "$(git for-each-ref refs/notes)" '' 'no notes where nobody asked for them'
git config agent.propose.notes true
git checkout -q agent/fix
exits 0 'with notes' git commit -q --allow-empty -m noted
is "$(git notes --ref=agent show)" "Agent-Run: fix
Made-by: person
Judged: $judged" 'the note says whose it is'
GIT_AGENT_RUN=fix git commit -q --allow-empty -m 'by its agent'
is "$(git notes --ref=agent show)" "Agent-Run: fix
Made-by: agent" 'of what an agent makes nothing was judged'
git config agent.propose.notes maybe
exits 0 'a value that is none' git commit -q --allow-empty -m noted
says 'warning: .*agent.propose.notes' 'is said, and fails no commit'
git config --unset agent.propose.notes

# A push that is asked for goes on by itself.
git init -q --bare "$SCRATCH/remote.git"
git remote add origin "$SCRATCH/remote.git"
put_hook pre-push
git config agent.propose.autoPush true
cat >"$SCRATCH/remote.git/hooks/pre-receive" <<END
#!/bin/sh
while [ ! -e "$SCRATCH/go" ]; do sleep 0.05; done
END
chmod +x "$SCRATCH/remote.git/hooks/pre-receive"
exits 0 'a commit does not wait for it' git commit -q --allow-empty -m pushed
ok 'which has not come through yet' not git --git-dir="$SCRATCH/remote.git" rev-parse -q --verify refs/heads/agent/fix
touch "$SCRATCH/go"
pushed() {
	local i
	for ((i = 0; i < 200; i++)); do
		[ "$(git --git-dir="$SCRATCH/remote.git" rev-parse -q --verify refs/heads/agent/fix)" = "$(git rev-parse HEAD)" ] && return
		sleep 0.05
	done
	return 1
}
ok 'it comes through' pushed
git config agent.protect.branches 'agent/*'
git commit -q --allow-empty -m 'not pushed'
refused_later() {
	local i
	for ((i = 0; i < 200; i++)); do
		grep -q 'push refused' .git/agent/runs/fix/push.log && return
		sleep 0.05
	done
	return 1
}
ok 'pre-push decides, and its word is kept' refused_later
git config --unset agent.propose.autoPush
git config --unset agent.protect.branches
exits 0 'status' git agent status
says 'fix .*\(committed on since its verdict\)' 'says whose verdict is stale'
exits 0 'status of one' git agent status fix
says 'flag +a person committed on top' 'says of which'

# What the hook does not see, a merge, a rebase, a reset, shows where the branch is: loose, packed, or gone.
moved() { git agent status moved 2>/dev/null | grep -q 'flag .*the verdict speaks for '"${tip:0:7}"; }
listed() { git agent status 2>/dev/null | grep -q '^proposed *moved .*(committed on since its verdict)$'; }
git checkout -q main && git branch agent/moved
tip=$(git rev-parse agent/moved)
record moved agent/moved proposed "$tip"
rm .git/agent/runs/index.ndjson
ok 'a branch where it was' not moved
ok 'in the list' not listed
git commit -q --allow-empty -m 'main goes on'
git checkout -q agent/moved && git merge -q --ff-only main && git checkout -q main
ok 'a merge' moved
ok 'in the list' listed
is "$(git agent status moved --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["runs"][0]["flags"]))')" 1 'as JSON'
is "$(flags moved)" '' 'which looking does not write down'
git pack-refs --all
ok 'of a packed branch' moved
ok 'in the list' listed
git update-ref refs/heads/agent/moved "$tip"
ok 'it is back' not moved
git branch -q -D agent/moved
ok 'it is gone' not moved

# It never fails a commit.
git checkout -q agent/fix
echo nonsense >.git/agent/runs/fix/run.json
exits 0 'a record that does not parse' git commit -q --allow-empty -m more
printf '#!/bin/sh\necho before >>"%s/before"\nexit 1\n' "$SCRATCH" >.git/hooks/post-commit.before-git-agent
chmod +x .git/hooks/post-commit.before-git-agent
exits 0 'a hook that was there before fails' git commit -q --allow-empty -m more
is "$(cat "$SCRATCH/before")" before 'and ran'
exits 0 'an amended commit' git commit -q --amend --allow-empty -m amended
ok 'a hook outside of a repository' env -C / "$SCRATCH/work/.git/hooks/post-commit"

done_testing
