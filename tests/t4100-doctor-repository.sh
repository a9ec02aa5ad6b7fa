#!/bin/bash
# git agent doctor about a repository: each line well, weak and broken, and the command that mends it mends it.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
with_baseline
. "$TESTS_DIR/lib-doctor.sh"

make_repo "$SCRATCH/repo"
printf '[agent]\nbackend = codex\n[gate "tests"]\nrun = make check\n' >.gitagent
commit_all policy
mkdir "$SCRATCH/bin" && printf '#!/bin/sh\nexit 0\n' >"$SCRATCH/bin/codex" && chmod +x "$SCRATCH/bin/codex"
PATH=$SCRATCH/bin:$PATH
before=$(user_state)
look() { doctor git agent doctor --json --timeout 60s; }

# --- hooks
look
told repository ok "^$PWD$" '' 'the repository'
told hooks broken 'not installed' '^git agent init$' 'no hooks'
is "$status" 1 'which is broken'
git agent init --no-gate >/dev/null 2>&1
look
told hooks ok 'runs first' '' 'which init mends'
chmod -x .git/hooks/pre-push && look && chmod +x .git/hooks/pre-push
told hooks broken 'may not be executed' '^git agent init$' 'one that is not executable'
mv .git/hooks/pre-push kept-hook && printf '#!/bin/sh\n' >.git/hooks/pre-push && chmod +x .git/hooks/pre-push && look
told hooks broken 'not ours' '^git agent init$' 'another one'
mv kept-hook .git/hooks/pre-push

# --- policy and trust
told policy ok '^\.gitagent at .*; stages: 1, values from elsewhere: 0' '' 'the policy'
told trust weak '2 commands are not approved|1 commands are not approved' '^git agent trust$' 'not approved'
git agent trust --yes >/dev/null 2>&1
GIT_AGENT_LIMITS_WALL=5m look
told trust ok . '' 'which trust mends'
told policy ok ', values from elsewhere: 1' '' 'a value from elsewhere'
printf '\n[gate "more"]\nrun = true\n' >>.gitagent && look
told policy weak "'.gitagent' has changes that are not committed" '^git commit .gitagent$' 'an edit that is not in force'
eval "$(json '[c["mend"] for c in r["checks"] if c["name"] == "policy" and c["state"] == "weak"][0]' <"$SCRATCH/report") -q -m policy"
look
is "$(state policy)" ok 'which the command mends'
printf '[gate "tests"]\nrun = true\ntimeuot = 1m\n' >.gitagent && commit_all typo && look
told policy weak "timeuot.*timeout" gitagent 'a key that is not known'
printf '[gate\nrun = true\n' >.gitagent && commit_all broken && look
told policy broken '\.gitagent' . 'a policy that cannot be read'
is "$(state trust)$(state agent)$(state 'gate tests')" '' 'of which no more is said'
printf '[agent]\nmodel = x\n' >.gitagent && commit_all none && look
told policy broken 'no gate stage' '^git agent init$' 'no stage'
git rm -q .gitagent && git commit -q -m gone && printf '[gate "tests"]\nrun = true\n' >.gitagent && look
told policy broken 'not committed' 'git add .gitagent' 'one that was never committed'
rm .gitagent

# --- the gate's programs
printf '#!/bin/sh\n' >run-tests && chmod +x run-tests
cat >.gitagent <<'END'
[gate "found"]
run = CI=1 X=y make check
[gate "absolute"]
run = /bin/sh -c true
[gate "missing"]
run = no-such-runner --all
[gate "inside"]
run = ./run-tests
[gate "gone"]
run = ./no-such-file
[gate "shell"]
run = cd sub && no-such-either
[gate "odd"]
run = "$RUNNER" | no-such-third
END
commit_all stages && look
told 'gate found' ok "^$(command -v make)$" '' 'a program after assignments'
told 'gate absolute' ok '^/bin/sh$' '' 'an absolute path'
told 'gate missing' broken "'no-such-runner' was not found" "^install no-such-runner, or change 'run' of \[gate \"missing\"\] in .gitagent$" 'one that is missing'
told 'gate inside' ok 'in the working tree' '' 'one of the repository'
told 'gate gone' broken "'./no-such-file' is not in the working tree" . 'one that is not there'
told 'gate shell' ok 'cd sub' '' 'what a shell alone can tell'
told 'gate odd' ok RUNNER '' 'is not judged'
chmod -x run-tests && look && chmod +x run-tests
told 'gate inside' broken 'not executable' chmod 'one that is not executable'
printf '[worktree]\nsetup = true\n' >>.gitagent && commit_all setup && look
told 'gate gone' weak 'not in the working tree' setup 'one that setup may make'

