#!/bin/bash
# An error that the sandbox causes names the key that mends it: to the person, in the terminal, the record and the report, and
# with that key it is gone. What cannot be judged here is no red stage.
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
DENY=$GIT_AGENT_BUILD/tests/h-deny
start_repo repo
mkdir "$SCRATCH/hidden" "$SCRATCH/cache" && echo data >"$SCRATCH/hidden/data"
export HINT_TOKEN=token

# stage <run> [<line>...]: the policy becomes one stage, and what is opened to it.
stage() {
	{ printf '[gate "t"]\nrun = %s\n' "$1"; shift; printf '%s\n' "$@"; } >.gitagent
	git commit -qam stage
}

# mended <name> <run> <hint> <line of the policy>...: red with that hint, and green with the key.
mended() {
	local name=$1 run=$2 hint=$3

	shift 3
	stage "$run"
	exits 1 "$name: red" git agent gate --trust
	says "$hint" "$name: with the key"
	stage "$run" "$@"
	exits 0 "$name: green with it" git agent gate --trust
	says_not 'the sandbox' "$name: and nothing is said"
}

mended read "cat $SCRATCH/hidden/data" "hides '$SCRATCH/hidden/data'; to show it: read = $SCRATCH/hidden/data, under \[sandbox\] in .gitagent" '[sandbox]' "read = $SCRATCH/hidden/data"
mended write "touch $SCRATCH/cache/x" "to allow it: write = $SCRATCH/cache, under \[sandbox\]" '[sandbox]' "write = $SCRATCH/cache"
mended env 'sh -uc "echo \$HINT_TOKEN"' 'to pass it: env = HINT_TOKEN, under \[gate "t"\]' 'env = HINT_TOKEN'
mended ptrace 'strace -o /dev/null true' 'ptrace = true, under \[sandbox\]' '[sandbox]' 'ptrace = true'
stage 'curl -sS http://name.invalid/'
exits 1 'network: red' git agent gate --trust
says 'to open it: network = open, under \[gate "t"\] in .gitagent' 'network: with the key'
stage 'curl -sS http://name.invalid/' 'network = open'
exits 1 'an open network: what fails fails' git agent gate --trust
says_not 'the sandbox' 'an open network: and is not its doing'
stage 'sleep 60' 'timeout = 1s'
exits 1 'a timeout: red' git agent gate --trust
says 'to give it longer: timeout = 2s, under \[gate "t"\]' 'a timeout: with the key'
stage 'false'
exits 1 'an ordinary failure: red' git agent gate --trust
says_not 'the sandbox|under \[' 'an ordinary failure: and no hint'

# --- a run: record and report have it, the agent's next prompt has not
stage "cat $SCRATCH/hidden/data"
agent <<'AGENT'
echo change >>hello.txt
AGENT
exits 1 'a run: rejected' git -c agent.limits.fixes=1 agent issue issue.md --name red --trust
says "to show it: read = $SCRATCH/hidden/data" 'a run: the terminal has the hint'
ok 'a run: the record' grep -q "exit 1; the sandbox hides" .git/agent/runs/red/run.json
ok 'a run: the report' grep -q "to show it: read = $SCRATCH/hidden/data" .git/agent/runs/red/report.md
ok 'a run: there was a second pass' [ -e .git/agent/runs/red/prompt-2.md ]
ok 'a run: the agent is not told what lies outside' not grep -q 'to show it' .git/agent/runs/red/prompt-2.md

# --- setup and the agent
printf '[worktree]\nsetup = cat %s\nsetup.network = none\n[gate "t"]\nrun = true\n' "$SCRATCH/hidden/data" >.gitagent && git commit -qam setup
exits 128 'setup: fails' git agent issue issue.md --name setup --trust
says "^hint: .*to show it: read = $SCRATCH/hidden/data, under \[sandbox\].*; or read .*setup.log" 'setup: with the key'
stage true
agent <<AGENT
cat "$SCRATCH/hidden/data" || exit 3
AGENT
exits 3 'the agent: fails' git agent issue issue.md --name agent --trust
says "^hint: .*to show it: read = $SCRATCH/hidden/data" 'the agent: with the key'
agent <<'AGENT'
sh -uc 'echo $HINT_TOKEN' || exit 3
AGENT
exits 3 'the agent, a variable: fails' git agent issue issue.md --name agent-env --trust
says '^hint: .*to pass it: env = HINT_TOKEN, under \[agent\]' 'the agent, a variable: with the key'

# --- no loopback: nothing was judged, and no pass is charged
stage "$PYTHON -c \"import socket; socket.socket().bind(('127.0.0.1', 0))\""
agent <<'AGENT'
echo change >>hello.txt
AGENT
exits 0 'with namespaces there is loopback' git agent gate --trust
exits 128 'without: no verdict' "$DENY" namespaces -- git agent gate --trust --no-cache
says '^gate broken' 'and it says so'
says "^fatal: the gate cannot be judged on this machine: stage 't'" 'in one line'
says '^hint: .*has no loopback on this machine.*network = open, under \[gate "t"\]' 'with what to do'
run "$DENY" namespaces -- git agent gate --trust --json --no-cache
is "$(json 'r["gate"]["status"], r["gate"]["stages"][0]["status"]' <"$SCRATCH/out")" "('broken', 'broken')" 'as JSON too'
exits 128 'a run: fails' "$DENY" namespaces -- git -c agent.limits.fixes=2 agent issue issue.md --name broken --trust
is "$(record broken 'r["state"], r["error"]["code"], r["gate"]["status"], len(r["passes"])')" "('failed', 'infrastructure', 'broken', 1)" 'and no further pass is made'
is "$(git for-each-ref refs/heads/agent/broken)" '' 'and nothing is proposed'
stage "$PYTHON -c \"import socket; socket.socket().bind(('127.0.0.1', 0))\"" 'network = open'
exits 0 'with the key it is judged' "$DENY" namespaces -- git agent gate --trust

done_testing
