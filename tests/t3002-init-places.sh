#!/usr/bin/env bash
# init in places that are not the plain one.
. "$(dirname "$0")/lib.sh"

make_plain() {
	git init -q "$SCRATCH/$1" && cd "$SCRATCH/$1" || exit 1
	printf 'test:\n\ttest -f hello.txt\n' >Makefile
	echo hello >hello.txt
	commit_all base
}

git init -q --bare "$SCRATCH/bare.git" && cd "$SCRATCH/bare.git" || exit 1
before=$(find . | sort)
exits 128 'bare' git agent init
says '^fatal: .*bare' 'bare: said'
is "$(find . | sort)" "$before" 'bare: nothing written'

cd "$SCRATCH" || exit 1
exits 128 'no repository' git agent init
says '^fatal: ' 'no repository: said'

git init -q "$SCRATCH/unborn" && cd "$SCRATCH/unborn" && printf 'test:\n\ttrue\n' >Makefile || exit 1
exits 0 'unborn' git agent init
says 'not run: there is no commit yet' 'unborn: the gate is not run, said'
ok 'unborn: the policy, in both places' cmp -s .gitagent .git/agent/policy
exits 128 'unborn: --commit' git agent init --commit
says 'none yet' 'unborn: --commit: why'
git add Makefile && git commit -q -m first
exits 0 'unborn: once there is a commit the gate needs no more' git agent gate

make_plain linked
git worktree add -q ../linked-tree -b topic && cd ../linked-tree || exit 1
exits 0 'linked worktree' git agent init
ok 'linked worktree: the file is here' test -f .gitagent
ok 'linked worktree: not there' test ! -e ../linked/.gitagent
ok 'linked worktree: the state is the common one' test -d ../linked/.git/agent -a -x ../linked/.git/hooks/pre-push
exits 0 'linked worktree: --commit' git agent init --commit
is "$(git rev-parse agent/init^)" "$(git rev-parse topic)" 'linked worktree: --commit stands on its HEAD'

make_plain below
mkdir -p a/b && echo x >a/b/c && commit_all more && cd a/b || exit 1
exits 0 'subdirectory' git agent init
ok 'subdirectory: at the top' test -f ../../.gitagent -a ! -e .gitagent
cd "$SCRATCH" || exit 1
exits 0 'subdirectory: -C' git agent init -C below/a
says 'nothing to do' 'subdirectory: -C: the same repository'
git config --global alias.ai 'agent init'
cd "$SCRATCH/below/a" || exit 1
exits 0 'an alias in a subdirectory' git ai

make_plain directory
mkdir .gitagent && printf '[gate "dir"]\nrun = true\n' >.gitagent/policy && commit_all policy
exits 0 'a .gitagent directory' git agent init
says '\.gitagent/policy is there already' 'a .gitagent directory: its policy'
is "$(git status --porcelain)" '' 'a .gitagent directory: kept'
make_plain directory-empty
mkdir .gitagent && echo note >.gitagent/README && commit_all note
exits 0 'a .gitagent directory without a policy' git agent init
ok 'a .gitagent directory without a policy: written into it' grep -qx 'run = make test' .gitagent/policy
exits 0 'a .gitagent directory without a policy: gate' git agent gate

make_plain dangling
ln -s nowhere .gitagent
exits 128 'a dangling link' git agent init
says "'.gitagent' is a link to nothing" 'a dangling link: said'
ok 'a dangling link: still one' test -L .gitagent -a ! -e nowhere

make_plain renamed
git config agent.policyFile ci/gate.ini && mkdir ci
exits 0 'agent.policyFile' git agent init
ok 'agent.policyFile: is used' test -f ci/gate.ini -a ! -e .gitagent
commit_all policy
exits 0 'agent.policyFile: gate' git agent gate

make_plain $'odd \e[31m\n name'
for words in --dry-run '' --uninstall\ --dry-run; do
	# shellcheck disable=SC2086
	exits 0 "an odd name: init $words" git agent init $words
	ok "an odd name: init $words: no escape reaches the terminal" not grep -q $'\e' "$SCRATCH/err" "$SCRATCH/out"
done

make_plain names
printf 'x' >"$(printf 'a\nb\377 c')" && commit_all odd
exits 0 'odd file names' git agent init

make_plain husky
mkdir -p .husky/_ && git config core.hooksPath .husky/_
exits 0 'husky' git agent init
says 'hint: husky owns the pre-push hook; add to .husky/pre-push' 'husky: the line to add'
is "$(ls -A .husky/_)" '' 'husky: nothing written there'
exits 0 'husky, again' git agent init
says 'hint: husky owns' 'husky, again: still to do'
says 'nothing to do' 'husky, again: by us nothing'

make_plain global
mkdir "$SCRATCH/global-hooks" && git config --global core.hooksPath "$SCRATCH/global-hooks"
exits 0 'a global core.hooksPath' git agent init
says 'set core.hooksPath' 'a global core.hooksPath: ours is set'
is "$(ls -A "$SCRATCH/global-hooks")" '' 'a global core.hooksPath: untouched'
exits 0 'a global core.hooksPath, again' git agent init
says 'nothing to do' 'a global core.hooksPath, again: nothing to do'
git config --global --unset core.hooksPath

git init -q "$SCRATCH/sparse" && cd "$SCRATCH/sparse" || exit 1
mkdir keep tests && echo x >keep/x && echo 'import unittest' >tests/test_a.py && commit_all base
git sparse-checkout set keep >/dev/null 2>&1
exits 0 'sparse' git agent init --no-gate
says 'unittest discover -s tests' 'sparse: what is not checked out counts'

git init -q --object-format=sha256 "$SCRATCH/sha256" && cd "$SCRATCH/sha256" && printf 'test:\n\ttrue\n' >Makefile &&
	commit_all base || exit 1
exits 0 'sha256' git agent init --commit
is "$(git diff --name-only main agent/init)" .gitagent 'sha256: the branch'

open_build
make_plain read-only
umask 022
chmod -R a+rX "$SCRATCH/read-only" && chmod a+x "$SCRATCH" && chmod -R a-w .git
read_only() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$SCRATCH/nobody" GIT_CONFIG_COUNT=1 \
			GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*' "$@"
	else
		"$@"
	fi
}
exits 128 'read-only .git' read_only "$GIT_AGENT_BUILD/bin/git-agent" init
says '^fatal: .*(ermission denied|ead-only)' 'read-only .git: said'
ok 'read-only .git: nothing written' test ! -e .gitagent -a ! -e .git/agent
chmod -R u+w .git

done_testing
