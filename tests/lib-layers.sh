# shellcheck shell=bash disable=SC2034,SC2154  # variables of lib.sh and of the tests
# lib-layers.sh: what tests of dependency layers share: the forms of a machine, a repository whose setup leaves something,
# its layers. Sourced after lib.sh and lib-runs.sh.

DENY=$GIT_AGENT_BUILD/tests/h-deny
REACHED=$("$GIT_AGENT_BUILD/tests/u-sandbox-attack" level)

# needs_sandbox: ends the test where the machine gives none, which is a failure where one is required.
needs_sandbox() {
	[ "$REACHED" = full ] && return
	is "${GIT_AGENT_TEST_REQUIRE_SANDBOX:-}" '' "this machine reaches '$REACHED' alone"
	done_testing
	exit
}

# form <name>: from here on `on` runs a command on a machine of that form.
form() {
	FORM=$1
	case $1 in
	full) ON=(env) LEVEL=full ;;
	*) ON=("$DENY" "$1" --) LEVEL=partial ;;
	esac
	[ "$1" != overlay ] || LEVEL=full
}
on() { "${ON[@]}" "$@"; }

# deps <dir> <n>: shell that leaves a package of n files in a directory, of which each says its own number.
deps() {
	printf 'mkdir -p %s/pkg && (cd %s/pkg && seq %s | while read -r i; do echo "module $i" >"$i.js"; done)' "$1" "$1" "$2"
}

# layered <setup> <stage>: a repository with that policy, a lock file, and what is to be ignored; approved.
layered() {
	rm -rf "$SCRATCH/repo" "$WORK_ROOT"
	make_repo "$SCRATCH/repo"
	write_brief
	printf '%s\n' node_modules/ conftest.py >.gitignore
	echo '{"lock": 1}' >package-lock.json
	printf '[worktree]\nsetup = %s\n[gate "look"]\nrun = %s\n' "$1" "$2" >.gitagent
	commit_all base
	git agent trust --yes >/dev/null 2>&1
}

# layers: the names of those there are.
layers() { find "$WORK_ROOT" -mindepth 3 -maxdepth 3 -path '*/layers/*' ! -name '*.lock' -printf '%f\n' 2>/dev/null | sort; }
layers_dir() { echo "$WORK_ROOT"/*/layers; }

# stage_log: what the last run of that name printed in its stage.
stage_log() { cat ".git/agent/runs/$1/gate-1/look.log"; }
