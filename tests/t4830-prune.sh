#!/bin/bash
# git agent status --prune, and drop: what runs have taken on disk is freed, and no branch and no run at work is touched.
# shellcheck disable=SC2016  # dollars in single quotes are for the agent
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
. "$TESTS_DIR/lib-survive.sh"

start_repo repo
root() { echo "$WORK_ROOT"/repo-*; }
runs() { find .git/agent/runs -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort | tr '\n' ' '; }
# ended <run> <days>: its record says that it ended so long ago.
ended() { edit_record "$1" "r['finished'] = r['started'] = '$(date -u -d "$2 days ago" +%Y-%m-%dT%H:%M:%SZ)'"; }
freed() { json '" ".join(sorted(e["kind"] + ":" + e["name"].split("/")[-1] for e in r["freed"]))' <"$SCRATCH/out"; }

exits 0 'nothing to free' git agent status --prune
says '^0 bytes are free' 'and it says so'
exits 129 'an age that is none' git agent status --prune --older-than soon
exits 129 'a run' git agent status --prune some
exits 129 'an age without --prune' git agent status --older-than 3d

agent <<<'echo x >x'
exits 0 'a proposal' git agent issue issue.md --name proposed
exits 0 'another' git agent issue issue.md --name merged
exits 0 'a third' git agent issue issue.md --name deleted
git update-ref refs/heads/other main
git update-ref refs/heads/agent/merged main
git update-ref -d refs/heads/agent/deleted
agent <<<'echo x >x; exit 7'
exits 3 'a run that failed' git agent issue issue.md --name failed
exits 3 'an old one' git agent issue issue.md --name old
git config agent.gate.tests.run false
git agent trust --yes >/dev/null 2>&1
agent <<<'echo y >y'
exits 1 'and one that was rejected' git agent issue issue.md --name rejected --fixes 0
exits 1 'a gate by itself' git agent gate
git config --unset agent.gate.tests.run
ok 'its logs are there' [ -n "$(ls .git/agent/gate)" ]
agent <<'AGENT'
cat >/dev/null
echo started
sleep 100
AGENT
start live
ok 'one is at work' until_there 20 log_has live agent-1.log started
for name in old proposed merged deleted; do
	ended $name 10
done
ended failed 1
touch -d '10 days ago' .git/agent/gate/*
mkdir "$(root)/gate-4194303" "$(root)/nobodys"
touch -d '10 days ago' "$(root)/nobodys"
mkdir .git/objects/tmp_objdir-agent-nobody .git/objects/tmp_objdir-agent-live
edit_record live 'r["finished"] = "2020-01-01T00:00:00Z"'

# --- by itself: checkouts, logs, and what is nobody's
exits 0 '--dry-run' git agent status --prune --dry-run --json
planned=$(freed)
is "$planned" "checkout:gate-4194303 checkout:nobodys checkout:old log:$(ls .git/agent/gate) pack:tmp_objdir-agent-nobody" \
	'names what nobody needs'
ok 'and frees none of it' [ -e "$(work_of old)" ]
exits 0 '--prune' git agent status --prune --json
is "$(freed)" "$planned" 'frees that'
ok 'what an old run left' [ ! -e "$(work_of old)" ]
ok 'not what a young one did' [ -e "$(work_of failed)" ]
ok 'nor the checkout of one at work' [ -e "$(work_of live)/tree" ]
ok 'nor what it has coming in' [ -e .git/objects/tmp_objdir-agent-live ]
is "$(runs)" 'deleted failed live merged old proposed rejected ' 'every record stays'
exits 0 'again' git agent status --prune --json
is "$(freed)" '' 'there is nothing left to free'

# --- by age: whole runs
heads=$(git for-each-ref refs/heads)
exits 0 '--older-than --dry-run' git agent status --prune --older-than 3d --dry-run
says '^would free run old' 'says what would go'
is "$(runs)" 'deleted failed live merged old proposed rejected ' 'and leaves it'
exits 0 '--older-than' git agent status --prune --older-than 3d
is "$(runs)" 'failed live proposed rejected ' 'old runs go, and proposals that are merged or deleted'
says '^1 proposal waits' 'one that waits for a decision stays'
is "$(git for-each-ref refs/heads)" "$heads" 'no branch is touched'
is "$(git for-each-ref --format='%(refname:lstrip=-1)' refs/agent | sort -u | tr '\n' ' ')" 'failed live proposed rejected ' 'the refs of the others are gone'
exits 0 'the list is right' git agent status --all
says_not '(^| )old ' 'without those that went'

# --- by count
exits 0 '--keep' git agent status --prune --keep 1
is "$(runs)" 'live proposed rejected ' 'the latest stays, and the proposal'
git update-ref refs/heads/topic agent/proposed
exits 0 '--keep 0' git agent status --prune --keep 0
is "$(runs)" 'live proposed ' 'a branch that is not merged keeps its run'
is "$(state live)" working 'the one at work works on'
kill_run live TERM
wait "$pid"
git update-ref -d refs/heads/topic
git branch -q saved agent/proposed
git update-ref refs/heads/agent/proposed main
exits 0 'all that is over' git agent status --prune --older-than 0s
is "$(runs)" '' 'goes'
is "$(git for-each-ref refs/agent)" '' 'with its refs'
is "$(find "$(root)" -mindepth 1 -maxdepth 1 ! -name layers)" '' 'and its checkouts'
ok 'not the branch' git rev-parse -q --verify saved
git branch -q -D saved other

# --- a drop that was cut off is finished
agent <<<'echo x >x; exit 7'
run git agent issue issue.md --name half
edit_record half 'r["state"] = "dropped"'
exits 0 'one that was being dropped' git agent status --prune
is "$(runs)" '' 'is gone'
# the next run's start frees kept checkouts, too
run git agent issue issue.md --name kept
ended kept 10
run git agent issue issue.md --name next
ok 'the checkout of an old run is gone' [ ! -e "$(work_of kept)" ]
ok 'its record is there' [ -e .git/agent/runs/kept/run.json ]

is "$(user_state)" "$before" 'the checkout is as it was'
done_testing
