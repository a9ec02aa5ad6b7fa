#!/bin/bash
# The real input is what it claims to be: green at base and with the right patch, red with the wrong one. No git-agent here.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-projects.sh"

installed() { command -v "$1" >/dev/null; }

applies() { git am -q <"$1" >"$SCRATCH/am" 2>&1; }

# agent <name> <prompt>: the scripted agent in the current directory; what it says is kept in $SCRATCH/agent.log.
agent() {
	sh "$PROJECTS_DIR/$1/agent.sh" <"$2" >"$SCRATCH/agent.log" 2>&1
}

agent_says() {
	tail -n 40 "$SCRATCH/agent.log" | sed 's/^/# agent: /'
}

for program in gcc make node npm python3; do
	ok "$program is installed" installed $program
done

for name in $PROJECTS; do
	make_project "$name" "$SCRATCH/$name"
	base=$(git rev-parse HEAD)
	files=$(git ls-files | wc -l)
	ok "$name: at least 20 files ($files)" [ "$files" -ge 20 ]
	for file in .gitagent .gitignore README.md; do
		ok "$name: has $file" git cat-file -e "HEAD:$file"
	done
	ok "$name: the suite is green at base" project_suite "$name" || suite_says
	is "$(git status --porcelain)" '' "$name: the suite leaves nothing that is not ignored"

	git checkout -q -b right
	ok "$name: right.patch applies" applies "$PROJECTS_DIR/$name/right.patch"
	ok "$name: right.patch is green" project_suite "$name" || suite_says
	right=$(git rev-parse 'HEAD^{tree}')

	git checkout -q -b wrong "$base"
	ok "$name: wrong.patch applies" applies "$PROJECTS_DIR/$name/wrong.patch"
	ok "$name: wrong.patch is red" not project_suite "$name"
	ok "$name: for the bug it has" grep -qE "$(bug_of "$name")" "$SCRATCH/suite" || suite_says

	git checkout -q -b agent "$base"
	ok "$name: the agent does what the brief says" agent "$name" "$PROJECTS_DIR/$name/brief.md" || agent_says
	[ -z "$(git status --porcelain)" ] || commit_all rest
	is "$(git rev-parse 'HEAD^{tree}')" "$right" "$name: and ends at the tree of right.patch"

	git checkout -q -b idle "$base"
	ok "$name: the agent refuses a prompt without its task" not agent "$name" "$PROJECTS_DIR/$name/tree/README.md"
	is "$(git status --porcelain)" '' "$name: and touches nothing then"
done

cd "$SCRATCH/c-stockroom" || exit 1
is "$(git rev-list --count main..agent)" 3 'the C agent commits twice by itself and leaves the rest'
for kind in 'mode change' 'delete mode' 'create mode'; do
	ok "$kind is in what it does" grep -q "$kind" <(git diff --summary main agent)
done
cd "$SCRATCH/node-waymark" || exit 1
ok 'the Node agent renames' grep -q '^ rename' <(git diff -M25% --summary main agent)

done_testing
