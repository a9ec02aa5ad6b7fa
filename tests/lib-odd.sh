# shellcheck shell=bash
# lib-odd.sh: for the tests of repositories that break tools: one run, and all that must be as before after it.

ISSUE=$SCRATCH/issue.md
printf '# A change\n\nMake it.\n\n## Acceptance criteria\n\n- it is made\n' >"$ISSUE"
SIMULATED=$'A\tgit-agent-demo/discount.sh\nA\tgit-agent-demo/test-discount.sh'

# agent_does <shell text>: the agent of the runs that follow does this in its checkout.
agent_does() {
	printf '#!/bin/sh\nset -e\ncat >/dev/null\n%s\n' "$1" >"$SCRATCH/agent.sh"
	chmod +x "$SCRATCH/agent.sh"
	export AGENT_CMD=$SCRATCH/agent.sh
}

# snapshot: what must not change, of the repository here.
snapshot() {
	user_state
	git_state
}

# changed <branch>: what it changes, one line a path.
changed() {
	git -c core.quotePath=true diff --no-ext-diff --no-renames --name-status "$1^" "$1"
}

# nothing_left <name>: no lock, no temporary file, no pack kept, no checkout of a finished run.
nothing_left() {
	local found dir

	found=$(find "$(git rev-parse --git-common-dir)" -name '*.lock' ! -path '*/agent/*' -o -name 'tmp_*' -o -name '*.keep')
	dir=$(sed -n 's/^  "work_dir": "\(.*\)",$/\1/p' "$(git rev-parse --git-common-dir)/agent/runs/issue/run.json")
	[ -n "$dir" ] && [ ! -e "$dir" ] || found+=" '$dir'"
	is "$found" '' "$1: nothing is left over"
}

# proposes <name> <changes> <options...>: a run proposes exactly these changes as agent/issue and touches nothing of the
# user's. The brief is the last option where the options hold one.
proposes() {
	local name=$1 want=$2 before
	shift 2
	before=$(snapshot)
	exits 0 "$name: proposed" git agent issue --trust "$@" "$ISSUE" || return
	is "$(snapshot)" "$before" "$name: what is the user's is as it was"
	is "$(changed agent/issue)" "$want" "$name: the proposal holds what the agent changed, and no more"
	is "$(git rev-list --count "agent/issue^..agent/issue")" 1 "$name: as one commit"
	nothing_left "$name"
}

simulates() {
	local name=$1
	shift
	proposes "$name" "$SIMULATED" --simulate good "$@"
}

# fails <code> <name> <regex of the one line> <command...>: and nothing changes, no branch is made.
fails() {
	local code=$1 name=$2 line=$3 before
	shift 3
	before=$(snapshot)
	exits "$code" "$name: exit $code" "$@"
	says "$line" "$name: says why"
	is "$(grep -cE '^(fatal|error|BUG|usage):' "$SCRATCH/err")" 1 "$name: in one line"
	is "$(snapshot)" "$before" "$name: what is the user's is as it was"
	is "$(git for-each-ref refs/heads/agent/)" '' "$name: no proposal"
}
