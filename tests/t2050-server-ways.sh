#!/bin/bash
# Every way to push to a protected branch of a server with our hook, from a client without any, over file, smart HTTP and ssh.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-hooks.sh"
. "$TESTS_DIR/lib-ways.sh"
. "$TESTS_DIR/lib-http.sh"
. "$TESTS_DIR/lib-ssh.sh"

# refused_there <name> <ref> <git arguments...>
refused_there() {
	local name=$1 ref=$2 before
	shift 2
	before=$(refs_of "$REMOTE")
	run git "$@"
	ok "$name: refused" test "$status" != 0 || return
	ok "$name: says which ref, with a hint" said_there "$ref" || sed 's/^/# /' "$SCRATCH/err"
	is "$(refs_of "$REMOTE")" "$before" "$name: the server has what it had"
}
said_there() {
	grep -q "error: push refused: .*'$1'" "$SCRATCH/err" && grep -q 'hint: ' "$SCRATCH/err"
}
passes_there() { exits 0 "$1: passes" git "${@:2}"; }

ways_repo work
rm .git/hooks/pre-push
for kind in file http ssh; do
	REMOTE=$SCRATCH/remotes/$kind.git
	git init -q --bare "$REMOTE"
	git -C "$REMOTE" config http.receivepack true
	seed "$REMOTE"
	exits 0 "$kind: the hook is installed" git agent guard server install "$REMOTE"
done
exits 0 'update instead of pre-receive' git agent guard server install --update "$SCRATCH/remotes/ssh.git"
rm "$SCRATCH/remotes/ssh.git/hooks/pre-receive"
exits 0 'which is live' git agent guard server check "$SCRATCH/remotes/ssh.git"
git -C "$SCRATCH/remotes/ssh.git" config receive.denyDeleteCurrent ignore
git remote add file "$SCRATCH/remotes/file.git"
serve_http "$SCRATCH/remotes"
git remote add http "$HTTP_URL/http.git"
serve_ssh
git remote add ssh "$SSH_URL$SCRATCH/remotes/ssh.git"

for kind in file http; do
	REMOTE=$SCRATCH/remotes/$kind.git
	refused_ways refused_there "$kind" "$kind"
	refused_there "$kind: --no-verify" refs/heads/main push --no-verify "$kind" main
	passing_ways passes_there "$kind" "$kind"
done
refused_there 'file: send-pack' refs/heads/main send-pack "$SCRATCH/remotes/file.git" main
refused_there 'file: send-pack --force' refs/heads/main send-pack --force "$SCRATCH/remotes/file.git" topic:refs/heads/main

# update judges each ref by itself: the others of the push are taken.
moved_only_others() {
	local name=$1 ref=$2
	shift 2
	run git "$@"
	ok "$name: refused" test "$status" != 0 || return
	ok "$name: says which ref, with a hint" said_there "$ref" || sed 's/^/# /' "$SCRATCH/err"
	is "$(refs_of "$REMOTE" | grep -E "$PROTECTED")" "$before" "$name: what is protected is as it was"
}
PROTECTED='refs/(heads/(main|master|staging|release/.*)|agent/.*)$'
REMOTE=$SCRATCH/remotes/ssh.git
before=$(refs_of "$REMOTE" | grep -E "$PROTECTED")
refused_ways moved_only_others ssh ssh
moved_only_others 'ssh: --no-verify' refs/heads/main push --no-verify ssh main
passing_ways passes_there ssh ssh

done_testing
