#!/usr/bin/env bash
# init --uninstall: lists all that is ours, removes it, and leaves .git as it was before init.
. "$(dirname "$0")/lib.sh"

# git_listing: every file of .git with its bytes and mode, but objects and the index.
git_listing() {
	find .git -path .git/objects -prune -o -path .git/index -prune -o -printf '%p %y %m %l\n' | sort
	find .git -path .git/objects -prune -o -path .git/index -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
}

make_plain() {
	git init -q "$SCRATCH/$1" && cd "$SCRATCH/$1" || exit 1
	printf 'test:\n\ttest -f hello.txt\n' >Makefile
	echo hello >hello.txt
	commit_all base
}

# round <name> <init's options...>: init, then uninstall, leaves .git and the working tree as they were.
round() {
	local name=$1 before tree
	shift
	before=$(git_listing) tree=$(user_state)
	exits 0 "$name: init" git agent init "$@"
	ok "$name: did something" test "$(git_listing)" != "$before"
	exits 0 "$name: uninstall" git agent init --uninstall --yes
	is "$(git_listing)" "$before" "$name: .git is as it was"
	is "$(user_state)" "$tree" "$name: so is the working tree"
	exits 0 "$name: again" git agent init --uninstall
	says "nothing of git agent's is here" "$name: again: nothing is left"
}

make_plain plain
round plain
round local --local

make_plain hooked
printf '#!/bin/sh\nexit 0\n' >.git/hooks/pre-push && chmod 755 .git/hooks/pre-push
round 'a hook of their own'

make_plain global
mkdir "$SCRATCH/global-hooks" && git config --global core.hooksPath "$SCRATCH/global-hooks"
round 'a global core.hooksPath'
git config --global --unset core.hooksPath

make_plain husky
mkdir -p .husky/_ && echo x >.husky/pre-push && commit_all husky && git config core.hooksPath .husky/_
round husky

make_plain runs
exits 0 'runs: init' git agent init
before=$(git_listing)
echo '# A brief' >brief.md
exits 0 'runs: a proposal' git agent issue brief.md --name kept --simulate good
exits 1 'runs: a rejection' git agent issue brief.md --name lost --simulate bad
root=$(echo "$HOME"/.local/state/git-agent/runs-*)
ok 'runs: a work root' test -d "$root"
exits 128 'runs: without a terminal' git agent init --uninstall
says '^hint: git agent init --uninstall --yes' 'runs: without a terminal: says how'
for thing in "$PWD/.git/agent" "$root" refs/agent/head/lost refs/agent/base/kept "$PWD/.gitagent" 'hooks: .*pre-push'; do
	says "^  $thing\$" "runs: lists $(basename "$thing")"
done
says '^kept: branch agent/kept$' 'runs: keeps the branch'
ok 'runs: nothing is gone' test -d .git/agent -a -d "$root" -a -x .git/hooks/pre-push
exits 0 'runs: dry run' git agent init --uninstall --dry-run --yes
ok 'runs: dry run: nothing is gone' test -d .git/agent -a -d "$root"
exits 0 'runs: as JSON' git agent init --uninstall --yes --json
ok 'runs: as JSON: is one' python3 -c 'import json,sys; d = json.load(open(sys.argv[1])); assert d["removed"] and "branch agent/kept" in d["kept"] and len(d["refs"]) >= 3' "$SCRATCH/out"
ok 'runs: all is gone' test ! -e .git/agent -a ! -e "$root" -a ! -e .git/hooks/pre-push -a ! -e .gitagent
is "$(git for-each-ref refs/agent)" '' 'runs: the refs too'
is "$(git for-each-ref --format='%(refname)' refs/heads)" "$(printf 'refs/heads/agent/kept\nrefs/heads/main')" 'runs: the branch is there'
ok 'runs: other files are there' test -f brief.md

make_plain committed
git agent init -q >/dev/null 2>&1 && git add .gitagent && git commit -q -m policy
exits 0 'committed' git agent init --uninstall --yes
says '^kept: .gitagent$' 'committed: said'
is "$(git status --porcelain)" '' 'committed: kept'

make_plain changed
git agent init -q >/dev/null 2>&1 && echo '# mine' >>.gitagent
exits 0 'edited' git agent init --uninstall --yes
ok 'edited: kept' grep -qx '# mine' .gitagent

make_plain busy
git agent init -q >/dev/null 2>&1
printf '#!/bin/sh\necho started\nexec sleep 60\n' >"$SCRATCH/agent" && chmod +x "$SCRATCH/agent"
printf '# Slow\n' >brief.md
AGENT_CMD="$SCRATCH/agent" git agent issue brief.md --name slow >"$SCRATCH/slow" 2>&1 &
pid=$!
until grep -qs started .git/agent/runs/slow/agent-1.log || ! kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
exits 5 'a run at work' git agent init --uninstall --yes
says '^hint: git agent stop slow' 'a run at work: what to do'
ok 'a run at work: nothing is gone' test -d .git/agent -a -x .git/hooks/pre-push
kill "$pid" && wait "$pid"
exits 0 'a run that has ended' git agent init --uninstall --yes
ok 'a run that has ended: gone' test ! -e .git/agent

git init -q --bare "$SCRATCH/bare.git" && cd "$SCRATCH/bare.git" || exit 1
exits 0 'bare' git agent init --uninstall
exits 129 'with other options' git agent init --uninstall --commit

done_testing
