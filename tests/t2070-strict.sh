#!/bin/bash
# init --strict: what belongs to an agent's run moves no protected branch of the repository; a person moves what they like.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-hooks.sh"

make_repo work
git branch topic
git branch release/1
echo more >file && commit_all more
exits 0 'init without it' git agent init --no-gate
ok 'installs no such hook' test ! -e .git/hooks/reference-transaction
exits 0 'what would be done' git agent init --strict --no-gate --dry-run
says 'reference-transaction' 'is said'
ok 'and not done' test ! -e .git/hooks/reference-transaction
exits 0 'init --strict' git agent init --strict --no-gate
ok 'installs it' test -x .git/hooks/reference-transaction
exits 0 'again' git agent init --no-gate
says 'up to date' 'does it once'

state() { git for-each-ref && git symbolic-ref HEAD; }
# held <name> <ref> <command...>: as an agent's process it fails, names the ref, and moves nothing; as a person's it works, in a copy.
held() {
	local name=$1 ref=$2 before
	shift 2
	before=$(state)
	run env GIT_AGENT_RUN=x "$@"
	ok "$name: refused" test "$status" != 0
	says "error: refused: '$ref' is (protected|bookkeeping)" "$name: says which"
	is "$(state)" "$before" "$name: nothing moved"
	rm -rf "$SCRATCH/copy" && cp -R . "$SCRATCH/copy"
	exits 0 "$name: a person's works" env -C "$SCRATCH/copy" "$@"
}
free() {
	rm -rf "$SCRATCH/copy" && cp -R . "$SCRATCH/copy"
	exits 0 "$1: works" env -C "$SCRATCH/copy" GIT_AGENT_RUN=x "${@:2}"
}
held 'commit' refs/heads/main git commit -q --allow-empty -m x
held 'commit --amend' refs/heads/main git commit -q --amend --allow-empty -m x
held 'reset' refs/heads/main git reset -q --hard HEAD~1
held 'branch -f' refs/heads/release/1 git branch -f release/1 main
held 'branch -D' refs/heads/release/1 git branch -D release/1
held 'branch -m' refs/heads/release/1 git branch -m release/1 gone
held 'a new one' refs/heads/master git branch master
held 'in another case' refs/heads/Master git branch Master
held 'update-ref' refs/heads/main git update-ref refs/heads/main topic
held 'update-ref -d' refs/heads/release/1 git update-ref -d refs/heads/release/1
held 'update-ref --stdin' refs/heads/main sh -c 'echo "update refs/heads/main $(git rev-parse topic)" | git update-ref --stdin'
held 'among others' refs/heads/main sh -c 'printf "update refs/heads/x %s\nupdate refs/heads/main %s\n" $(git rev-parse topic topic) | git update-ref --stdin'
held 'fetch' refs/heads/release/1 git fetch -q . +main:release/1
held 'the bookkeeping of runs' refs/agent/head/x git update-ref refs/agent/head/x HEAD
free 'a branch of its own' git switch -q -c agent/own
free 'a commit on one' sh -c 'git switch -q topic && git commit -q --allow-empty -m x'
free 'a tag' git tag v1
free 'stash' sh -c 'echo x >>hello.txt && git stash -q'
free 'worktree' git worktree add -q "$SCRATCH/linked" topic
rm -rf "$SCRATCH/linked"
free 'notes' git notes add -m x
git config agent.protect.branches 'mine, re:hot-\d+'
held 'what git config protects' refs/heads/mine git branch mine
held 'an expression' refs/heads/hot-1 git branch hot-1

# Closed, and after a hook that was there.
git config agent.protect.branches 're:(('
run env GIT_AGENT_RUN=x git branch other
ok 'a pattern that does not compile: refused' test "$status" != 0
says 'error: refused: cannot tell what is protected: .*re:' 'says why'
exits 0 "a person's works" git branch other
git config --unset agent.protect.branches
hook=.git/hooks/reference-transaction
# shellcheck disable=SC2059
feed() {
	printf "$1" >"$SCRATCH/input"
	status=0
	GIT_AGENT_RUN=x "$hook" "${2:-prepared}" <"$SCRATCH/input" >"$SCRATCH/out" 2>"$SCRATCH/err" || status=$?
}
id=$(git rev-parse topic)
feed "$ZERO $id refs/heads/main\n"
is "$status" 1 'prepared: refused'
feed "$ZERO $id refs/heads/main\n" committed
is "$status" 0 'committed: it is too late'
feed "$ZERO $id refs/heads/main\n" aborted
is "$status" 0 'aborted: there is nothing to refuse'
feed "$id $id refs/heads/main\n"
is "$status" 0 'a check that moves nothing: passes'
feed "ref:refs/heads/main ref:refs/heads/topic HEAD\n"
is "$status" 0 'HEAD goes elsewhere: passes'
feed "ref:refs/heads/topic ref:refs/heads/x refs/heads/main\n"
is "$status" 1 'a branch that becomes symbolic: refused'
feed ''
is "$status" 0 'nothing: passes'
for odd in "$id refs/heads/x\n" "$ZERO $id refs/heads/x" "\n" "$ZERO $id refs/heads/x y\n" "$ZERO  refs/heads/x\n"; do
	feed "$odd"
	is "$status" 1 'what does not parse: refused'
done
printf '#!/bin/sh\necho "$1" >>"%s/before"\n[ ! -e "%s/stop" ]\n' "$SCRATCH" "$SCRATCH" >"$hook.before-git-agent"
chmod +x "$hook.before-git-agent"
exits 0 'past a hook that was there' git branch third
ok 'which ran' grep -q committed "$SCRATCH/before"
touch "$SCRATCH/stop"
ok 'and whose refusal counts' not git branch fourth 2>/dev/null
rm "$SCRATCH/stop" "$hook.before-git-agent"

exits 0 'uninstall' git agent init --uninstall --yes
ok 'removes it' test ! -e "$hook"

# Where hooks are set for all repositories.
mkdir "$SCRATCH/mine" && printf '#!/bin/sh\necho "$1" >>"%s/outside"\n' "$SCRATCH" >"$SCRATCH/mine/reference-transaction"
chmod +x "$SCRATCH/mine/reference-transaction"
git config --global core.hooksPath "$SCRATCH/mine"
exits 0 'init' git agent init --no-gate
exits 0 'a branch' git branch fifth
ok 'the hook outside ran' grep -q committed "$SCRATCH/outside"
exits 0 'init --strict there' git agent init --strict --no-gate
rm "$SCRATCH/outside"
exits 0 'a branch' git branch sixth
ok 'it runs still' grep -q committed "$SCRATCH/outside"
held 'and ours' refs/heads/main git commit -q --allow-empty -m x

done_testing
