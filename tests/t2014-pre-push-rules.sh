#!/bin/bash
# The rules of pre-push beyond protected branches: verdicts, forced pushes, sizes, time; and what is told to be new, wherever it goes.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-hooks.sh"

fresh() {
	cd "$SCRATCH" || exit 1
	rm -rf work remote.git second.git shallow other
	REMOTE=$SCRATCH/remote.git
	git init -q --bare "$REMOTE"
	git init -q --bare second.git
	push_repo work
	git remote add origin "$REMOTE"
	git remote add second "$SCRATCH/second.git"
	seed origin
	git fetch -q origin
}
# by_agent <run>: a commit of an agent's on the branch that is checked out.
by_agent() { git commit -q --allow-empty -m "Fix it

Agent-Run: $1"; }

# --- propose.requireVerdict
# record <run> <state> <gate> <judged id>
record() {
	mkdir -p ".git/agent/runs/$1"
	cat >".git/agent/runs/$1/run.json" <<-END
		{"version": 1, "id": "$1", "kind": "issue", "state": "$2", "title": "t", "branch": "agent/$1", "base": "main",
		"base_oid": "$(git rev-parse main)", "head_oid": "$4", "sandbox": "none", "flags": [], "owner": null,
		"gate": {"status": "$3", "stages": []}, "started": "2026-01-02T03:04:05Z", "finished": "2026-01-02T03:05:05Z"}
	END
}
fresh
passes 'an agent branch, where no verdict is asked for' origin agent/x
git config propose.ignored true
git config agent.propose.requireVerdict true
git branch agent/fix topic
refused 'a branch no run made' refs/heads/agent/fix origin agent/fix
says "no run of this repository made 'agent/fix'" 'says so'
record fix rejected red "$(git rev-parse topic)"
run git push origin agent/fix
says "the gate of run 'fix' is not green" 'a red gate: says so'
record fix proposed green "$(git rev-parse topic~1)"
run git push origin agent/fix
is "$status" 1 'another commit than the one judged: refused'
says "the gate of run 'fix' passed $(git rev-parse topic~1 | cut -c1-10), and 'agent/fix' is pushed at $(git rev-parse topic | cut -c1-10)" 'names both'
says '^hint: .*git agent try' 'and what to do'
record fix proposed green "$(git rev-parse topic)"
passes 'the one judged' origin agent/fix
git config agent.branchPrefix bots/
passes 'a branch that is not of its prefix' origin topic:agent/other
run git push origin topic:bots/x
is "$status" 1 'one that is: refused'
passes 'its end' origin :agent/fix

# --- forced pushes
fresh
git push -q origin topic
git clone -q "$REMOTE" "$SCRATCH/other"
git -C "$SCRATCH/other" checkout -q topic
git -C "$SCRATCH/other" -c user.email=other@example.com commit -q --allow-empty -m theirs
git -C "$SCRATCH/other" push -q origin topic
git checkout -q topic
git commit -q --allow-empty --amend -m 'mine, again'
refused 'what was never fetched' refs/heads/topic -f origin topic
says 'has commits that were never fetched here' 'says so'
git fetch -q origin
refused "another's commit" refs/heads/topic -f origin topic
says 'would lose a commit of another author: [0-9a-f]{10} of other@example.com' 'names it'
run git push --force-with-lease origin topic
is "$status" 1 'with a lease too'
passes 'where it may be lost' --dry-run -f origin topic:elsewhere
git config agent.push.force any
passes 'where all may be lost' -f origin topic
git config --unset agent.push.force
git commit -q --allow-empty --amend -m 'and again'
passes "a person's own commits" -f origin topic
git config user.email Person@Example.COM
git commit -q --allow-empty --amend -m 'and again, and'
passes 'whose address is written otherwise' -f origin topic
export GIT_AUTHOR_EMAIL=else@example.com
git commit -q --allow-empty --amend --reset-author -m 'from elsewhere'
git push -q --no-verify -f origin topic
git commit -q --allow-empty --amend -m 'from elsewhere, again'
passes 'whose address the environment tells' -f origin topic
unset GIT_AUTHOR_EMAIL
refused 'which without it is another' refs/heads/topic -f origin topic~1:topic
git push -q -f origin topic~1:refs/heads/moved
git commit -q --allow-empty -m next
passes 'a fast-forward' origin topic:moved
printf '[push]\nforce = any\n' >.gitagent && commit_all policy
git -C "$SCRATCH/other" fetch -q && git -C "$SCRATCH/other" reset -q --hard origin/topic
git -C "$SCRATCH/other" -c user.email=other@example.com commit -q --allow-empty -m theirs && git -C "$SCRATCH/other" push -q origin topic
git fetch -q
passes "a policy that allows it" -f origin topic

# --- sizes, number, time
fresh
head -c 100000 /dev/urandom >noise && commit_all noise
git config agent.push.maxSize 50k
run git push origin HEAD:noise
is "$status" 1 'a large push: refused'
says 'it brings 9[78].* KiB, and push.maxSize allows 50.0 KiB' 'says how large'
says '^hint: .*git rebase' 'and how to mend it'
git config agent.push.maxSize 1m
passes 'one that is not' origin HEAD:noise
git config agent.push.maxSize 50k
passes 'what the remote has already' origin HEAD:noise2
git config --unset agent.push.maxSize
git config agent.push.maxFile 50k
run git push second HEAD:noise
is "$status" 1 'a large file, to a remote that lacks it: refused'
says "'noise' has 97.7 KiB" 'says which'
git config --unset agent.push.maxFile
git config agent.push.refs 2
run git push origin HEAD:refs/heads/{a,b,c}
is "$status" 1 'many refs: refused'
says 'moves 3 refs, and push.refs allows 2' 'says how many'
passes 'as many as are allowed' origin HEAD:refs/heads/{a,b}
git config --unset agent.push.refs
git config agent.push.budget 1ms
git config agent.push.maxSize 1g
run git push origin HEAD:refs/heads/late
is "$status" 1 'no time: refused'
says 'longer than its time allows' 'says so'
says '^hint: .*agent.push.budget' 'and how to allow more'
git config --unset agent.push.budget
git config --unset agent.push.maxSize

# --- for one remote, expressions
fresh
git config agent.protect.second.branches 'deploy/*'
refused_second() { REMOTE=$SCRATCH/second.git refused "$@"; }
refused_second 'a branch protected on one remote' refs/heads/deploy/1 second topic:deploy/1
passes 'on another it is not' origin topic:deploy/1
refused_second 'to a URL, which may be any' refs/heads/deploy/2 "$SCRATCH/second.git" topic:deploy/2
git config agent.protect.branches 're:hot-\d+'
refused 'an expression' refs/heads/hot-1 origin topic:hot-1
refused 'in any case' refs/heads/HOT-1 origin topic:HOT-1
passes 'what it does not match' origin topic:hot-x
git config agent.protect.branches 're:(('
run git push origin topic:y
is "$status" 1 'one that is none: refused'
says 're:\(\(' 'and named'

# --- what is new: remotes with and without tracking branches, by URL, gone, shallow; only persons may push to main here
fresh
git config agent.protect.from agents
by_agent one
run git push origin main
is "$status" 1 "an agent's commit: refused"
git push -q --no-verify origin main:agent/one && git fetch -q origin
git commit -q --allow-empty -m 'on top'
passes 'one the remote has' origin main
git commit -q --allow-empty -m 'and on'
passes 'by its URL' "$REMOTE" main
git commit -q --allow-empty -m 'and further'
git remote rename origin gone && git config --remove-section remote.gone
run git push "$REMOTE" main
ok 'a remote that is gone tells nothing, but what the server tells is enough' test "$status" = 0
run git push second main
is "$status" 1 'nothing is known of a remote: all is new'
says 'Agent-Run: one' 'and told'
git push -q --no-verify second main
git update-ref -d refs/remotes/second/main
git commit -q --allow-empty -m 'more'
passes 'no tracking branches, but an old id' second main
git clone -q --depth 1 "file://$REMOTE" "$SCRATCH/shallow"
cd "$SCRATCH/shallow" || exit 1
put_hook pre-push
git config agent.protect.from agents
git commit -q --allow-empty -m 'in a shallow clone'
passes 'a shallow clone' origin main
by_agent two
refused "an agent's commit in one" refs/heads/main origin main
git reset -q --hard HEAD~1
git commit -q --allow-empty --amend -m 'in a shallow clone, again'
git config agent.protect.branches nothing
git config agent.protect.from everyone
run git push -f origin HEAD:main
is "$status" 1 'forced, from one: what is protected is'

# --- much
fresh
git config agent.protect.from agents
git for-each-ref --format='delete %(refname)' refs/tags | git update-ref --stdin
for ((i = 0; i < 3000; i++)); do echo "create refs/heads/many/$i $(git rev-parse topic)"; done | git update-ref --stdin
passes 'three thousand branches' origin 'refs/heads/many/*:refs/heads/many/*'
is "$(git ls-remote origin 'refs/heads/many/*' | wc -l)" 3000 'are all there'
git config agent.protect.from everyone
refused 'with a protected one among them' refs/heads/main origin 'refs/heads/many/*:refs/heads/more/*' agent/x:main
git config agent.protect.from agents
{
	for ((i = 1; i <= 10000; i++)); do
		printf 'commit refs/heads/long\nmark :%d\ncommitter P <p@example.com> %d +0000\ndata 2\nc\n' "$i" $((1700000000 + i))
		[ "$i" != 1 ] || echo "from $(git rev-parse topic~1)"
		[ "$i" != 5000 ] || printf 'M 100644 inline f\ndata 1\nx\n'
		echo
	done
} | git fast-import --quiet
passes 'ten thousand commits to main' origin long:main
git checkout -q long && by_agent deep
for ((i = 0; i < 3; i++)); do git commit -q --allow-empty -m "on top $i"; done
refused 'an agent'"'"'s commit among many' refs/heads/main origin long:main
git tag -a -m annotated v3 && git notes add -m note
passes 'tags and notes' origin v3 refs/notes/commits

done_testing
