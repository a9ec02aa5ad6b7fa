#!/bin/bash
# Submodules and repositories in the repository.
. "$(dirname "$0")/lib.sh"
export GIT_AGENT_GATE_BASELINE=off
. "$TESTS_DIR/lib-odd.sh"

make_repo "$SCRATCH/lib"
echo code >code.c
commit_all code

# super <dir>: a repository with two submodules, one of them checked out.
super() {
	make_repo "$SCRATCH/$1"
	mkdir src && echo one >src/one
	git submodule --quiet add "$SCRATCH/lib" 'vendor/the lib'
	git submodule --quiet add "$SCRATCH/lib" other
	commit_all submodules
	git submodule --quiet deinit -f other
	git config submodule.recurse true
	echo local >'vendor/the lib/local'
}

# modules: the submodules' own git directories and trees
modules() {
	(cd .git/modules && find . -type f -print0 | sort -z | xargs -0 sha256sum)
	find vendor other -type f -print0 | sort -z | xargs -0r sha256sum
}

flag() { grep -oE '"submodule[^"]*(\\"[^"]*)*"' .git/agent/runs/issue/run.json; }

super plain
before=$(modules)
agent_does "[ -d other ] && [ -d 'vendor/the lib' ] && [ ! -e 'vendor/the lib/code.c' ]; git submodule status >/dev/null; echo two >>src/one"
proposes 'submodules' $'M\tsrc/one'
is "$(modules)" "$before" 'submodules: their own checkouts are as they were'
is "$(git ls-tree -r agent/issue | grep -c ^160000)" 2 'submodules: both links are still there'
is "$(flag)" '' 'submodules: nothing to report'

super written
agent_does "echo lost >'vendor/the lib/code.c'; echo lost >other/x; echo two >>src/one"
proposes 'the agent writes into submodules' $'M\tsrc/one'
ok 'the agent writes into submodules: a flag names the first' grep -qF "'other'" <(flag)
ok 'the agent writes into submodules: and the second' grep -qF "'vendor/the lib'" <(flag)
says "submodule" 'and the report says so'

super only
agent_does "echo lost >other/x"
fails 3 'the agent writes into a submodule and nothing else' 'changed nothing' git agent issue --trust "$ISSUE"
ok 'and a flag says where its work went' grep -qF "'other'" <(flag)

super moved
agent_does "git update-index --cacheinfo 160000,$(git -C ../lib rev-parse HEAD~1),other; git commit -qm bump"
fails 4 'the agent moves the link' "^error: 'other' is a nested repository or submodule link" git agent issue --trust "$ISSUE"

super removed
agent_does 'git rm -q -r other; git commit -qm gone'
fails 4 'the agent removes the submodule' "'other' is a nested repository or submodule link|'.gitmodules'" git agent issue --trust "$ISSUE"

super replaced
agent_does "rmdir other; echo file >other"
fails 4 'the agent puts a file in its place' "^error: 'other' is a nested repository or submodule link" git agent issue --trust "$ISSUE"

# The submodule's repository as a file that the agent brings along: it sees nothing else of the machine.
git -C "$SCRATCH/lib" bundle create -q "$SCRATCH/lib.bundle" HEAD main
clone_lib="base64 -d >\"\$TMPDIR/lib\" <<'BUNDLE'
$(base64 "$SCRATCH/lib.bundle")
BUNDLE
git -c protocol.file.allow=always clone -q \"\$TMPDIR/lib\" other"

super fetched
agent_does "$clone_lib; git -C other -c user.name=x -c user.email=x commit -q --allow-empty -m more"
fails 4 'the agent clones the submodule and commits in it' "^error: 'other' is a nested repository or submodule link" git agent issue --trust "$ISSUE"

super same
agent_does "$clone_lib; echo change >>other/code.c; echo two >>src/one"
proposes 'the agent clones the submodule and changes a file in it' $'M\tsrc/one'
ok 'a flag says that this is not in the proposal' grep -qF "'other'" <(flag)

make_repo "$SCRATCH/nested"
agent_does 'git init -q new; cd new; git -c user.name=x -c user.email=x commit -q --allow-empty -m x'
fails 4 'a nested repository' "^error: 'new' is a nested repository or submodule link" git agent issue --trust "$ISSUE"
rm -rf .git/agent "$HOME/.local"
agent_does 'git init -q new; echo x >new/x'
fails 4 'a nested repository without a commit' "^error: git cannot record what the agent left: .*new" git agent issue --trust "$ISSUE"
rm -rf .git/agent "$HOME/.local"
agent_does 'mkdir new; cp .git new/.git; echo x >new/x'
proposes 'a .git that leads nowhere makes no repository' $'A\tnew/x'

# The user's checkout has repositories in it that git does not know of.
make_repo "$SCRATCH/untracked"
git clone -q "$SCRATCH/lib" inner
agent_does 'echo more >>hello.txt; [ ! -e inner ]'
proposes 'a repository in the checkout that git does not track' $'M\thello.txt'

# A run from inside a submodule is about the submodule.
super inside
cd 'vendor/the lib' || exit 1
rm local
agent_does 'echo more >>code.c'
super_before=$(git -C "$SCRATCH/inside" rev-parse HEAD; git -C "$SCRATCH/inside" ls-files -s)
proposes 'a run from inside a submodule' $'M\tcode.c'
is "$(git -C "$SCRATCH/inside" rev-parse HEAD; git -C "$SCRATCH/inside" ls-files -s)" "$super_before" 'the repository around it is as it was'

done_testing
