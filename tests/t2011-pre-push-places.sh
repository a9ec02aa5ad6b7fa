#!/bin/bash
# The pre-push hook wherever git starts it, and under every policy: what is protected, from whom, and that it fails closed.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-hooks.sh"

fresh() {
	cd "$SCRATCH" || exit 1
	rm -rf work remote.git other
	git init -q --bare "${@}" remote.git
	push_repo work "$@"
	git remote add origin "$SCRATCH/remote.git"
	seed origin
	git fetch -q origin
	REMOTE=$SCRATCH/remote.git
}

# The person's choice of patterns, committed as policy.
policy() {
	printf '[protect]\nbranches = %s\n' "$1" >.gitagent && commit_all policy
}

# --- places
fresh
mkdir -p sub/dir && cd sub/dir || exit 1
refused 'from a subdirectory' refs/heads/main origin main
passes 'topic from a subdirectory' origin topic
cd ../..
git worktree add -q "$SCRATCH/other" topic
cd "$SCRATCH/other" || exit 1
refused 'from a linked worktree' refs/heads/main origin HEAD:main
passes 'another branch from a linked worktree' origin HEAD:from-worktree
cd "$SCRATCH/work" || exit 1
git checkout -q --detach
refused 'from a detached HEAD' refs/heads/main origin HEAD:main
refused 'to a path' refs/heads/main ../remote.git main
refused 'to a file URL' refs/heads/main "file://$SCRATCH/remote.git" main
git config core.hooksPath "$SCRATCH/hooks"
put_hook pre-push "$SCRATCH/hooks"
rm .git/hooks/pre-push
refused 'with core.hooksPath' refs/heads/main origin HEAD:main
git config core.hooksPath "../hooks"
refused 'with a relative core.hooksPath' refs/heads/main origin HEAD:main
git clone -q --bare . "$SCRATCH/bare.git"
cd "$SCRATCH/bare.git" || exit 1
put_hook pre-push hooks
refused 'from a bare repository' refs/heads/main "$REMOTE" main
passes 'topic from a bare repository' "$REMOTE" topic
cd "$SCRATCH" || exit 1
export GIT_DIR=$SCRATCH/bare.git
refused 'with GIT_DIR from elsewhere' refs/heads/main "$REMOTE" main
unset GIT_DIR

fresh --object-format=sha256
refused 'sha256' refs/heads/main origin main
passes 'topic of sha256' origin topic

fresh
git init -q "$SCRATCH/unborn" && cd "$SCRATCH/unborn" || exit 1
put_hook pre-push
run git push "$REMOTE" :refs/heads/main
is "$status" 1 'a deletion from an unborn HEAD: refused'
says "'refs/heads/main'" 'and says why'

# --- policies
fresh
policy 'trunk, deploy/**'
git branch deploy/eu/1
git branch trunk
refused 'a branch HEAD protects' refs/heads/trunk origin trunk
refused 'a glob HEAD protects' refs/heads/deploy/eu/1 origin deploy/eu/1
refused 'the built-ins, where no policy was trusted' refs/heads/main origin main
mkdir -p .git/agent
printf '[protect]\nbranches = kept\n' >.git/agent/trusted-policy
refused 'a branch the trusted policy protects' refs/heads/kept origin HEAD:kept
passes 'main, which neither the trusted policy nor HEAD protects' origin main
git config agent.protect.branches 'mine, ours/*'
git config --global --add agent.protect.branches everywhere
refused 'a branch git config protects' refs/heads/mine origin HEAD:mine
refused 'a glob git config protects' refs/heads/ours/1 origin HEAD:ours/1
refused 'a branch the global git config protects' refs/heads/everywhere origin HEAD:everywhere
refused 'and still what HEAD protects' refs/heads/trunk origin trunk
git config agent.protect.branches 'refs/tags/v*'
refused 'a tag git config protects' refs/tags/v1 origin v1
git config --global --unset-all agent.protect.branches

