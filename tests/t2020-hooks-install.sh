#!/bin/bash
# Installed hooks at work: what was there runs first, hooks set outside of the repository run on, and all comes back.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-hooks.sh"
HOOKS=$GIT_AGENT_BUILD/tests/h-hooks

trace_hook() {
	mkdir -p "$(dirname "$1")"
	printf '#!/bin/sh\necho "%s $*" >>"%s/trace"\nexit %s\n' "$2" "$SCRATCH" "${3:-0}" >"$1" && chmod +x "$1"
}
traced() { cat "$SCRATCH/trace" 2>/dev/null && rm "$SCRATCH/trace"; }

git init -q --bare remote.git
REMOTE=$SCRATCH/remote.git
push_repo work
rm .git/hooks/pre-push
git remote add origin "$REMOTE"
seed origin
git fetch -q origin

# --- a fresh repository
exits 0 'install' "$HOOKS" install
exits 0 'is live' "$HOOKS" check
refused 'main' refs/heads/main origin main
passes 'topic' origin topic
exits 0 'install again' "$HOOKS" install
is "$(cat "$SCRATCH/out")" '' 'has nothing to do'
exits 0 'uninstall' "$HOOKS" uninstall
exits 1 'is not live' "$HOOKS" check
ok 'no hook is left' not test -e .git/hooks/pre-push

# --- a hook that was there
trace_hook .git/hooks/pre-push theirs
trace_hook .git/hooks/post-commit theirs-after
before=$(sha256sum .git/hooks/pre-push .git/hooks/post-commit)
exits 0 'install over a hook' "$HOOKS" install
exits 0 'and again' "$HOOKS" install
refused 'main, past a hook' refs/heads/main origin main
is "$(traced)" "theirs origin $REMOTE" 'theirs ran, once'
git commit -q --allow-empty -m more
is "$(traced)" 'theirs-after ' 'their post-commit too'
trace_hook .git/hooks/pre-push.before-git-agent theirs 1
exits 1 'theirs refuses' git push origin topic~1:refs/heads/another
trace_hook .git/hooks/pre-push.before-git-agent theirs
traced >/dev/null
exits 0 'uninstall' "$HOOKS" uninstall
is "$(sha256sum .git/hooks/pre-push .git/hooks/post-commit)" "$before" 'theirs are back, byte for byte'
passes 'main, without ours' origin topic:main
rm .git/hooks/pre-push .git/hooks/post-commit
traced >/dev/null
git push -q --no-verify -f origin topic~1:main

# --- core.hooksPath for all repositories
# shellcheck disable=SC2088 # git expands it
git config --global core.hooksPath '~/hooks'
trace_hook "$HOME/hooks/pre-push" global-push
trace_hook "$HOME/hooks/commit-msg" global-msg
trace_hook "$HOME/hooks/post-commit" global-after
exits 1 'a global core.hooksPath: not live' "$HOOKS" check
exits 0 'install' "$HOOKS" install
exits 0 'is live' "$HOOKS" check
refused 'main, under a global core.hooksPath' refs/heads/main origin main
is "$(traced)" "global-push origin $REMOTE" 'the global pre-push ran first'
git commit -q --allow-empty -m more
is "$(traced)" $'global-msg .git/COMMIT_EDITMSG\nglobal-after ' 'the other global hooks run on'
git worktree add -q "$SCRATCH/linked" -b linked
cd "$SCRATCH/linked" || exit 1
exits 0 'is live in a linked worktree' "$HOOKS" check
refused 'main from a linked worktree' refs/heads/main origin HEAD:main
cd "$SCRATCH/work" || exit 1
traced >/dev/null
trace_hook "$HOME/elsewhere/commit-msg" moved-msg
git config --global core.hooksPath "$HOME/elsewhere"
git commit -q --allow-empty -m more
is "$(traced)" 'moved-msg .git/COMMIT_EDITMSG' 'a global core.hooksPath that moves is followed'
git config --global --unset core.hooksPath
trace_hook .git/hooks/commit-msg own-msg
git commit -q --allow-empty -m more
is "$(traced)" 'own-msg .git/COMMIT_EDITMSG' "one that goes leaves the repository's own hooks"
exits 0 'uninstall' "$HOOKS" uninstall
is "$(git config --local core.hooksPath)" '' 'core.hooksPath of ours is unset'
ok 'our directory is gone' not test -e .git/agent/hooks

# --- a relative core.hooksPath of the person's own
rm .git/hooks/commit-msg
mkdir .githooks
git config core.hooksPath .githooks
exits 0 'install beside a core.hooksPath of the person' "$HOOKS" install
says 'add to .*\.githooks/pre-push' 'says the line to add'
cp "$SCRATCH/out" "$SCRATCH/added"
ok 'writes nothing there' test -z "$(ls .githooks)"
exits 1 'is not live' "$HOOKS" check
{ echo '#!/bin/sh' && sed -n 's/.*pre-push (an executable sh script): //p' "$SCRATCH/added"; } >.githooks/pre-push
chmod +x .githooks/pre-push
exits 0 'is live with it' "$HOOKS" check
refused 'main, by that line' refs/heads/main origin topic:main
passes 'topic, by that line' origin topic

done_testing
