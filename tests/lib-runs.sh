# shellcheck shell=bash disable=SC2034,SC2154  # variables of lib.sh and of the tests
# lib-runs.sh: what tests of runs share: a brief, an agent made of a script, a look at a record. Sourced after lib.sh.

PYTHON=$(command -v /usr/bin/python3 || command -v python3)
WORK_ROOT=$HOME/.local/state/git-agent
export PYTHON WORK_ROOT

# write_brief: issue.md, a brief with acceptance criteria.
write_brief() {
	printf '# Greet the world\n\nA greeting is wanted.\n\n## Acceptance criteria\n\n- there is one\n' >issue.md
}

# agent: standard input becomes a bash script, and AGENT_CMD names it.
agent() {
	{ echo '#!/bin/bash' && cat; } >"$SCRATCH/agent" && chmod +x "$SCRATCH/agent"
	export AGENT_CMD=$SCRATCH/agent
}

# start_repo <dir>: make_repo with an approved policy, a committed brief issue.md and work of the user's that no run may touch.
start_repo() {
	make_repo "$SCRATCH/$1"
	write_brief
	commit_all brief
	git agent trust --yes >/dev/null 2>&1
	echo mine >>hello.txt
	echo staged >staged.txt && git add staged.txt
	git stash -q && git stash apply -q --index
	echo untracked >'not yet added.txt'
	before=$(user_state)
}

# json <python expression>: of the JSON document on standard input, named `r`.
json() {
	"$PYTHON" -c 'import json, sys; r = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"
}

# record <run> <python expression>: of a run's record.
record() {
	json "$2" <".git/agent/runs/$1/run.json"
}

# traces: what runs have left behind: records, refs, branches, directories of the work root.
traces() {
	find .git/agent/runs -mindepth 1 -maxdepth 1 -type d 2>/dev/null
	git for-each-ref --format='%(refname)' refs/agent 'refs/heads/agent/'
	find "$WORK_ROOT" -mindepth 2 -maxdepth 2 2>/dev/null
}

# passes <run>: how many passes its record has.
passes() { record "$1" 'len(r["passes"])'; }

# error_of <run>: its error's code.
error_of() { record "$1" 'r["error"]["code"]'; }

# hinted <code> <extended regex> <name>: the last run ended with that code and said so in one line with a hint.
hinted() {
	is "$status" "$1" "$3: exit $1" || sed 's/^/# said: /' "$SCRATCH/out" "$SCRATCH/err" | head -20
	says "^(fatal|error): .*($2)" "$3: one clear line"
	is "$(grep -cE '^(fatal|error): ' "$SCRATCH/err")" 1 "$3: and only one"
	says '^hint: ' "$3: a hint"
}

# failed <run> <code> <error code> <regex>: how the last run ended.
failed() {
	is "$status" "$2" "$1: exit $2" || sed 's/^/# said: /' "$SCRATCH/err"
	is "$(error_of "$1")" "$3" "$1: the record says $3"
	says "^error: .*($4)" "$1: one line says why"
	is "$(grep -cE '^(error|fatal): ' "$SCRATCH/err")" 1 "$1: and only one"
	says '^hint: ' "$1: with a hint"
	is "$(git for-each-ref "refs/heads/agent/$1")" '' "$1: no branch"
	ok "$1: the log is kept" [ -e ".git/agent/runs/$1/agent-1.log" ]
	is "$(user_state)" "$before" "$1: the checkout is as it was"
}

# issue <run> [<git option>...]: runs the standing brief under that name.
issue() {
	local name=$1

	shift
	run git "$@" agent issue issue.md --name "$name"
}

# Most tests' gates are red at the base on purpose, or count what runs: without with_baseline it is not run there.
no_baseline() { export GIT_AGENT_GATE_BASELINE=off; }
with_baseline() { unset GIT_AGENT_GATE_BASELINE; }
no_baseline

# until_there <seconds> <command...>: waits for something that comes by itself.
until_there() {
	local n=$(($1 * 20))

	shift
	until "$@" >/dev/null 2>&1; do
		n=$((n - 1))
		[ $n -gt 0 ] || return 1
		sleep 0.05
	done
}
