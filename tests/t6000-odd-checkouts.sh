#!/bin/bash
# Checkouts of every shape: the run works, and the shape is as it was.
. "$(dirname "$0")/lib.sh"
export GIT_AGENT_GATE_BASELINE=off
. "$TESTS_DIR/lib-odd.sh"

# layered <dir>: a repository with directories to leave out of a checkout.
layered() {
	make_repo "$SCRATCH/$1"
	mkdir -p in/deep out/deep
	for file in in/a in/deep/b out/c out/deep/d; do
		echo "$file" >"$file"
	done
	commit_all layers
}
EDIT='echo more >>in/a; echo new >in/new; git rm -q in/deep/b'
EDITED=$'M\tin/a\nD\tin/deep/b\nA\tin/new'

# --- sparse checkouts ---------------------------------------------------------------------------

agent_does "$EDIT"
for how in --cone --no-cone '--cone --sparse-index'; do
	layered "sparse $how"
	# shellcheck disable=SC2086 # one or two options
	git sparse-checkout init -q $how 2>/dev/null || git sparse-checkout init $how
	git sparse-checkout set in
	[ "$how" != --no-cone ] || printf '/*\n!/out/\n' | git sparse-checkout set --stdin
	ok "sparse $how: a file is really left out" [ ! -e out/c ]
	proposes "sparse $how" "$EDITED"
	is "$(git ls-files -v | grep -c '^S')" 2 "sparse $how: the user's index still leaves it out"
	ok "sparse $how: a reviewer is told" grep -q 'sparse: ' .git/agent/runs/issue/run.json
done

layered outside
cat >.gitagent <<'POLICY'
[gate "tests"]
run = [ ! -e out/new ] || { [ -e out/later ] && [ ! -e out/c ] && [ -z "$(git status --porcelain)" ] && echo seen; }
POLICY
commit_all gate
git sparse-checkout set --cone in
agent_does 'mkdir -p out; echo new >out/new; echo more >>in/a; git add --sparse . && git commit -qm own; echo later >out/later'
proposes 'sparse, a new file outside the cone' $'M\tin/a\nA\tout/later\nA\tout/new'

is "$(cat .git/agent/runs/issue/gate-1/tests.log)" seen 'sparse, a new file outside the cone: the gate sees it, and no other'

layered committed
git sparse-checkout set --cone in
agent_does 'echo more >>in/a; git commit -qam one; git switch -q -c side; echo again >>in/a; git commit -qam two; git stash list; git status --short'
proposes 'sparse, the agent commits and switches' $'M\tin/a'

# --- split index, lock ----------------------------------------------------------------------------

layered split
agent_does "$EDIT"
git update-index --split-index
proposes 'split index' "$EDITED"
ok 'split index: it is still split' [ -n "$(compgen -G '.git/sharedindex.*')" ]

layered split-configured
git config core.splitIndex true
git update-index --force-write-index
proposes 'split index by configuration' "$EDITED"

layered locked
: >.git/index.lock
: >.git/HEAD.lock
before=$(snapshot)
exits 0 'index.lock of the user: a run needs none' git agent issue --trust "$ISSUE"
is "$(snapshot)" "$before" 'index.lock: still there'
is "$(changed agent/issue)" "$EDITED" 'index.lock: the change is whole'

# --- dirty ----------------------------------------------------------------------------------------

layered dirty
echo mine >>in/a
git add in/a
echo more >>in/a
echo stashed >>out/c && git stash push -q out/c
git rm -q --cached out/deep/d
echo untracked >untracked
git add -N untracked
printf 'ignored\n' >.git/info/exclude
echo x >ignored
proposes 'staged, changed, stashed, intended and ignored files' "$EDITED"
says '5 uncommitted files|4 uncommitted files' 'the start says how much is not included'

# --- linked worktrees -----------------------------------------------------------------------------

layered main
git config extensions.worktreeConfig true
git config --worktree core.sparseCheckout false
git worktree add -q ../linked -b side
echo main-only >>in/a
cd ../linked || exit 1
echo side >side && commit_all side
git config --worktree core.autocrlf input
git sparse-checkout set --no-cone '/*' '!/out/'
ok 'linked worktree: its own sparse checkout' [ ! -e out ]
proposes 'from a linked worktree' "$EDITED" --name issue
is "$(git rev-parse 'agent/issue^')" "$(git rev-parse side)" 'it starts from that worktree'\''s branch'
git branch -q -D agent/issue
cd ../main || exit 1
before=$(snapshot)
exits 0 'from the main one beside a linked one' git agent issue --trust --name again "$ISSUE"
is "$(snapshot)" "$before" 'main worktree: HEAD, index and configuration of both are as they were'
is "$(git rev-parse 'agent/again^')" "$(git rev-parse main)" 'it starts from main'
ok 'the proposal can be checked out in either' git -C ../linked switch -q agent/again

# --- core.worktree, bare --------------------------------------------------------------------------

layered elsewhere
mkdir ../files && mv in out hello.txt .gitagent ../files/
git config core.worktree ../../files
cd ../files || exit 1
export GIT_DIR=$SCRATCH/elsewhere/.git
proposes 'core.worktree' "$EDITED"
unset GIT_DIR

layered forbare
git clone -q --bare . ../bare.git
cd ../bare.git || exit 1
before=$(git_state)
exits 0 'a bare repository: proposed' git agent issue --trust "$ISSUE"
is "$(git_state)" "$before" 'a bare repository: the rest is as it was'
is "$(changed agent/issue)" "$EDITED" 'a bare repository: the change is whole'
nothing_left 'a bare repository'

# --- HEAD -----------------------------------------------------------------------------------------

layered detached
git switch -q --detach
proposes 'detached HEAD' "$EDITED"
ok 'detached HEAD: the commands of the report work' \
	sh -c "$(sed -n 's/^ *review *\(git diff [^ ]*\)$/\1/p' "$SCRATCH/out") | grep -q new"

git init -q "$SCRATCH/empty" && cd "$SCRATCH/empty" || exit 1
git rev-parse --git-dir >/dev/null
exits 128 'empty repository: exit 128' git agent issue --trust "$ISSUE"
says '^fatal: this repository has no commit yet$' 'empty repository: says so'
is "$(find .git -name agent)" '' 'empty repository: nothing is made'

done_testing
