# shellcheck shell=bash
# lib.sh: what every test shares. A test is bash, sources this, calls `ok`/`is`/`run`, ends with `done_testing`.
# Hermetic: own HOME, no user or system configuration, a scratch directory removed at the end.

set -u
# The last part of a pipeline is this shell: a check there counts.
shopt -s lastpipe
if [ -z "${GIT_AGENT_BUILD:-}" ]; then
	GIT_AGENT_BUILD=$(cd "$(dirname "${BASH_SOURCE[0]}")/../build" && pwd)
fi
TESTS_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export TESTS_DIR
SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/git-agent-test.XXXXXX")
trap 'code=$?; chmod -R u+rwX "$SCRATCH" 2>/dev/null; rm -rf "$SCRATCH"; exit $code' EXIT
trap 'exit 130' INT TERM

PATH=$GIT_AGENT_BUILD/bin:$PATH
export PATH GIT_AGENT_BUILD SCRATCH
for name in $(git rev-parse --local-env-vars) GIT_CONFIG GIT_EDITOR GIT_PAGER PAGER EDITOR AGENT_CMD \
	AGENT_CONFIG XDG_CONFIG_HOME XDG_STATE_HOME XDG_CACHE_HOME NO_COLOR CI; do
	unset "$name"
done
for name in $(compgen -e | grep '^GIT_AGENT_' | grep -v '^GIT_AGENT_BUILD$\|^GIT_AGENT_TEST_'); do
	unset "$name"
done
# GIT_AGENT_TEST_LEVEL: every run is made in a sandbox of that level.
[ -z "${GIT_AGENT_TEST_LEVEL:-}" ] || export GIT_AGENT_SANDBOX_REQUIRE=$GIT_AGENT_TEST_LEVEL
REAL_HOME=$HOME
export PYENV_ROOT=${PYENV_ROOT:-$REAL_HOME/.pyenv}
[ -d "$PYENV_ROOT" ] || unset PYENV_ROOT
export HOME=$SCRATCH/home TERM=dumb LC_ALL=C.UTF-8 TZ=UTC GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_DATE='@1700000000 +0000' GIT_COMMITTER_DATE='@1700000000 +0000'
mkdir -p "$HOME"
git config --global user.name 'A Person'
git config --global user.email person@example.com
git config --global init.defaultBranch main
git config --global protocol.file.allow always
git config --global advice.detachedHead false
cd "$SCRATCH" || exit 1

TAP=0
FAILED=0

# ok <name> <command...>: the command succeeds.
ok() {
	local name=$1
	shift
	TAP=$((TAP + 1))
	if "$@"; then
		echo "ok $TAP - $name"
	else
		FAILED=$((FAILED + 1))
		echo "not ok $TAP - $name"
		echo "# failed: $*" | head -c 2000
		echo
		return 1
	fi
}

# is <got> <want> <name>
is() {
	TAP=$((TAP + 1))
	if [ "$1" = "$2" ]; then
		echo "ok $TAP - $3"
	else
		FAILED=$((FAILED + 1))
		echo "not ok $TAP - $3"
		printf '%s\n' "got:  $1" "want: $2" | sed 's/^/# /'
		return 1
	fi
}

# run <command...>: keeps its exit status in $status, standard output in $SCRATCH/out, error in $SCRATCH/err.
run() {
	status=0
	"$@" >"$SCRATCH/out" 2>"$SCRATCH/err" </dev/null || status=$?
}

# exits <code> <name> <command...>: run, and compare its exit status; shows what it said where it differs.
exits() {
	local code=$1 name=$2
	shift 2
	run "$@"
	if ! is "$status" "$code" "$name"; then
		sed 's/^/# out: /' "$SCRATCH/out" | head -40
		sed 's/^/# err: /' "$SCRATCH/err" | head -40
		return 1
	fi
}

# says <extended regex> <name>: what the last run printed, on either stream, matches.
says() {
	ok "$2" grep -qE -e "$1" "$SCRATCH/out" "$SCRATCH/err" ||
		sed 's/^/# said: /' "$SCRATCH/out" "$SCRATCH/err" | head -40
}

# says_not <extended regex> <name>
says_not() {
	ok "$2" not grep -qE -e "$1" "$SCRATCH/out" "$SCRATCH/err" ||
		sed 's/^/# said: /' "$SCRATCH/out" "$SCRATCH/err" | head -40
}

not() { ! "$@"; }

# commit_all [<message>]: stages everything and commits.
commit_all() {
	git add -A && git commit -q -m "${1:-change}"
}

# make_repo <dir>: a repository with one commit and a gate that passes, cd into it.
make_repo() {
	git init -q "$1" && cd "$1" || exit 1
	echo hello >hello.txt
	printf '[gate "tests"]\nrun = true\n' >.gitagent
	commit_all base
}

# user_state: what of a checkout must never change: HEAD, index, stash, branches but agent/*, files. Refreshes nothing.
user_state() {
	git rev-parse HEAD
	git symbolic-ref -q HEAD
	git ls-files -s --debug 2>/dev/null | grep -av '^  ' | sha256sum
	git stash list
	git for-each-ref --format='%(refname) %(objectname)' refs/heads refs/tags refs/remotes | grep -v ' *refs/heads/agent/'
	GIT_OPTIONAL_LOCKS=0 git status --porcelain=v1 --ignored -z | sha256sum
	find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum 2>/dev/null | sha256sum
	find . -path ./.git -prune -o -type l -printf '%p %l\0' | sort -z | sha256sum
}

# git_state: every byte of the git directory that is the user's (index, HEAD, config, hooks, logs, worktrees...), and of
# the configuration in HOME. Not objects, .git/agent and the agent's refs.
git_state() {
	(
		cd "$(git rev-parse --path-format=absolute --git-common-dir)" || exit
		find . \( -path ./objects -o -path ./agent -o -path ./refs/agent -o -path ./refs/heads/agent -o \
			-path ./logs/refs/agent -o -path ./logs/refs/heads/agent \) -prune -o \
			\( -type f -o -type l \) -print0 | sort -z | xargs -0r sha256sum
	)
	find "$HOME" -path "$HOME/.local" -prune -o -type f -print0 | sort -z | xargs -0r sha256sum
}

# open_build: for what a test runs as somebody else. A checkout of root's may lie where nobody else comes: then the build
# is used from a copy in the scratch directory.
open_build() {
	local copy=$SCRATCH/build part

	chmod a+x "$SCRATCH"
	[ "$(id -u)" = 0 ] || return
	! setpriv --reuid=65533 --regid=65533 --clear-groups test -x "$GIT_AGENT_BUILD/bin/git-agent" || return 0
	mkdir "$copy" || exit 1
	for part in bin libexec share tests; do
		cp -RL "$GIT_AGENT_BUILD/$part" "$copy/" || exit 1
	done
	chmod -R a+rX "$copy"
	GIT_AGENT_BUILD=$copy PATH=$copy/bin:$PATH
}

# A test that got here without a single check has failed: nothing was tested.
done_testing() {
	[ "$TAP" != 0 ] || ok 'something was tested' false
	echo "1..$TAP"
	[ "$FAILED" = 0 ]
}
