#!/bin/bash
# Configuration that changes what git does, and the ways to call a command.
# shellcheck disable=SC2016 # what is in single quotes is for another shell, or a name
. "$(dirname "$0")/lib.sh"
export GIT_AGENT_GATE_BASELINE=off
. "$TESTS_DIR/lib-odd.sh"
EDITED=$'M\thello.txt'
agent_does 'echo more >>hello.txt; git add -A; git commit -qm own; git switch -qc other; git tag mine; echo again >>hello.txt; git stash -q; git stash pop -q'

# --- hooks ----------------------------------------------------------------------------------------

# Every hook there is leaves its name, in a directory named for all repositories.
mkdir "$SCRATCH/hooks"
for hook in applypatch-msg commit-msg fsmonitor-watchman post-applypatch post-checkout post-commit post-index-change post-merge \
	post-receive post-rewrite post-update pre-applypatch pre-auto-gc pre-commit pre-merge-commit prepare-commit-msg pre-push \
	pre-rebase pre-receive proc-receive push-to-checkout reference-transaction sendemail-validate update; do
	printf '#!/bin/sh\necho "$(basename "$0")" >>"%s"\n' "$SCRATCH/hooks-ran" >"$SCRATCH/hooks/$hook"
	chmod +x "$SCRATCH/hooks/$hook"
done

make_repo "$SCRATCH/global-hooks"
git config --global core.hooksPath "$SCRATCH/hooks"
before=$(git_state)
rm -f "$SCRATCH/hooks-ran"
exits 0 'global core.hooksPath: proposed' git agent issue --trust "$ISSUE"
is "$(sort -u "$SCRATCH/hooks-ran" 2>/dev/null)" reference-transaction 'no hook of the user ran but for refs of the repository'
is "$(git_state)" "$before" 'global core.hooksPath: what is the user'\''s is as it was'
is "$(changed agent/issue)" "$EDITED" 'global core.hooksPath: the change is whole'
printf '#!/bin/sh\n[ "$1" != prepared ] || ! grep -q refs/heads/agent/\n' >"$SCRATCH/hooks/reference-transaction"
run git agent issue --trust "$ISSUE"
is "$status" 128 'a reference-transaction hook that forbids the branch: exit 128'
says 'ref updates aborted by hook|hook' 'and one line says so'
is "$(git for-each-ref --format='%(refname)' refs/heads/agent)" refs/heads/agent/issue 'and there is no second proposal'
git config --global --unset core.hooksPath

make_repo "$SCRATCH/local-hooks"
cp "$SCRATCH"/hooks/post-* "$SCRATCH"/hooks/pre-* "$SCRATCH"/hooks/commit-msg .git/hooks/
rm -f "$SCRATCH/hooks-ran"
proposes 'hooks in .git/hooks' "$EDITED"
ok 'hooks in .git/hooks: none ran' [ ! -e "$SCRATCH/hooks-ran" ]

# --- names of branches, tracking ------------------------------------------------------------------

make_repo "$SCRATCH/tracking"
git config branch.autoSetupMerge always
git config branch.autoSetupRebase always
git config push.autoSetupRemote true
proposes 'branch.autoSetupMerge=always' "$EDITED"
is "$(git config --get-regexp '^branch\.agent')" '' 'the proposal tracks nothing'

make_repo "$SCRATCH/agent-branch"
git branch agent
fails 128 'a branch named agent' "^fatal: a branch called 'agent' is in the way" git agent issue --trust "$ISSUE"
says '^hint: git branch -m agent' 'a branch named agent: and what to do'
git config agent.branchPrefix bot/
exits 0 'another prefix is a way out' git agent issue --trust "$ISSUE"
ok 'the proposal has it' git cat-file -e refs/heads/bot/issue

# --- signing --------------------------------------------------------------------------------------

make_repo "$SCRATCH/signed"
ssh-keygen -q -t ed25519 -N '' -C signer -f "$SCRATCH/key" </dev/null
git config commit.gpgSign true
git config tag.gpgSign true
git config gpg.format ssh
git config user.signingKey "$SCRATCH/key.pub"
printf 'person@example.com %s\n' "$(cat "$SCRATCH/key.pub")" >"$SCRATCH/signers"
git config gpg.ssh.allowedSignersFile "$SCRATCH/signers"
git config log.showSignature true
proposes 'commit.gpgSign with an ssh key' "$EDITED"
is "$(git -c log.showSignature=false log -1 --format=%G? agent/issue)" G 'the proposal is signed by the user'
is "$(git -c log.showSignature=false log -1 --format=%b agent/issue | grep -c 'own$')" 1 'and lists the agent'\''s commit'

make_repo "$SCRATCH/unsigned"
printf '#!/bin/sh\necho "gpg: no key here" >&2\nexit 2\n' >"$SCRATCH/gpg"
chmod +x "$SCRATCH/gpg"
git config commit.gpgSign true
git config gpg.program "$SCRATCH/gpg"
fails 128 'a signing program that fails' '^fatal: cannot seal the change: gpg failed to sign' git agent issue --trust "$ISSUE"
ok 'the work is kept' git cat-file -e refs/agent/head/issue

# --- ways to call it ------------------------------------------------------------------------------

make_repo "$SCRATCH/calls"
mkdir -p sub/dir
cp "$ISSUE" sub/dir/brief.md
cp "$ISSUE" 'sub/dir/-b.md'
echo decoy >brief.md
commit_all briefs
git config alias.ai '!git agent issue'
git config alias.ai2 'agent issue'
called=0

