#!/bin/bash
# pre-push: git's configuration counts wherever git reads it from, and git is not started for it where none of those files can speak
# of this.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-hooks.sh"

git init -q --bare remote.git
REMOTE=$SCRATCH/remote.git
push_repo work
git remote add origin "$REMOTE"
seed origin
git fetch -q origin
git checkout -q -b fix topic && echo more >plus && commit_all more

# started <arguments of a git>: how often the hook starts such a git.
started() {
	: >"$SCRATCH/trace"
	echo "refs/heads/fix $(git rev-parse fix) refs/heads/fix $ZERO" |
		GIT_TRACE=$SCRATCH/trace .git/hooks/pre-push origin "$REMOTE" >/dev/null 2>&1
	grep -c "built-in: git.* $1" "$SCRATCH/trace"
}

passes 'where nothing is said' --dry-run origin fix
is "$(started 'config')" 0 'git is not asked for configuration'
is "$(started '')" 0 'nor for anything else'

says_it='[agent "protect"]
	branches = fix
'
# read_from <name> <file>: what the file says counts, and nothing once it is gone.
read_from() {
	mkdir -p "$(dirname "$2")"
	printf '%s' "$says_it" >>"$2"
	refused "$1" refs/heads/fix origin fix
}

cp .git/config kept
read_from 'in the repository' .git/config
cp kept .git/config
for spelling in '[AGENT "protect"]' '[agent.protect]' '[core] [Agent "protect"]'; do
	printf '%s\nBranches = fix\n' "$spelling" >>.git/config
	refused "spelled $spelling" refs/heads/fix origin fix
	cp kept .git/config
done
printf '%s' "$says_it" >"$SCRATCH/other"
git config include.path "$SCRATCH/other"
refused 'in a file that it includes' refs/heads/fix origin fix
cp kept .git/config
git config "includeIf.gitdir:$PWD/.path" "$SCRATCH/other"
refused 'in one that it includes for this repository' refs/heads/fix origin fix
cp kept .git/config

cp "$HOME/.gitconfig" kept
read_from "in the person's own" "$HOME/.gitconfig"
cp kept "$HOME/.gitconfig"
read_from "in the person's other one" "$HOME/.config/git/config"
rm "$HOME/.config/git/config"
XDG_CONFIG_HOME=$SCRATCH/xdg read_from 'where XDG_CONFIG_HOME says' "$SCRATCH/xdg/git/config"
export XDG_CONFIG_HOME=$SCRATCH/xdg
refused 'still' refs/heads/fix origin fix
unset XDG_CONFIG_HOME
passes 'and nowhere else' --dry-run origin fix
export GIT_CONFIG_GLOBAL=$SCRATCH/global
cp "$HOME/.gitconfig" "$GIT_CONFIG_GLOBAL"
read_from 'where GIT_CONFIG_GLOBAL says' "$GIT_CONFIG_GLOBAL"
unset GIT_CONFIG_GLOBAL
unset GIT_CONFIG_NOSYSTEM
export GIT_CONFIG_SYSTEM=$SCRATCH/system
read_from "in the machine's" "$GIT_CONFIG_SYSTEM"
export GIT_CONFIG_NOSYSTEM=1
unset GIT_CONFIG_SYSTEM
# What a command is given: git says nothing of what it was, so it is asked.
exits 1 'passed with -c: refused' git -c agent.protect.branches=fix push origin fix
says "'refs/heads/fix'" 'and says which ref'
exits 1 'passed by the environment: refused' env GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=agent.protect.branches \
	GIT_CONFIG_VALUE_0=fix git push origin fix
says "'refs/heads/fix'" 'and says which ref, too'

# Of one worktree.
git config extensions.worktreeConfig true
git worktree add -q --detach ../linked fix
cd ../linked || exit 1
git config --worktree agent.protect.branches fix
refused 'of this worktree' refs/heads/fix origin HEAD:refs/heads/fix
cd ../work || exit 1
passes 'and of no other' --dry-run origin fix

# A git that is not the distribution's may have its own file for the machine: it is asked.
mkdir "$SCRATCH/bin" && cp "$(command -v git)" "$SCRATCH/bin/git"
unset GIT_CONFIG_NOSYSTEM
PATH=$SCRATCH/bin:$PATH
is "$(started 'config')" 1 'another git is asked'
done_testing
