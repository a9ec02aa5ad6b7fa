# shellcheck shell=bash disable=SC2034,SC2154
# lib-hooks.sh: what the tests of hooks share. Source after lib.sh.

HOOK_BINARIES=$GIT_AGENT_BUILD/libexec/git-agent/hooks
ZERO=0000000000000000000000000000000000000000

# put_hook <name> [<hooks directory>]: our hook by hand, as a copy.
put_hook() {
	local dir=${2:-$(git rev-parse --git-common-dir)/hooks}
	mkdir -p "$dir" && cp "$HOOK_BINARIES/$1" "$dir/$1"
}

# push_repo <dir>: a repository with two commits ("add y" among them), branches main, topic, release/1, agent/x, a tag and
# refs/agent/head/x, our pre-push hook in it; cd into it. Its policy is the built-in one.
push_repo() {
	git init -q "${@:2}" "$1" && cd "$1" || exit 1
	echo one >file && commit_all 'first commit'
	echo two >y && commit_all 'add y'
	git branch topic
	git branch release/1
	git branch agent/x
	git tag v1
	git update-ref refs/agent/head/x HEAD
	put_hook pre-push
}

# seed <url or path of a bare repository>: main and release/1 stand there one commit behind, past any hook.
seed() {
	git push -q --no-verify "$1" topic~1:refs/heads/main topic~1:refs/heads/release/1
}

# refs_of <repository>: what it has, to compare.
refs_of() {
	git ls-remote "$1" | sort
}

# refused <name> <ref> <git push arguments...>: git push fails, names the ref in at most five lines of the hook's, with a hint that is
# not --no-verify, and the remote $REMOTE has what it had.
refused() {
	local name=$1 ref=$2 before
	shift 2
	before=$(refs_of "$REMOTE")
	run git push "$@"
	ok "$name: refused" test "$status" != 0 || return
	ok "$name: says which ref" grep -qF "'$ref'" "$SCRATCH/err" || sed 's/^/# /' "$SCRATCH/err"
	ok "$name: a hint, not the bypass" good_hint || sed 's/^/# /' "$SCRATCH/err"
	is "$(refs_of "$REMOTE")" "$before" "$name: the remote is untouched"
}

good_hint() {
	grep -q '^hint: ' "$SCRATCH/err" && ! grep -q -e '--no-verify' "$SCRATCH/err" &&
		[ "$(grep -c -v '^error: failed to push' "$SCRATCH/err")" -le 5 ]
}

# passes <name> <git push arguments...>: git push succeeds.
passes() {
	exits 0 "$1: passes" git push "${@:2}"
}
