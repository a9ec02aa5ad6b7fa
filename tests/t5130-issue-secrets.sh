#!/bin/bash
# A run whose change holds a secret is red, whichever of its commits brought it; what runs print, store and hand on shows none.
. "${BASH_SOURCE%/*}/lib.sh"
. "$TESTS_DIR/lib-runs.sh"

one() { "$GIT_AGENT_BUILD/tests/h-secrets" one "$1"; }
token=$(one github-pat)
other=$(one slack-bot-token)
third=$(one anthropic-api-key)
tail=${token:8}

start_repo repo
agent <<END
echo "TOKEN = '$token'" >config.py
END
issue leak -c agent.limits.fixes=0
is "$status" 1 'a secret in a file is red: exit 1' || sed 's/^/# /' "$SCRATCH/err"
says 'No PR proposed' 'nothing is proposed'
says 'config.py:1 in [0-9a-f]{10}: github-pat' 'its place and rule are told'
is "$(git for-each-ref refs/heads/agent/leak)" '' 'no branch'
is "$(record leak '[s["status"] for s in r["gate"]["stages"] if s["name"] == "secrets"]')" "['red']" 'a stage of the record'
is "$(record leak 'any("config.py:1" in f for f in r["flags"])')" True 'and a flag'
ok 'nothing shows it' not grep -rqF "$tail" "$SCRATCH/out" "$SCRATCH/err" .git/agent

# In a commit on the way, in a message, taken out again.
agent <<END
echo "TOKEN = '$token'" >config.py && git add -A && git commit -qm first
echo "TOKEN = None" >config.py && git commit -qam second
END
issue between -c agent.limits.fixes=0
is "$status" 1 'taken out again by a later commit: red all the same'
says 'config.py:1 in [0-9a-f]{10}: github-pat' 'where it was'
agent <<END
echo x >x && git add -A && git commit -qm "x, with $third"
END
issue message -c agent.limits.fixes=0
is "$status" 1 'in a message: red'
says 'message:1 of [0-9a-f]{10}: anthropic-api-key' 'as such'

# The next pass is told, and mends it.
agent <<'END'
if grep -q 'what looks like a secret is in the change' "$1" 2>/dev/null || grep -q 'what looks like a secret is in the change'; then
	echo "import os; TOKEN = os.environ['TOKEN']" >config.py
else
	echo "TOKEN = '$SEEN'" >config.py
fi
END
export SEEN=$token
run git -c agent.env=SEEN agent issue issue.md --name mended --fixes 1
is "$status" 0 'a pass that is told of it mends it' || sed 's/^/# /' "$SCRATCH/err" | tail -20
is "$(passes mended)" 2 'with the second pass'
ok 'the prompt did not show it' not grep -rqF "$tail" .git/agent/runs/mended

# By value, by a rule of the policy; allowed by the base and not by the change.
agent <<'END'
echo "use hunter-hunter-2" >notes.txt
END
DEPLOY_PASSWORD=hunter-hunter-2 issue value -c agent.limits.fixes=0
is "$status" 1 'the value of a variable: red'
says '\$DEPLOY_PASSWORD' 'named'
printf '[secret "badge"]\npattern = \\bBADGE-(\\d{6})\\b\nkeyword = BADGE-\n' >>.gitagent
git add .gitagent && git commit -qm policy && git agent trust --yes >/dev/null 2>&1
agent <<'END'
echo "BADGE-123456" >badge.txt
END
issue badge -c agent.limits.fixes=0
is "$status" 1 'a rule of the policy: red'
print=$(sed -n 's/.*badge.txt:1 .*\[\([0-9a-f]\{16\}\)\].*/\1/p' "$SCRATCH/out" "$SCRATCH/err" | head -1)
agent <<END
echo "BADGE-123456" >badge.txt && echo "$print the porter said so" >.gitagent-allow
END
issue self -c agent.limits.fixes=0
is "$status" 1 'a change does not allow its own'
printf '%s the porter said so\n' "$print" >.gitagent-allow
git add .gitagent-allow && git commit -qm allow
agent <<'END'
echo "BADGE-123456" >badge.txt
END
issue allowed -c agent.limits.fixes=0
is "$status" 0 'the base does'
is "$(record allowed 'any("the porter said so" in f for f in r["flags"])')" True 'and the reviewer is told'
run git -c agent.secrets.mode=flag agent issue issue.md --name flagged
is "$status" 0 'flag: only told'
run git -c agent.secrets.mode=off agent issue issue.md --name off
is "$(record off '[s for s in r["gate"]["stages"] if s["name"] == "secrets"]')" '[]' 'off: not looked for'

# What a stage or an agent prints is stored without.
printf '[gate "tests"]\nrun = echo "password: %s"; echo "<testsuite><system-out>%s</system-out></testsuite>" >junit.xml; false\nevidence = true\n' \
	"$token" "$token" >.gitagent
git add .gitagent && git commit -qm loud && git agent trust --yes >/dev/null 2>&1
agent <<END
echo "I found $third" && echo y >y
END
issue loud -c agent.limits.fixes=0
is "$status" 1 'a stage that prints one'
ok 'its log is without' grep -q '\[redacted: github-pat\]' .git/agent/runs/loud/gate-1/tests.log
ok 'and so is what is kept of its reports' grep -q '<system-out>\[redacted: github-pat\]</system-out>' .git/agent/runs/loud/gate-1/tests.junit.xml
ok "the agent's log is without" grep -q '\[redacted: anthropic-api-key\]' .git/agent/runs/loud/agent-1.log
run git agent log loud
ok 'and so is what is shown' not grep -qF -e "$tail" -e "$third" "$SCRATCH/out" "$SCRATCH/err"
ok 'nothing of the run has it' not grep -rqF -e "$third" .git/agent/runs/loud