# call <name> <directory> <command...>: it finds the brief sub/dir/brief.md.
call() {
	local name=$1 dir=$2 before
	shift 2
	called=$((called + 1))
	before=$(snapshot)
	cd "$dir" || exit 1
	exits 0 "$name: proposed" "$@" --trust --name "call-$called"
	cd "$SCRATCH/calls" || exit 1
	is "$(changed "agent/call-$called")" "$EDITED" "$name: the change is whole"
	is "$(snapshot)" "$before" "$name: what is the user's is as it was"
	ok "$name: it is the brief that was meant" cmp "$ISSUE" ".git/agent/runs/call-$called/issue.md"
}

call 'from a subdirectory' sub/dir git agent issue brief.md
call 'with a path upwards' sub/dir git agent issue ../../sub/dir/./brief.md
call 'an alias of the shell' sub/dir git ai brief.md
call 'an alias of git' sub/dir git ai2 brief.md
call 'git -C' "$SCRATCH" git -C calls/sub/dir agent issue brief.md
call 'git -C and an alias of the shell' "$SCRATCH" git -C calls/sub/dir ai brief.md
call 'issue -C' "$SCRATCH" git agent issue -C calls/sub/dir brief.md
call 'agent -C' "$SCRATCH" git agent -C calls/sub/dir issue brief.md
call 'a brief that starts with a dash' sub/dir git agent issue ./-b.md
call 'GIT_DIR and GIT_WORK_TREE' sub/dir env GIT_DIR="$SCRATCH/calls/.git" GIT_WORK_TREE="$SCRATCH/calls" git agent issue brief.md
call 'relative GIT_DIR and GIT_WORK_TREE' sub/dir env GIT_DIR=../../.git GIT_WORK_TREE=../.. git agent issue brief.md
call 'git --git-dir and --work-tree' "$SCRATCH" git --git-dir=calls/.git --work-tree=calls agent issue calls/sub/dir/brief.md
call 'another index in the environment' sub/dir env GIT_INDEX_FILE="$SCRATCH/other-index" git agent issue brief.md
ok 'another index in the environment: it is not made' [ ! -e "$SCRATCH/other-index" ]
call 'other pathspecs in the environment' sub/dir env GIT_LITERAL_PATHSPECS=1 GIT_ICASE_PATHSPECS=0 git agent issue brief.md
call 'identity in the environment' sub/dir env GIT_AUTHOR_NAME=Other GIT_COMMITTER_EMAIL=c@example.com git agent issue brief.md
is "$(git log -1 --format='%an %ce' "agent/call-$called")" 'Other c@example.com' 'identity in the environment: it seals'
call 'identity on the command line' sub/dir git -c user.name=Cmd -c user.email=cmd@example.com agent issue brief.md
is "$(git log -1 --format='%an %ce' "agent/call-$called")" 'Cmd cmd@example.com' 'identity on the command line: it seals'
call 'names of git that differ' sub/dir git -c core.quotePath=false -c diff.noprefix=true -c diff.renames=copies -c color.ui=always \
	-c core.abbrev=40 -c status.branch=true -c status.showUntrackedFiles=no -c i18n.logOutputEncoding=UTF-16 agent issue brief.md

printf '[gate "tests"]\nrun = false\n' >.gitagent
commit_all red
exits 1 'git -c agent.limits.fixes=0: exit 1' git -c agent.limits.fixes=0 agent issue --trust --name none "$ISSUE"
is "$(grep -c '"number"' .git/agent/runs/none/run.json)" 1 'git -c agent.limits.fixes=0: one pass'
exits 1 'GIT_CONFIG_COUNT: exit 1' env GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=agent.limits.fixes GIT_CONFIG_VALUE_0=0 \
	git agent issue --trust --name none2 "$ISSUE"
is "$(grep -c '"number"' .git/agent/runs/none2/run.json)" 1 'GIT_CONFIG_COUNT: one pass'

# --- includes -------------------------------------------------------------------------------------

make_repo "$SCRATCH/included"
git config --global "includeIf.gitdir:$SCRATCH/included/.git.path" "$SCRATCH/by-dir"
git config "includeIf.onbranch:main.path" "$SCRATCH/by-branch"
printf '[user]\n\tname = By Dir\n' >"$SCRATCH/by-dir"
printf '[agent]\n\tbranchPrefix = work/\n' >"$SCRATCH/by-branch"
before=$(snapshot)
exits 0 'conditional includes: proposed' git agent issue --trust "$ISSUE"
is "$(snapshot | grep -v work/)" "$before" 'conditional includes: what is the user'\''s is as it was'
is "$(git log -1 --format=%an work/issue)" 'By Dir' 'conditional includes: both hold'
git config --global --remove-section "includeIf.gitdir:$SCRATCH/included/.git"

# --- whose repository -----------------------------------------------------------------------------

make_repo "$SCRATCH/foreign"
before=$(git_state)
exits 128 'a repository of somebody else: exit 128' env GIT_TEST_ASSUME_DIFFERENT_OWNER=1 git agent issue --trust "$ISSUE"
is "$(grep -c '^fatal: detected dubious ownership' "$SCRATCH/err")" 1 'a repository of somebody else: one line'
says '^hint: git config --global --add safe.directory' 'a repository of somebody else: and what to do'
is "$(git_state)" "$before" 'a repository of somebody else: nothing changed'
git config --global safe.directory "$SCRATCH/foreign"
before=$(snapshot)
exits 0 'declared safe: proposed' env GIT_TEST_ASSUME_DIFFERENT_OWNER=1 git agent issue --trust "$ISSUE"
is "$(snapshot)" "$before" 'declared safe: what is the user'\''s is as it was'
is "$(changed agent/issue)" "$EDITED" 'declared safe: the change is whole'

done_testing
