#!/bin/bash
# Every checkout of a repository is at one path inside its box: the agent's, setup's and each gate stage's. Without namespaces
# it is where it is.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"

DENY=$GIT_AGENT_BUILD/tests/h-deny
level=$("$GIT_AGENT_BUILD/tests/u-sandbox-attack" level)
if [ "$level" != full ]; then
	is "${GIT_AGENT_TEST_REQUIRE_SANDBOX:-}" '' "this machine gives '$level' alone"
	done_testing
	exit
fi

# say_where <file>: a line of shell that appends where it is, git's idea of it, and HOME.
say_where() {
	printf '{ pwd; git rev-parse --show-toplevel --absolute-git-dir; printf "%%s\\n" "$HOME"; } >>%s' "$1"
}

# look <level>: a run whose agent, setup and stages say where they are, kept.
look() {
	rm -rf "$SCRATCH/repo" "$WORK_ROOT"
	make_repo "$SCRATCH/repo"
	write_brief
	echo /setup.txt >.gitignore
	{
		printf '[worktree]\nsetup = %s\n[gate]\njobs = 2\n' "$(say_where setup.txt)"
		printf '[gate "one"]\nrun = cat setup.txt agent.txt; %s\n' "$(say_where one.txt) && cat one.txt"
		printf '[gate "two"]\ndir = sub\nrun = cd .. && %s\n' "$(say_where two.txt) && cat two.txt"
	} >.gitagent
	mkdir sub && touch sub/file
	commit_all base
	git agent trust --yes >/dev/null 2>&1
	agent <<<"$(say_where agent.txt); git status --short; git commit -q --allow-empty -m 'of the agent'; git stash list"
	exits 0 "$1: a run" "${@:2}" git agent issue issue.md --sandbox "$1" --keep
}
places() { sort -u ".git/agent/runs/issue/gate-1/one.log" ".git/agent/runs/issue/gate-1/two.log"; }

# one_path <name>: what the last run's boxes say is one checkout at one path.
one_path() {
	local root

	root=$(realpath "$WORK_ROOT"/repo-*)
	is "$(places)" "$(printf '%s\n' "$root/work/git" "$root/work/home" "$root/work/tree")" "$1: agent, setup and stages are at one path"
	is "$(git show agent/issue:agent.txt | sort -u)" "$(places)" "$1: and the proposal says so"
	ok "$1: outside it is not there" [ ! -e "$root/work" ]
	ok "$1: the checkout is the run's own" [ -e "$root/issue/tree/agent.txt" ]
	is "$(git -C "$root/issue/tree" rev-parse --show-toplevel)" "$root/issue/tree" "$1: and a checkout outside too"
}

look full
one_path 'full'
look partial "$DENY" landlock --
one_path 'no Landlock'

look partial "$DENY" namespaces --
root=$(realpath "$WORK_ROOT"/repo-*)
is "$(git show agent/issue:agent.txt | sort -u)" "$(printf '%s\n' "$root/issue/git" "$root/issue/home" "$root/issue/tree")" \
	'no namespaces: the agent is where its checkout is'
ok 'no namespaces: and a stage where its own is' grep -qxE "$root/issue/gate-1/(1|prepared)/tree" .git/agent/runs/issue/gate-1/one.log

# --- names a path may have, and a run that is called as the path is
for name in 'a b' 'a,b:c' 'back\slash' '日本'; do
	export XDG_STATE_HOME="$SCRATCH/state/$name"
	WORK_ROOT=$XDG_STATE_HOME/git-agent
	look full
	one_path "a work root in '$name'"
done
unset XDG_STATE_HOME
WORK_ROOT=$HOME/.local/state/git-agent

mkdir -p "$SCRATCH/elsewhere"
rm -rf "$HOME/.local" && ln -s "$SCRATCH/elsewhere" "$HOME/.local"
look full
one_path 'a work root behind a link'

look full
exits 0 'a run called work' git agent issue issue.md --sandbox full --name work --keep
root=$(realpath "$WORK_ROOT"/repo-*)
is "$(git show agent/work:agent.txt | sort -u)" "$(places)" 'is at the same path'
ok 'which is its own' [ -e "$root/work/tree/agent.txt" ]
exits 0 'and is in nobody else'\''s way' git agent issue issue.md --sandbox full --name other --keep
is "$(git show agent/other:agent.txt | sort -u)" "$(places)" 'who is there too'
is "$(sort -u "$root/work/tree/agent.txt" | wc -l)" 3 'and writes nothing there'
is "$(cat "$root/work/tree/agent.txt")" "$(git show agent/work:agent.txt)" 'its checkout is as it was'

done_testing
