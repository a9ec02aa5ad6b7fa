#!/bin/bash
# git agent try on real projects: a right and a wrong patch, and branches; their own suites decide.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-projects.sh"

branches() { git for-each-ref --format='%(refname:short)' refs/heads/agent/; }

trailer() { git log -1 --format="%(trailers:key=$2,valueonly)" "$1" | sed '/^$/d'; }

# proposed <name> <branch> <tree>: the branch is one sealed commit on main with that tree, trailers and a report.
proposed() {
	local run

	ok "$1: a branch '$2' exists" git cat-file -e "refs/heads/$2^{commit}" || return
	is "$(git rev-parse "$2^")" "$(git rev-parse main)" "$1: $2 is one commit on main"
	is "$(git rev-parse "$2^{tree}")" "$3" "$1: $2 has the tree that was given"
	run=$(trailer "$2" Agent-Run)
	ok "$1: the trailer Agent-Run names a run" [ -n "$run" ]
	ok "$1: the run has a report" [ -s ".git/agent/runs/$run/report.md" ]
	ok "$1: the report names the branch" grep -qF "$2" ".git/agent/runs/$run/report.md"
}

# rejected <name>: the last try said so and has left no branch.
rejected() {
	says 'No PR proposed\.' "$1: says that nothing is proposed"
	is "$(branches)" '' "$1: no agent/ branch"
}

for name in $PROJECTS; do
	dir=$(patched_tree "$name" right.patch better)
	better=$(git -C "$dir" rev-parse 'HEAD^{tree}')
	make_project "$name" "$SCRATCH/$name"
	make_busy
	before=$(user_state)

	exits 1 "$name: a wrong patch is rejected" git agent try --trust "$PROJECTS_DIR/$name/wrong.patch"
	rejected "$name"
	is "$(user_state)" "$before" "$name: the checkout is as it was"
	report=.git/agent/runs/wrong/report.md
	ok "$name: the rejected run has a report" [ -s "$report" ]
	ok "$name: which names the red stage" grep -q tests "$report"
	ok "$name: the stage's log has the suite's word" grep -qE "$(bug_of "$name")" .git/agent/runs/wrong/gate-1/tests.log
	ok "$name: the attempt is kept" git cat-file -e 'refs/agent/head/wrong^{commit}'

	exits 0 "$name: a right patch is proposed" git agent try --trust "$PROJECTS_DIR/$name/right.patch"
	proposed "$name" agent/right "$better"
	is "$(user_state)" "$before" "$name: the checkout is as it was"

	git fetch -q "$dir" better:better
	before=$(user_state)
	exits 0 "$name: a branch is proposed" git agent try --trust better
	proposed "$name" "$(branches | grep -v '^agent/right$')" "$better"
	is "$(user_state)" "$before" "$name: the checkout and the branch are as they were"
done

# A branch with the bug, given as the commit it points at, from a subdirectory.
name=c-stockroom
dir=$(patched_tree $name wrong.patch worse)
make_project $name "$SCRATCH/branch"
git fetch -q "$dir" worse:worse
before=$(user_state)
cd src || exit 1
exits 1 "$name: a wrong commit is rejected" git agent try --trust "$(git rev-parse worse)"
cd .. || exit 1
rejected $name
is "$(user_state)" "$before" "$name: the checkout and the branch are as they were"

done_testing
