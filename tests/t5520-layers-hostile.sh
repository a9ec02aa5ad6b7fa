#!/bin/bash
# What an agent does to what setup left never reaches the gate; what it adds of its own reaches the proposal, and nothing of
# setup's does.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
. "$TESTS_DIR/lib-layers.sh"
needs_sandbox

# proposed <name> <exit> <<script: a run of that agent; the files of its proposal, or of what was rejected, are in $files.
proposed() {
	agent
	exits "$2" "$FORM: $1" "${ON[@]}" git agent issue issue.md --sandbox "$LEVEL" --name "$1" --keep "${@:3}"
	files=$(git show --format= --name-only "refs/agent/head/$1" | tr '\n' ' ')
}

for form in full landlock overlay; do
	form "$form"
	# The test is right if the module is as setup made it.
	layered "$(deps node_modules 600); mkdir dist && echo made >dist/a && echo made >dist/b" \
		'cat node_modules/pkg/*.js | grep -v "^module" ; ls node_modules/pkg | wc -l; ls -A . ~; [ ! -e conftest.py ] && [ "$(cat node_modules/pkg/7.js)" = "module 7" ]'

	proposed patched 0 <<<'echo patched >node_modules/pkg/7.js; echo x >node_modules/pkg/new.js; rm node_modules/pkg/8.js; echo work >file'
	is "$files" 'file ' "$form: a patched module is not in the proposal"
	is "$(stage_log patched | head -1)" 600 "$form: and not in the gate"

	proposed planted 0 <<<'echo evil >conftest.py; echo evil >"$HOME/.profile"; mkdir -p "$HOME/.config"; echo x >.hidden; echo .hidden >>.gitignore; echo work >file'
	is "$files" '.gitignore file ' "$form: what .gitignore hides stays behind"
	is "$(stage_log planted | grep -xcE 'conftest.py|.hidden|.profile|.config')" 0 "$form: and is not in the gate"

	proposed replaced 0 <<<'set -e; rm -rf node_modules/* ; mkdir node_modules/pkg; echo evil >node_modules/pkg/7.js; rm -rf dist; mkdir dist; echo mine >dist/c; ls node_modules/pkg dist; echo work >file'
	is "$(tr '\n' ' ' <.git/agent/runs/replaced/agent-1.log)" 'dist: c  node_modules/pkg: 7.js ' "$form: all of it can be replaced"
	is "$files" 'dist/c file ' "$form: what is new is in the proposal"
	is "$(stage_log replaced | head -1)" 600 "$form: the gate has setup's own"

	proposed forced 0 <<<'set -e; echo own >node_modules/pkg/own.js; echo patched >node_modules/pkg/9.js; git add -f node_modules/pkg/own.js node_modules/pkg/10.js node_modules/pkg/9.js; git commit -qm forced; echo work >file'
	is "$files" 'file node_modules/pkg/9.js node_modules/pkg/own.js ' "$form: what is forced in is, where it is the agent's"
	is "$(git show agent/forced:node_modules/pkg/own.js agent/forced:node_modules/pkg/9.js | tr '\n' ' ')" 'own patched ' "$form: as the agent left it"
	is "$(stage_log forced | head -2 | tr '\n' ' ')" 'patched own ' "$form: and stands beside setup's own in the gate"

	proposed taken-back 0 <<<'set -e; echo own >node_modules/pkg/own.js; git add -f node_modules/pkg/own.js node_modules/pkg/3.js; git commit -qm forced; rm node_modules/pkg/own.js node_modules/pkg/3.js; echo work >file'
	is "$files" 'file ' "$form: what was tracked for a while and deleted is in no proposal"

	proposed uncovered 0 <<<'set -e; echo "!node_modules" >>.gitignore; sed -i /^node_modules/d .gitignore; echo own >node_modules/pkg/own.js; rm node_modules/pkg/5.js; echo work >file'
	is "$files" '.gitignore file node_modules/pkg/own.js ' "$form: what is ignored no more adds the agent's own files"

	proposed own-copy 0 <<<'echo changed >dist/a; touch -d tomorrow dist/unseen; rm dist/unseen; echo work >file'
	is "$files" 'dist/a file ' "$form: of setup's files the one that was changed is taken"

	proposed committed 0 <<<'git add -A; git commit -qm all; echo work >file; git add -A; git commit -qm more'
	is "$files" 'file ' "$form: git add -A takes nothing of setup's"

	# The commit has something else where setup left a directory or a file: the commit counts.
	proposed in-the-way 0 <<<'set -e; rm -rf dist; ln -s /etc dist || :; git rm -q --cached -r dist 2>/dev/null || :; rm -f dist; echo file >dist; git add -f dist; echo work >file'
	is "$(git show refs/agent/head/in-the-way:dist)" file "$form: a file in the place of a directory is the commit's"
	is "$(stage_log in-the-way | head -1)" 600 "$form: and the rest is as ever"
done

# --- without namespaces setup runs anew in the gate's checkouts
form namespaces
layered "$(deps node_modules 20)" 'ls node_modules/pkg | wc -l; ls -A . ~; [ ! -e conftest.py ] && [ "$(cat node_modules/pkg/7.js)" = "module 7" ]'
proposed patched 0 <<<'echo patched >node_modules/pkg/7.js; rm node_modules/pkg/8.js; echo evil >conftest.py; echo evil >"$HOME/.profile"; echo work >file'
is "$files" 'file ' 'no namespaces: what is ignored is not in the proposal'
is "$(stage_log patched | head -1)" 20 'no namespaces: and not in the gate'
is "$(stage_log patched | grep -xcE 'conftest.py|.profile')" 0 'no namespaces: none of it'
done_testing