fresh
mkdir .gitagent && printf '[protect]\nbranches = inside\n' >.gitagent/policy && commit_all policy
refused 'the policy in a directory' refs/heads/inside origin HEAD:inside
git config agent.policyFile config/agent.ini
mkdir config && printf '[protect]\nbranches = renamed\n' >config/agent.ini && commit_all policy
refused 'the policy renamed' refs/heads/renamed origin HEAD:renamed
passes 'the name it no longer has' origin HEAD:inside

# --- closed, whatever fails
closed() {
	run git push origin topic
	is "$status" 1 "$1: refused"
	says "$2" "$1: one line says why"
	ok "$1: at most five lines" test "$(grep -c -v '^error: failed to push' "$SCRATCH/err")" -le 5
	ok "$1: nothing was pushed" not git --git-dir="$REMOTE" rev-parse -q --verify refs/heads/topic
}
fresh
printf '[protect\nbranches = main\n' >.gitagent && commit_all broken
closed 'a policy that does not parse' 'push refused: .*gitagent'
git rm -q .gitagent && commit_all none
mkdir -p .git/agent/trusted-policy
closed 'a trusted policy that cannot be read' 'push refused: .*trusted-policy'
rmdir .git/agent/trusted-policy
printf 'nonsense\n' >.git/agent/trusted-policy
closed 'a trusted policy that does not parse' 'push refused: .*trusted-policy'
rm .git/agent/trusted-policy
git config agent.protect.branches '[z'
closed 'a glob that does not compile' 'push refused: .*\[z'
git config agent.protect.branches x
git config agent.protect.from nobody
closed 'a word that is no choice' "push refused: .*agent.protect.from"
git config --unset agent.protect.from
printf '#!/bin/sh\nexit 3\n' >"$SCRATCH/git" && chmod +x "$SCRATCH/git"
printf '%s\n' "topic $(git rev-parse topic) refs/heads/topic $ZERO" >"$SCRATCH/line"
cat >"$SCRATCH/start" <<END
exec .git/hooks/pre-push origin url <"$SCRATCH/line"
END
run env PATH="$SCRATCH:$PATH" sh "$SCRATCH/start"
is "$status" 1 'git fails: refused'
says 'push refused: .*git' 'git fails: one line says why'
run env PATH=/nonexistent /bin/sh "$SCRATCH/start"
is "$status" 1 'git is missing: refused'
rm "$SCRATCH/git"

fresh
printf '[protect]\nbranches = trunk\n' >.gitagent && commit_all policy
lose() { rm -f ".git/objects/${1:0:2}/${1:2}"; }
blob=$(git rev-parse HEAD:.gitagent)
tree=$(git rev-parse 'HEAD^{tree}')
lose "$blob"
closed 'the blob of the policy is lost' 'push refused: .*policy at HEAD'
lose "$tree"
closed 'the tree of HEAD is lost' 'push refused: .*policy at HEAD'

# --- the hook that was there before
before() {
	printf '#!/bin/sh\necho "$@" >args\ncat >stdin\nexit %s\n' "$1" >.git/hooks/pre-push.before-git-agent
	chmod +x .git/hooks/pre-push.before-git-agent
}
fresh
before 0
passes 'topic, past a hook that was there' origin topic
is "$(cat args)" "origin $SCRATCH/remote.git" 'it got the arguments'
is "$(cat stdin)" "refs/heads/topic $(git rev-parse topic) refs/heads/topic $ZERO" 'it got the records'
refused 'main, past a hook that was there' refs/heads/main origin main
before 1
exits 1 'a hook that was there refuses' git push origin topic:another
ok 'and nothing was pushed' not git --git-dir="$REMOTE" rev-parse -q --verify refs/heads/another
chmod -x .git/hooks/pre-push.before-git-agent
passes 'a hook that was there but is not executable' origin topic:another

done_testing
