#!/bin/bash
# git agent issue with agents that fail, each in its own way: the exit code, the reason named, the work and the log kept.
# shellcheck disable=SC2016  # dollars in single quotes are for the agent
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"

mark=$((RANDOM + 40000)).$$ # seconds that no other process sleeps

gone() { not pgrep -f "sleep $mark" >/dev/null; }

start_repo repo

# --- exit codes and signals
agent <<<'echo "I give up"; echo half >half; exit 3'
issue exits
failed exits 3 exit_3 'exited with 3'
ok 'exits: what it said is kept' grep -q 'I give up' .git/agent/runs/exits/agent-1.log
ok 'exits: and what it wrote' [ -e "$(record exits 'r["work_dir"]')/tree/half" ]
is "$(record exits 'r["passes"][0]["end"]')" exit_3 'exits: the pass says so'

agent <<<'kill -SEGV $$'
issue killed
failed killed 3 signal_11 'was killed by signal 11'

agent <<<'cat >/dev/null; echo I changed nothing'
issue nothing
failed nothing 3 no_change 'changed nothing'

agent <<<'echo x >x; git add x; git commit -q -m x; git rm -q x; git commit -q -m back'
issue undone
failed undone 3 no_change 'changed nothing'

agent <<<'echo ERROR: 401 Unauthorized; exit 1'
issue login
failed login 3 auth_failed 'log in'
agent <<<'echo "{\"status\":429,\"message\":\"429 Too Many Requests\"}"; exit 1'
issue quota
failed quota 3 rate_limited 'rate limited'
agent <<<'echo "my test says 429 Too Many Requests" && echo x >x'
exits 0 'the same words from an agent that ends well are no failure' git agent issue issue.md --name words

# --- too much, too long
agent <<<'while :; do echo line; done'
issue endless -c agent.limits.output=1m
failed endless 3 output_limit 'output|printed'

agent <<<"echo start; sleep $mark"
issue stalled -c agent.limits.idle=1s
failed stalled 3 stalled 'printed nothing for 1'
ok 'stalled: and it is gone' gone
agent <<<"trap '' TERM INT HUP; while :; do echo tick; sleep 0.1; done"
issue slow -c agent.limits.wall=1s
failed slow 3 timed_out 'ran longer than 1'

# --- daemons: nothing it started outlives it
agent <<AGENT
setsid sleep $mark & nohup sleep $mark >/dev/null 2>&1 &
( ( setsid sleep $mark & ) & )
"$PYTHON" -c 'import os, time
if not os.fork():
    os.setsid()
    if not os.fork(): os.execvp("sleep", ["sleep", "$mark"])
    os._exit(0)'
echo x >x
AGENT
exits 0 'an agent that leaves daemons' git agent issue issue.md --name daemons
ok 'they are gone at the end' gone
is "$(git diff --name-only main agent/daemons)" x 'and its work is there'
agent <<AGENT
setsid sleep $mark & setsid sh -c "trap '' TERM; sleep $mark" & exit 7
AGENT
issue bad-daemons
failed bad-daemons 3 exit_7 'exited with 7'
ok 'bad-daemons: they are gone' gone

# --- a missing program is said before there is a run
AGENT_CMD='no-such-agent --print' issue missing
hinted 3 "'no-such-agent' was not found" 'a missing program'
AGENT_CMD="$PWD/hello.txt" issue missing
hinted 3 "hello.txt' was not found|may not be run" 'a program that may not be run'
run git agent issue issue.md --agent no-such --name missing
hinted 3 "'no-such'" 'an unknown preset'
ok 'leave no run' [ ! -e .git/agent/runs/missing ]
printf '#!/no/such/interpreter\n' >"$SCRATCH/agent"
issue no-interpreter
failed no-interpreter 3 not_found 'not found|could not be started'

# --- what cannot be recorded
agent <<'AGENT'
mkfifo fifo
"$1" -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
mkdir locked && echo secret >locked/file && chmod 000 locked/file && chmod 500 locked
echo x >x
AGENT
AGENT_CMD="$AGENT_CMD $PYTHON" issue odd-files
if [ "$(id -u)" = 0 ] && [ "${GIT_AGENT_TEST_LEVEL:-}" = none ]; then # who may read everything reads it; in a sandbox nobody may
	is "$status $(git diff --name-only main agent/odd-files | tr '\n' ' ')" '0 locked/file x ' 'odd-files: a FIFO and a socket are left out'
else
	failed odd-files 4 bad_tree 'locked/file'
fi

agent <<'AGENT'
rm -rf "$(git rev-parse --git-dir)"; echo x >x
AGENT
issue no-git
failed no-git 4 bad_tree 'not a git repository'
agent <<'AGENT'
rm "$(git rev-parse --git-dir)/HEAD"; echo x >x
AGENT
issue no-head
failed no-head 4 bad_tree 'not a git repository'
agent <<'AGENT'
dir=$(git rev-parse --git-dir); echo x >x; rm "$dir/objects/info/alternates"
AGENT
issue no-objects
failed no-objects 4 bad_tree 'cannot record what the agent left'

# --- what the environment holds stays there
export AWS_SECRET_ACCESS_KEY=s3cr3t-1 GITHUB_TOKEN=s3cr3t-2 SSH_AUTH_SOCK=/s3cr3t-3 ALLOWED_AGENT=s3cr3t-4 ALLOWED_STAGE=s3cr3t-5 \
	DBUS_SESSION_BUS_ADDRESS=s3cr3t-6 GIT_ASKPASS=/s3cr3t-7 GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=x.y GIT_CONFIG_VALUE_0=s3cr3t-8
agent <<<'env; echo x >x'
git config agent.gate.env.run 'env; echo; git config --list; exit 1'
git config agent.gate.env.env ALLOWED_STAGE
git config agent.env ALLOWED_AGENT
git agent trust --yes >/dev/null 2>&1
exits 1 'an agent and a stage that print what they have' git agent issue issue.md --name env --fixes 0
is "$(grep -o 's3cr3t-.' .git/agent/runs/env/agent-1.log)" s3cr3t-4 'the agent has what agent.env names alone'
is "$(grep -o 's3cr3t-.' .git/agent/runs/env/gate-1/env.log)" s3cr3t-5 'a stage what its env names alone'
ok 'HOME is another' not grep -qx "HOME=$HOME" .git/agent/runs/env/agent-1.log
ok 'the run is named to the agent' grep -qx GIT_AGENT_RUN=env .git/agent/runs/env/agent-1.log

done_testing
