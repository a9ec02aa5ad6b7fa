#!/bin/bash
# Every way to push to a protected branch past the hook of the client, over file, smart HTTP and ssh; what is not one passes.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-hooks.sh"
. "$TESTS_DIR/lib-ways.sh"
. "$TESTS_DIR/lib-http.sh"
. "$TESTS_DIR/lib-ssh.sh"

# refused_by_us <name> <ref> <git arguments...>
refused_by_us() {
	local name=$1 ref=$2 before
	shift 2
	before=$(refs_of "$REMOTE")
	run git "$@"
	ok "$name: refused" test "$status" != 0 || return
	ok "$name: says which ref" grep -qF "'$ref'" "$SCRATCH/err" || sed 's/^/# /' "$SCRATCH/err"
	ok "$name: a hint, not the bypass" good_hint || sed 's/^/# /' "$SCRATCH/err"
	is "$(refs_of "$REMOTE")" "$before" "$name: the remote is untouched"
}
passes_us() { exits 0 "$1: passes" git "${@:2}"; }

for kind in file http ssh; do
	git init -q --bare "remotes/$kind.git"
	git -C "remotes/$kind.git" config http.receivepack true
done
ways_repo work
git remote add file "$SCRATCH/remotes/file.git"
serve_http "$SCRATCH/remotes"
git remote add http "$HTTP_URL/http.git"
serve_ssh
git remote add ssh "$SSH_URL$SCRATCH/remotes/ssh.git"

for kind in file http ssh; do
	REMOTE=$SCRATCH/remotes/$kind.git
	seed "$kind"
	refused_ways refused_by_us "$kind" "$kind"
	refused "$kind: --dry-run" refs/heads/main --dry-run "$kind" main
	passing_ways passes_us "$kind" "$kind"
done
REMOTE=$SCRATCH/remotes/file.git
ok 'names the remote' grep -qF "'file'" <(git push file main 2>&1)

# What a name can hold: newlines, and what looks like a record.
git commit -q --allow-empty -m "one more

over
lines, forge $ZERO refs/heads/topic $ZERO
end"
refused 'a newline in the name' refs/heads/main file 'HEAD^{/over
lines}:refs/heads/main'
refused 'a name that forges a record' refs/heads/main file "HEAD^{/forge $ZERO refs/heads/topic $ZERO
end}:refs/heads/main"
passes 'a newline in the name, to another branch' file 'HEAD^{/over
lines}:refs/heads/lines'

run git push "http://person:secret@127.0.0.1:$HTTP_PORT/git/http.git" main
is "$status" 1 'a URL with a password in it: refused'
ok 'the hook does not print the password' not grep -q 'error: push refused.*secret\|hint:.*secret' "$SCRATCH/err"
says "'refs/heads/main' on the remote repository" 'and does not print the URL'

done_testing