# What runs print never comes to lie on disk, not while it runs, and not where the run is killed.
agent <<END
printf 'here: %s\n' "$third"
printf 'begun: %s' "${other:0:12}" && sleep 0.2 && printf '%s\n' "${other:12}"
touch "\$TMPDIR/said"
until [ -e "\$TMPDIR/go" ]; do sleep 0.1; done
END
git agent issue issue.md --name live >"$SCRATCH/live" 2>&1 &
live=$!
until ls "$WORK_ROOT"/*/live/tmp/said >/dev/null 2>&1; do
	kill -0 "$live" 2>/dev/null || break
	sleep 0.1
done
until grep -q begun .git/agent/runs/live/agent-1.log; do
	kill -0 "$live" 2>/dev/null || break
	sleep 0.1
done
ok 'while it runs: what is whole is in the log' grep -q '^here: \[redacted: anthropic-api-key\]$' .git/agent/runs/live/agent-1.log
ok 'what came in two pieces too' grep -q '^begun: \[redacted: slack-bot-token\]$' .git/agent/runs/live/agent-1.log
ok 'without a secret' not grep -rqF -e "$third" -e "${other:0:12}" .git/agent
kill -KILL "$(json 'r["owner"]["pid"]' <.git/agent/runs/live/run.json)"
wait "$live" 2>/dev/null
ok 'killed: nor afterwards' not grep -rqF -e "$third" -e "${other:0:12}" .git/agent
ok 'and what was said is there' grep -q '^here: ' .git/agent/runs/live/agent-1.log
git agent drop live >/dev/null 2>&1

# A patch.
git checkout -q -b patch && echo "k='$token'" >patched.py && commit_all patched && git checkout -q main
run git agent try patch --name tried
is "$status" 1 'try: red'
says 'patched.py:1.*: github-pat' 'with its place'

# A brief that quotes one: it goes neither into the prompt nor into the record, a commit or the name of a branch.
printf '# Mend %s\n\nIt is %s\n\n## Acceptance criteria\n\n- there is one\n' "$token" "$third" >"$SCRATCH/quoting.md"
git checkout -q -f main && printf '[gate "tests"]\nrun = true\n' >.gitagent && git add .gitagent && git commit -qm still
git agent trust --yes >/dev/null 2>&1
agent <<'END'
echo quoted >quoted
END
git agent issue - <"$SCRATCH/quoting.md" >"$SCRATCH/out" 2>"$SCRATCH/err"
is "$?" 0 'a brief that quotes a secret is worked on' || sed 's/^/# /' "$SCRATCH/err" | tail
is "$(git log -1 --format=%s agent/mend-redacted-github-pat)" 'Mend [redacted: github-pat]' 'its title is without'
ok 'nothing that is stored has it' not grep -rqiF -e "$tail" -e "$third" .git/agent "$SCRATCH/out" "$SCRATCH/err"

# Green it is a stage like any other: in the record, the report and the gate's JSON, with its time and what it came to.
secrets_stage() { json '[(s["status"], s["detail"], s["cached"], s["seconds"] >= 0) for s in '"$1"' if s["name"] == "secrets"]' <"$SCRATCH/out"; }
# A person's own gate: what HEAD brings that no remote has.
git checkout -q -f main && printf '[gate "tests"]\nrun = true\n' >.gitagent && git add .gitagent && git commit -q --allow-empty -m quiet
git agent trust --yes >/dev/null 2>&1
git stash -q -u 2>/dev/null
exits 0 'a gate on HEAD without one' git agent gate --json
is "$(secrets_stage 'r["gate"]["stages"]')" "[('green', 'none in 1 commit', False, True)]" 'green in its JSON'
exits 0 'and again' git agent gate --json
is "$(secrets_stage 'r["gate"]["stages"]')" "[('green', 'none', True, True)]" 'known from before'
exits 0 'judged anew' git agent gate --json --no-cache
is "$(secrets_stage 'r["gate"]["stages"]')" "[('green', 'none in 1 commit', False, True)]" 'it is looked for again'
exits 0 'where it is off' git -c agent.secrets.mode=off agent gate --json
is "$(secrets_stage 'r["gate"]["stages"]')" '[]' 'it is no stage'
agent <<'END'
echo one >one && git add one && git commit -qm one && echo two >two && git add two && git commit -qm two
END
issue quiet
is "$status" 0 'a change without a secret: proposed' || sed 's/^/# /' "$SCRATCH/err"
is "$(record quiet '[(s["status"], s["detail"]) for s in r["gate"]["stages"] if s["name"] == "secrets"]')" "[('green', 'none in 2 commits')]" 'green in the record'
ok 'and in the report' grep -qE '^\| secrets \| green \| [0-9.]+s \| none in 2 commits \|$' .git/agent/runs/quiet/report.md
says_not 'secrets' 'and no line of the terminal'
echo "k='$token'" >mine.py && git add mine.py && git commit -qm mine
exits 1 'with one: red' git agent gate
says '^mine.py:1 in [0-9a-f]{10}: github-pat' 'its place and rule'
says_not "$tail" 'not shown'
exits 1 'JSON' git agent gate --json
is "$(json 'r["gate"]["status"], r["gate"]["stages"][-1]["name"], r["gate"]["stages"][-1]["status"]' <"$SCRATCH/out")" "('red', 'secrets', 'red')" 'says it too'
git commit -q --allow-empty -m another
exits 0 'the commit after it brings none' git agent gate
git update-ref refs/remotes/origin/main HEAD~2
exits 1 'what is not pushed yet counts' git agent gate
git update-ref refs/remotes/origin/main HEAD~1
exits 0 'and what is pushed does not' git agent gate
done_testing
