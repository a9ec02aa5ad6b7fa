#!/bin/bash
# Commands of a policy are not run before the person has seen them: after a clone, and after a pull that changed them.
. "${BASH_SOURCE%/*}/lib.sh"
export GIT_AGENT_GATE_BASELINE=off

git init -q origin && cd origin || exit 1
printf '[gate "tests"]\nrun = echo it ran\n' >.gitagent
commit_all base
git clone -q . ../clone && cd ../clone || exit 1
printf '# Greet\n\n## Acceptance criteria\n\n- it greets\n' >../greet.md

# ran: the gate's stage has, on what is checked out.
ran() { grep -qsx 'it ran' ".git/agent/gate/$(git rev-parse HEAD)/tests.log"; }

exits 4 'a fresh clone: issue is refused' git agent issue ../greet.md --simulate good
says '^hint: git agent trust$' 'with the command to type'
exits 4 'so is gate' git agent gate
exits 4 'and try' git agent try HEAD
exits 4 'JSON says it too' git agent issue ../greet.md --simulate good --json
says '"code": ?"untrusted"' 'by its word'
ok 'nothing of the policy ran' not ran
ok 'and nothing was made' test ! -e .git/agent/runs

exits 4 'trust without a terminal approves nothing' git agent trust
says '^  gate tests: echo it ran' 'but shows the commands'
exits 4 'the gate is still refused' git agent gate
exits 0 'trust --yes approves' git agent trust --yes
exits 0 'now the gate runs' git agent gate
ok 'the command too' ran
exits 0 'trust again: nothing to ask' git agent trust
exits 0 'an approval is taken back' git agent trust --revoke
exits 4 'and the gate is refused again' git agent gate

# At a terminal: only a yes is a yes.
at_terminal() {
	status=0
	printf '%s\n' "$1" | script -qec "git agent gate" /dev/null >"$SCRATCH/out" 2>&1 || status=$?
}
at_terminal no
is "$status" 4 'at a terminal, no'
says 'Run them on this machine' 'it asks'
at_terminal y
is "$status" 0 'at a terminal, yes'
exits 0 'which counts from then on' git agent gate

(cd ../origin && printf '[gate "tests"]\nrun = echo other; echo it ran\n' >.gitagent && commit_all change)
git pull -q
exits 4 'a pull that changes a command: refused' git agent gate
ok 'and not run' not ran
exits 0 'the commit before is approved still' git agent gate HEAD~1
exits 0 '--trust approves on the way' git agent gate --trust
ok 'and runs' ran

(cd ../origin && printf '[gate "tests"]\nrun = true third\n' >.gitagent && commit_all third)
git pull -q
exits 4 'the third is not approved' git agent gate
git config agent.trust upstream
exits 0 'agent.trust=upstream: what stands on the protected branch there has been seen' git agent gate
printf '[gate "tests"]\nrun = true mine\n' >.gitagent
commit_all mine
exits 4 'what does not stand there has not' git agent gate
git switch -q -c topic
git push -q origin topic
exits 4 'on another branch there it has not either' git agent gate
# The file does not say itself which branches are protected: whoever writes it could name their own.
printf '[protect]\nbranches = **\n[gate "tests"]\nrun = true own\n' >.gitagent
commit_all own
git push -q origin topic
exits 4 'nor does a file that calls its own branch protected' git agent gate
git config agent.protect.branches topic
exits 0 'git config does: a person wrote that' git agent gate
git config --unset agent.protect.branches
# Nor is everybody's main the upstream's.
git switch -q -c forked && printf '[gate "tests"]\nrun = true forked\n' >.gitagent && commit_all forked
git clone -q --bare . ../fork.git && git -C ../fork.git update-ref refs/heads/main "$(git rev-parse HEAD)"
git remote add fork ../fork.git && git fetch -q fork
exits 4 'nor does what stands on the main of another remote' git agent gate
git config checkout.defaultRemote fork
exits 0 'git config says which remote is the upstream' git agent gate

done_testing
