#!/bin/bash
# husky, lefthook and pre-commit themselves: with the one line we name added to their configuration, both work.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-hooks.sh"
HOOKS=$GIT_AGENT_BUILD/tests/h-hooks
NPM=$GIT_AGENT_BUILD/npm

# Fetched once for all runs of the tests.
fetch_npm() {
	[ ! -x "$NPM/node_modules/.bin/lefthook" ] || return 0
	command -v npm >/dev/null || return 1
	mkdir -p "$NPM"
	(
		flock 9
		[ -x "$NPM/node_modules/.bin/lefthook" ] || HOME=$REAL_HOME timeout 120 npm install --silent --ignore-scripts --no-audit --no-fund --prefix "$NPM" husky@9 lefthook@1 >&2
	) 9>"$NPM/.lock"
}

# missing <name> <why>: what is not there has not been tested, and that is a failure.
missing() {
	echo "# $2"
	ok "$1 is there to be tested" false
}

# fresh <name>: a repository whose remote is $REMOTE.
fresh() {
	cd "$SCRATCH" || exit 1
	rm -rf "$1" "$1.git"
	git init -q --bare "$1.git"
	REMOTE=$SCRATCH/$1.git
	push_repo "$1"
	rm .git/hooks/pre-push
	git remote add origin "$REMOTE"
	seed origin
}

# theirs: every file of a tool's. lefthook and pre-commit leave post-commit alone here, so that is ours to install.
theirs() {
	find .git/hooks .husky lefthook.yml -type f ! -path .git/hooks/post-commit -exec sha256sum {} + 2>/dev/null
}

# asks <tool>: install writes nothing of the tool's and says the line, which is in $line for pre-push.
asks() {
	local before
	before=$(theirs)
	exits 0 "$1: install" "$HOOKS" install
	says "$1 owns the pre-push hook" "$1: says who owns the hook"
	line=$(sed -n "s/^$1 owns the pre-push hook; [^:]*: //p" "$SCRATCH/out")
	is "$(theirs)" "$before" "$1: nothing of its own is written"
	exits 1 "$1: not live yet" "$HOOKS" check
}

# both <tool>: ours refuses, theirs runs.
both() {
	exits 0 "$1: live with the line" "$HOOKS" check
	refused_with "$1: main" origin topic:main
	refused_with "$1: :main" origin :main
	refused_with "$1: topic and main" origin topic topic:main
	rm -f "$SCRATCH/ran"
	passes "$1: topic" origin topic
	ok "$1: its own command ran" test -e "$SCRATCH/ran"
}

refused_with() {
	local before
	before=$(refs_of "$REMOTE")
	run git push "${@:2}"
	ok "$1: refused" test "$status" != 0
	says "push refused: 'refs/heads/main'" "$1: by ours"
	is "$(refs_of "$REMOTE")" "$before" "$1: the remote is untouched"
}

if fetch_npm; then
	PATH=$NPM/node_modules/.bin:$PATH

	fresh husky
	echo '{"name": "x", "version": "1.0.0"}' >package.json
	exits 0 'husky itself' husky
	echo "touch $SCRATCH/ran" >.husky/pre-push
	asks husky
	{ echo "$line" && cat .husky/pre-push; } >"$SCRATCH/new" && mv "$SCRATCH/new" .husky/pre-push
	both husky

	fresh lefthook
	printf 'pre-push:\n  commands:\n    theirs:\n      run: touch %s/ran\n' "$SCRATCH" >lefthook.yml
	exits 0 'lefthook itself' lefthook install
	asks lefthook
	echo "    $line" >>lefthook.yml
	both lefthook
else
	missing 'husky and lefthook' 'npm cannot fetch them: is the registry out of reach?'
fi

if command -v pre-commit >/dev/null; then
	fresh pre-commit
	cat >.pre-commit-config.yaml <<-END
		repos:
		- repo: local
		  hooks:
		  - {id: theirs, name: theirs, entry: touch $SCRATCH/ran, language: system, stages: [push], always_run: true, pass_filenames: false}
	END
	git add .pre-commit-config.yaml && git commit -q -m config
	exits 0 'pre-commit itself' pre-commit install -t pre-push
	asks pre-commit
	ok 'pre-commit: the line is a command' bash -c "$line"
	both pre-commit
	exits 0 'pre-commit installs itself again' pre-commit install -t pre-push
	exits 0 'and ours is live still' "$HOOKS" check

	# It comes after us: it keeps ours as .legacy and runs it first.
	fresh after
	cp "$SCRATCH/pre-commit/.pre-commit-config.yaml" .
	git add .pre-commit-config.yaml && git commit -q -m config
	"$HOOKS" install >/dev/null
	exits 0 'pre-commit after us' pre-commit install -t pre-push
	both pre-commit
else
	missing 'pre-commit' 'it is not installed'
fi

done_testing
