#!/bin/bash
# Installed at a prefix, everything finds everything, from there alone; uninstall leaves nothing.
. "${BASH_SOURCE%/*}/lib.sh"

TOP=$(cd "$TESTS_DIR/.." && pwd)
unset MAKEFLAGS MFLAGS MAKELEVEL
exits 0 'make install' make -C "$TOP" BUILD="$GIT_AGENT_BUILD" DESTDIR="$SCRATCH/stage" prefix=/opt/ga install
mv "$SCRATCH/stage/opt/ga" "$SCRATCH/moved prefix"
prefix="$SCRATCH/moved prefix"

PATH="$prefix/bin:${PATH#*:}"
ok 'git agent is the installed one' test "$(command -v git-agent)" = "$prefix/bin/git-agent"
exits 0 'it tells its version' git agent --version
says '^git-agent version [0-9]' 'as version'
exits 0 'it lists its commands' git agent
says '^   issue ' 'with issue among them'

make_repo "repo" || exit 1
printf '# Add a discount\n\n## Acceptance criteria\n\n- it works\n' >issue.md
git agent trust --yes >/dev/null 2>&1
exits 0 'a simulated issue finds its script' git agent issue issue.md --simulate good
ok 'and ends in a proposal' git rev-parse -q --verify agent/issue
git branch -q -D agent/issue
git agent drop -q issue
exits 0 'init finds its table and the hooks' git agent init
ok 'the hook is installed' test -x .git/hooks/pre-push
for page in git-agent.1 git-agent-issue.1 gitagent.5; do
	ok "$page is installed" test -s "$prefix/share/man/man${page##*.}/$page"
done
MANPATH="$prefix/share/man" PAGER=cat MANPAGER=cat exits 0 'git help opens a page' git help agent-issue
for file in bash-completion/completions/git-agent zsh/site-functions/_git-agent \
	fish/vendor_completions.d/git-agent.fish fish/vendor_conf.d/git-agent.fish; do
	ok "$file is installed" test -s "$prefix/share/$file"
done

mkdir -p "$SCRATCH/stage/opt"
cp -R "$prefix" "$SCRATCH/stage/opt/ga"
exits 0 'make uninstall' make -C "$TOP" BUILD="$GIT_AGENT_BUILD" DESTDIR="$SCRATCH/stage" prefix=/opt/ga uninstall
is "$(find "$SCRATCH/stage" -type f -o -type l)" '' 'nothing of it is left'

done_testing