# --- the agent and its login
told agent weak 'no agent is named' 'AGENT_CMD|backend' 'no agent'
AGENT_CMD="$SCRATCH/bin/codex --x {prompt_file}" look
told agent ok "codex: $SCRATCH/bin/codex" '' 'by AGENT_CMD'
AGENT_CMD=no-such-agent look
told agent broken "no-such-agent' was not found" . 'one that is not there'
printf '[agent]\nbackend = codex\n[gate "tests"]\nrun = true\n' >.gitagent && commit_all codex && look
told agent ok "codex: $SCRATCH/bin/codex" '' 'a preset'
told login broken 'codex is not logged in' '^codex login$' 'not logged in'
CODEX_API_KEY=secret-value look
told login ok '^CODEX_API_KEY is set$' '' 'by a key'
ok 'whose value is not told' not grep -q secret-value "$SCRATCH/report"
mkdir -p "$HOME/.codex" && echo '{}' >"$HOME/.codex/auth.json" && look
told login ok 'files' '' 'by a file'
printf '[agent]\nbackend = no-such-preset\n[gate "tests"]\nrun = true\n' >.gitagent && commit_all preset && look
told agent broken 'no-such-preset' . 'no such preset'
printf '[gate "tests"]\nrun = true\n' >.gitagent && commit_all plain

# --- the sandbox that the policy asks for
git config agent.sandbox.require none && look
told sandbox weak 'level none, none is required' 'require = partial' 'none is asked for'
git config agent.sandbox.require full
doctor "$GIT_AGENT_BUILD/tests/h-deny" landlock -- git agent doctor --json
told sandbox broken "requires 'full'" . 'full is asked for and not reached'
git config --unset agent.sandbox.require

# --- the work root
look
told 'work root' ok "^$HOME/.local/state/git-agent/repo-.* MiB free, limits.disk asks for 1024$" '' 'the work root'
GIT_AGENT_LIMITS_DISK=900000g look
told 'work root' broken 'MiB free' 'lower limits.disk' 'no room'
git config agent.workRoot "$PWD/.git/work" && look
told 'work root' broken 'below a .git directory' 'agent.workRoot' 'below .git'
git config agent.workRoot relative && look
told 'work root' broken 'not an absolute path' 'agent.workRoot' 'a relative one'
git config --unset agent.workRoot
if [ "$(id -u)" != 0 ]; then
	mkdir -p "$SCRATCH/closed" && chmod 500 "$SCRATCH/closed"
	git config agent.workRoot "$SCRATCH/closed/x" && look
	told 'work root' broken 'cannot be written' 'agent.workRoot' 'one that cannot be written'
	git config --unset agent.workRoot
fi
ok 'the work root was not made' [ ! -e "$HOME/.local/state/git-agent" ]

# --- what is left of runs, and of git
is "$(state runs)" '' 'no run'
write_brief && commit_all brief && git agent trust --yes >/dev/null 2>&1
agent <<'END'
kill -KILL $(ps -o ppid= -p $PPID)
sleep 60
END
git agent issue issue.md --name killed --sandbox none >/dev/null 2>&1
look
told runs weak '^1 recorded, interrupted: killed$' '^git agent drop killed$' 'a run whose supervisor was killed'
eval "$(json '[c["mend"] for c in r["checks"] if c["name"] == "runs"][0]' <"$SCRATCH/report")" >/dev/null 2>&1
git agent try HEAD~1 --name fine --sandbox none --trust >/dev/null 2>&1
look
told runs ok 'none interrupted' '' 'which drop mends'
touch .git/index.lock && look
is "$(state locks)" '' 'a lock of now is somebody at work'
touch -d '1 hour ago' .git/index.lock && look
told locks broken 'index.lock' "^rm .*index.lock" 'an old one was left'
eval "$(json '[c["mend"] for c in r["checks"] if c["name"] == "locks"][0]' <"$SCRATCH/report")"
ok 'the command removes it' [ ! -e .git/index.lock ]

# --- other repositories
cd "$SCRATCH" && git init -q unborn && cd unborn || exit 1
look
told repository broken 'no commit yet' 'git commit' 'an unborn branch'
cd "$SCRATCH" && git clone -q --bare repo bare.git && cd bare.git || exit 1
look
told repository ok 'bare' '' 'a bare one'
cd "$SCRATCH/repo" && git worktree add -q "$SCRATCH/linked" && cd "$SCRATCH/linked" || exit 1
look
told repository ok "linked, a linked worktree" '' 'a linked worktree'
told hooks ok . '' 'with the hooks of the main one'
odd=$'odd\nname \e[31m'
cd "$SCRATCH" && git clone -q repo "$odd" && cd "$odd" || exit 1
look
told repository ok 'odd name' '' 'an odd name is one line'
run git agent doctor
ok 'and no escape sequence' not grep -q $'\e' "$SCRATCH/out"
cd "$SCRATCH/repo" || exit 1
doctor env GIT_TEST_ASSUME_DIFFERENT_OWNER=1 git agent doctor --json
told repository broken 'dubious ownership' 'safe.directory' 'one that git refuses'

done_testing
