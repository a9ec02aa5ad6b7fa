#!/bin/bash
# git agent guard push, refs and server: what the guards would say, without a push, and exactly what they then do say.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-hooks.sh"
. "$TESTS_DIR/lib-runs.sh"

git init -q --bare remote.git
push_repo work
git remote add origin "$SCRATCH/remote.git"
seed origin
mkdir -p .git/agent
before=$(git_state)
there=$(refs_of "$SCRATCH/remote.git")

exits 0 'a push that passes' git agent guard push origin topic
says '^1 ref would be pushed, nothing is refused' 'says so'
exits 4 'one to main' git agent guard push origin main topic
says "push refused: 'refs/heads/main' on 'origin' is protected" 'says why'
says '^hint: .*git push origin HEAD:refs/heads/<topic>' 'and how to mend it'
exits 4 'everything there is to refuse' git agent guard push origin 'refs/*:refs/*'
says "'refs/heads/main' and 1 more on 'origin' are protected" 'the branches'
says "'refs/agent/head/x' on 'origin' is bookkeeping" 'and the bookkeeping'
exits 4 'a deletion' git agent guard push origin :release/1
exits 0 'up to date' git agent guard push origin main~1:main
exits 4 'to a path' git agent guard push ../remote.git main
says 'on the remote repository is protected' 'whose name is not shown'
git agent guard push --json origin 'refs/*:refs/*' >"$SCRATCH/json"
is "$(json '[r["version"], r["remote"], r["refused"], [x["rule"] for x in r["refusals"]], r["refusals"][1]["refs"]]' <"$SCRATCH/json")" \
	"[1, 'origin', True, ['own', 'protected'], ['refs/heads/main', 'refs/heads/release/1']]" 'as JSON'
is "$(git agent guard push --json origin topic | json '[r["refused"], r["refs"], r["refusals"]]')" "[False, ['refs/heads/topic'], []]" 'nothing refused, as JSON'
exits 128 'a remote that is not there' git agent guard push nowhere main
says '^fatal: git push: ' 'git says why'
exits 128 'a name that is not here' git agent guard push origin nothing
says 'nothing' 'and says which'
is "$(git_state)" "$before" 'nothing here was changed'
is "$(refs_of "$SCRATCH/remote.git")" "$there" 'nor there'

# Any of the other rules.
git config agent.push.maxFile 1k
head -c 5000 /dev/zero >zeros && commit_all zeros
exits 4 'too large a file' git agent guard push origin HEAD:big
says "'zeros' has 4.9 KiB" 'is named'
git push -q --no-verify origin HEAD:big
git fetch -q
exits 0 'one the remote has' git agent guard push origin HEAD:big2
git config --unset agent.push.maxFile
git clone -q -b big ../remote.git "$SCRATCH/other"
git -C "$SCRATCH/other" -c user.email=o@example.com commit -q --allow-empty -m theirs
git -C "$SCRATCH/other" push -q origin HEAD:big
git fetch -q
exits 4 "another's commit" git agent guard push origin +HEAD:big
says 'would lose a commit of another author: [0-9a-f]{10} of o@example.com' 'is told'
git push -q --no-verify -f origin HEAD:big && git commit -q --allow-empty -m mine && git push -q origin HEAD:big
exits 0 'a commit of my own' git agent guard push origin +HEAD~1:big

# refs
exits 0 'guard refs' git agent guard refs
says '^protected: main, master, staging, release/\*$' 'the patterns'
says '^from: everyone$' 'from whom'
says '^protected  refs/heads/release/1$' 'what they match'
says_not 'refs/heads/topic' 'and nothing else'
exits 0 'a branch that is open' git agent guard refs topic
exits 4 'one that is protected' git agent guard refs topic Main
says '^open +refs/heads/topic$' 'the one'
says '^protected +refs/heads/Main$' 'the other'
exits 4 'the bookkeeping' git agent guard refs refs/agent/x
is "$(git agent guard refs --json topic main | json '[x["verdict"] for x in r["refs"]]')" "['open', 'protected']" 'as JSON'

# server
cd "$SCRATCH" || exit 1
remote=$SCRATCH/remote.git
exits 4 'no hook on the server' git agent guard server check "$remote"
says 'pre-receive.* is not there: git agent guard server install' 'says what mends it'
exits 0 'what would be done' git agent guard server install -n "$remote"
ok 'is not done' test ! -e "$remote/hooks/pre-receive"
exits 0 'installing' git agent guard server install "$remote"
exits 0 'twice' git agent guard server install "$remote"
says '^nothing to do' 'is done once'
exits 0 'live' git agent guard server check "$remote"
says '^weak +objects .*receive.fsckObjects true' 'and what git could do'
git -C "$remote" config receive.fsckObjects true
git -C "$remote" config receive.maxInputSize 512m
git -C "$remote" config agent.server.allow 'alice, bob'
exits 0 'and does' git -C "$remote" agent guard server check
says_not '^weak' 'is not weak'
says '^ok +may push there +alice, bob' 'who may push'
is "$(git agent guard server check --json "$remote" | json '[r["server"], r["live"], r["findings"][0]["name"]]')" "['plain', True, 'hook']" 'as JSON'
chmod -x "$remote/hooks/pre-receive"
exits 4 'one that may not be executed' git agent guard server check "$remote"
exits 0 'is mended' git agent guard server install "$remote"
exits 0 'and live again' git agent guard server check "$remote"
echo else >"$remote/hooks/pre-receive"
exits 4 "somebody else's" git agent guard server check "$remote"
for kind in gitea forgejo gitlab gitolite http; do
	git init -q --bare "$kind.git"
	exits 0 "for $kind" git agent guard server install --for "$kind" "$kind.git"
	exits 0 "for $kind: live" git agent guard server check --for "$kind" "$kind.git"
	ok "for $kind: who pushes" test -n "$(git -C "$kind.git" config agent.server.who)"
done
exits 0 'Gitea by its directories' git agent guard server check gitea.git
says 'pre-receive.d/git-agent \(gitea\)' 'and where it looks'
exits 0 'GitLab by its directories' git agent guard server check gitlab.git
says 'custom_hooks/pre-receive \(gitlab\)' 'and where it looks'
exits 128 "gitolite's own hook" git agent guard server install --for gitolite --update gitolite.git
exits 129 'a server that is not known' git agent guard server install --for nothing gitea.git
exits 129 'a verb that is none' git agent guard server remove gitea.git
exits 129 'nothing it guards' git agent guard nothing
exits 128 'no repository' git agent guard server check "$HOME"
exits 128 'nor for refs' git -C "$HOME" agent guard refs

# Gitea runs every file of that directory with the input: as git runs its hook.
printf '#!/bin/sh\ndata=$(cat)\nfor h in "${GIT_DIR:-.}"/hooks/pre-receive.d/*; do echo "$data" | "$h" || exit; done\n' >gitea.git/hooks/pre-receive
chmod +x gitea.git/hooks/pre-receive
ok 'from there it refuses' not git -C work push -q "$SCRATCH/gitea.git" main --no-verify 2>/dev/null
ok 'a person who is not allowed' not env GITEA_PUSHER_NAME=alice git -C work push -q --no-verify "$SCRATCH/gitea.git" main 2>/dev/null
ok 'but the forge, which merges for one' env GITEA_PUSHER_NAME=alice GITEA_PR_ID=4 git -C work push -q --no-verify "$SCRATCH/gitea.git" main
ok 'and other branches' env GITEA_PR_ID=0 git -C work push -q --no-verify "$SCRATCH/gitea.git" topic

done_testing
