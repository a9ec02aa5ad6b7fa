#!/bin/bash
# agent.protect.from: a person pushes to main, an agent does not; and only git config can say so.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-hooks.sh"

git init -q --bare remote.git
git init -q --bare second.git
REMOTE=$SCRATCH/remote.git
push_repo work
git remote add origin "$SCRATCH/remote.git"
git remote add second "$SCRATCH/second.git"
seed origin
seed second

printf '[protect]\nfrom = agents\n' >.gitagent
commit_all 'a policy that tries'
run git push origin main
is "$status" 1 'agents in .gitagent: refused'
says 'push refused: .*protect.from' 'and says that it has no place there'
git rm -q .gitagent
commit_all 'without it'

git config agent.protect.from agents
run env GIT_AGENT_RUN=demo git push origin main
is "$status" 1 'inside a run: refused'
says "'refs/heads/main' on 'origin' is protected, and this push comes from inside a run" 'says so'
ok 'and names no setting that opens it' not grep -q 'agent.protect.from' "$SCRATCH/err"
passes 'a person' origin main
passes 'a person, deleting' origin :release/1

git commit -q --allow-empty -m 'Fix it

Agent-Run: demo-7'
refused "an agent's commit" refs/heads/main origin main
says 'Agent-Run: demo-7' 'names the run'
git commit -q --allow-empty -m 'on top, by a person'
refused "an agent's commit below a person's" refs/heads/main origin HEAD:main
git commit -q --allow-empty -m 'merge of it
' -m 'agent-run: demo-8'
git push -q origin HEAD~1:refs/heads/agent/demo-7
refused 'the trailer in lower case' refs/heads/main origin HEAD:main
git reset -q --hard HEAD~1
passes "an agent's commit the remote has already" origin HEAD:main
refused 'which another remote lacks' refs/heads/main second HEAD:main
git commit -q --allow-empty -m 'mentions

Agent-Run: demo in the middle of a text
that is no trailer

the end'
passes 'a body that only mentions it' origin HEAD:main

# One remote, otherwise than the rest.
git config agent.protect.origin.from everyone
git commit -q --allow-empty -m 'one more'
refused 'everyone on this remote' refs/heads/main origin HEAD:main
refused 'a push to its URL takes the strictest' refs/heads/main "$SCRATCH/remote.git" HEAD:main
git config agent.protect.from everyone
git config agent.protect.origin.from agents
passes 'agents on this remote' origin HEAD:main
REMOTE=$SCRATCH/second.git
refused 'everyone on the others' refs/heads/main second HEAD:main
REMOTE=$SCRATCH/remote.git
git config agent.protect.from agents
git config --unset agent.protect.origin.from
git commit -q --allow-empty -m 'and one'
passes 'a URL, where every setting lets people push' "$SCRATCH/remote.git" HEAD:main
refused 'refs/agent is for nobody' refs/agent/head/x origin refs/agent/head/x

# What the remote has but this repository does not.
git clone -q "$SCRATCH/remote.git" "$SCRATCH/clone"
git -C "$SCRATCH/clone" commit -q --allow-empty -m elsewhere
git -C "$SCRATCH/clone" push -q origin main
git commit -q --allow-empty -m 'does not know of it'
refused 'a forced push over commits that are not here' refs/heads/main -f origin HEAD:main
says 'never fetched here' 'says so'
git config agent.push.force any
passes 'where that is wanted' -f origin HEAD:main

done_testing
