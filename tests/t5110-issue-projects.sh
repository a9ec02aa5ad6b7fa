#!/bin/bash
# git agent issue on real projects: a brief, a scripted agent that works as agents do, and the project's own suite.
. "$(dirname "$0")/lib.sh"
export GIT_AGENT_GATE_BASELINE=off
. "$TESTS_DIR/lib-projects.sh"

trailer() { git log -1 --format="%(trailers:key=$2,valueonly)" "$1" | sed '/^$/d'; }

# proposed <name>: agent/brief is one sealed commit on main with the tree of right.patch, trailers and a report.
proposed() {
	local dir run

	dir=$(patched_tree "$1" right.patch better)
	ok "$1: agent/brief exists" git cat-file -e 'refs/heads/agent/brief^{commit}' || return
	is "$(git rev-parse agent/brief^)" "$(git rev-parse main)" "$1: it is one commit on main"
	is "$(git rev-parse 'agent/brief^{tree}')" "$(git -C "$dir" rev-parse 'HEAD^{tree}')" \
		"$1: with all that the agent did, committed by it or not"
	is "$(git log -1 --format='%an <%ae>' agent/brief)" 'A Person <person@example.com>' "$1: the user is its author"
	run=$(trailer agent/brief Agent-Run)
	is "$run" brief "$1: the trailer Agent-Run"
	ok "$1: the trailer Assisted-by" [ -n "$(trailer agent/brief Assisted-by)" ]
	ok "$1: the run has a report" [ -s ".git/agent/runs/$run/report.md" ]
	ok "$1: the report says how to review" grep -qF 'git diff main...agent/brief' ".git/agent/runs/$run/report.md"
	ok "$1: the brief is kept" cmp "$PROJECTS_DIR/$1/brief.md" ".git/agent/runs/$run/issue.md"
	ok "$1: what the agent said is kept" grep -q 'agent: done' ".git/agent/runs/$run/agent-1.log"
}

# start <name>: the project in a directory of its own, with work of the user's in it and the brief beside.
started=0
start() {
	started=$((started + 1))
	make_project "$1" "$SCRATCH/$started $1"
	cp "$PROJECTS_DIR/$1/brief.md" .
	make_busy
	before=$(user_state)
}

for name in $PROJECTS; do
	start "$name"
	AGENT_CMD=$(project_agent "$name")
	# the prompt comes on standard input, or as the file that the template asks for
	[ "$name" != node-waymark ] || AGENT_CMD="$AGENT_CMD {prompt_file}"
	export AGENT_CMD
	exits 0 "$name: the agent's change is proposed" git agent issue --trust brief.md
	proposed "$name"
	is "$(user_state)" "$before" "$name: the checkout is as it was"
	if [ "$name" = c-stockroom ]; then
		for subject in 'stock: keep the value of what is on hand' 'value: a command for what the shelves are worth'; do
			ok "$name: the body has the agent's own subject '$subject'" \
				grep -qF "$subject" <(git log -1 --format=%b agent/brief)
		done
	fi

	start "$name"
	AGENT_CMD="git apply \"$PROJECTS_DIR/$name/wrong.patch\""
	exits 1 "$name: a wrong change is rejected" git agent issue --trust --fixes 0 brief.md
	says 'No PR proposed\.' "$name: says that nothing is proposed"
	is "$(git for-each-ref refs/heads/agent/)" '' "$name: no agent/ branch"
	ok "$name: the rejected run has a report" [ -s .git/agent/runs/brief/report.md ]
	ok "$name: the suite's word is kept" grep -qE "$(bug_of "$name")" .git/agent/runs/brief/gate-1/tests.log
	ok "$name: the attempt is kept" git cat-file -e 'refs/agent/head/brief^{commit}'
	is "$(user_state)" "$before" "$name: the checkout is as it was"
done

# The agent is asked for something that is no task of this project: it says so and exits with 3.
start python-tally
cp "$PROJECTS_DIR/node-waymark/brief.md" .
before=$(user_state)
AGENT_CMD=$(project_agent python-tally)
exits 3 'an agent that gives up ends the run with 3' git agent issue --trust brief.md
ok 'and the record has its exit code' grep -q '"exit_3"' .git/agent/runs/brief/run.json
is "$(git for-each-ref refs/heads/agent/)" '' 'no agent/ branch'
is "$(user_state)" "$before" 'the checkout is as it was'

done_testing
