#!/bin/bash
# What surrounds a run: the launching environment, names, damaged records, directories that were swapped.
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"
export GIT_AGENT_GATE_BASELINE=off
. "$TESTS_DIR/lib-escape.sh"
start_repo repo
precious
attacker <<'AGENT'
env | sed 's/=.*//; s/^/variable: /'; echo x >>x
AGENT

# --- variables that lead git elsewhere
git init -q "$SCRATCH/other" && cp "$EVIL" "$SCRATCH/other/.git/hooks/reference-transaction"
mkdir -p "$SCRATCH/evil-hooks" && for hook in post-checkout pre-commit reference-transaction post-index-change post-commit; do printf '#!/bin/sh\n%s env\n' "$EVIL" >"$SCRATCH/evil-hooks/$hook"; chmod +x "$SCRATCH/evil-hooks/$hook"; done
n=0
while IFS= read -r setting; do
	n=$((n + 1))
	before=$(everything)
	# shellcheck disable=SC2086
	exits 0 "env: $setting" env $setting git agent issue issue.md --name "env-$n"
	is "$(everything)" "$before" "env: $setting: nothing of the user's has changed"
	is "$(git diff --name-only main "agent/env-$n")" x "env: $setting: the proposal is the agent's change"
	is "$(ls "$MARKS")" '' "env: $setting: nothing ran"
	rm -f "$MARKS"/*
	sed -n 's/^variable: //p' ".git/agent/runs/env-$n/agent-1.log" >"$SCRATCH/boxed"
	ok "env: $setting: the agent has an environment" grep -qx PATH "$SCRATCH/boxed"
	is "$(grep '^GIT_\|^SSH_\|^DBUS\|^LD_\|^XDG_RUN\|^DISPLAY\|^TMUX' "$SCRATCH/boxed" | grep -vx 'GIT_CONFIG_GLOBAL\|GIT_CONFIG_NOSYSTEM\|GIT_TERMINAL_PROMPT\|GIT_AGENT_RUN')" '' "env: $setting: none of it reaches the agent"
done <<SETTINGS
GIT_INDEX_FILE=$SCRATCH/precious/gold
GIT_WORK_TREE=$SCRATCH/precious
GIT_OBJECT_DIRECTORY=$SCRATCH/other/.git/objects
GIT_ALTERNATE_OBJECT_DIRECTORIES=$SCRATCH/other/.git/objects
GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.worktree GIT_CONFIG_VALUE_0=$SCRATCH/precious
GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.fsmonitor GIT_CONFIG_VALUE_0=$EVIL
GIT_CONFIG_PARAMETERS='core.pager=$EVIL'
GIT_NAMESPACE=elsewhere
GIT_EXTERNAL_DIFF=$EVIL
GIT_LITERAL_PATHSPECS=1 GIT_ICASE_PATHSPECS=0
GIT_TRACE=1 GIT_TRACE_PACKET=1
GIT_TRACE2=1
GIT_SSH_COMMAND=$EVIL SSH_AUTH_SOCK=/x DBUS_SESSION_BUS_ADDRESS=x TMUX=x DISPLAY=:0
GIT_ASKPASS=$EVIL SSH_ASKPASS=$EVIL
GIT_EDITOR=$EVIL GIT_SEQUENCE_EDITOR=$EVIL EDITOR=$EVIL VISUAL=$EVIL
GIT_PAGER=$EVIL PAGER=$EVIL
GIT_GRAFT_FILE=$SCRATCH/precious/gold
GIT_REPLACE_REF_BASE=refs/heads/
GIT_QUARANTINE_PATH=$SCRATCH/precious
GIT_DEFAULT_HASH=sha256
PATH=:.:$PATH
SETTINGS
for word in GIT_DIR=/nowhere GIT_DIR=$SCRATCH/precious GIT_COMMON_DIR=/nowhere; do
	before=$(everything)
	run env "$word" git agent issue issue.md --name lost
	is "$status" 128 "env: $word is no repository"
	is "$(everything)" "$before" "env: $word: nothing has changed"
done

# --- programs in the user's checkout do not take the place of real ones
printf '#!/bin/sh\n%s path-git\n' "$EVIL" >git && cp git sh && cp git find && chmod +x git sh find
before=$(everything)
exits 0 'programs called git and sh in the working directory' env PATH=".::$PATH" "$(command -v git-agent)" issue issue.md --name path
held path proposed "$before"
rm git sh find

# --- the same in the agent's tree
attacker <<'AGENT'
for p in git sh rm find cp true; do printf '#!/bin/sh\n%s tree-%s\n' "$EVIL" $p >$p; chmod +x $p; done
AGENT
before=$(everything)
exits 0 "programs called git and sh in the agent's tree" env PATH=".::$PATH" "$(command -v git-agent)" issue issue.md --name in-tree
held in-tree proposed "$before"

attacker <<'AGENT'
printf '#!/bin/sh\nexit 0\n' >check-it && chmod +x check-it
AGENT
printf '[gate "tests"]\nrun = check-it || exit 1\n' >.gitagent && git commit -q -m check .gitagent && git agent trust --yes >/dev/null 2>&1
(victim)
ok 'control: with "." in PATH a planted program is run' env PATH="$PATH:." sh -c 'cd "$SCRATCH/victim" && check-it'
before=$(everything)
exits 1 'a program of the change is not the one that judges it' env PATH="$PATH::." "$(command -v git-agent)" issue issue.md --name judge --fixes 0
held judge rejected "$before"
git revert --no-edit HEAD >/dev/null 2>&1 || { printf '[gate "tests"]\nrun = true\n' >.gitagent && git commit -q -m gate .gitagent; }
git agent trust --yes >/dev/null 2>&1

# --- names
for name in '../x' '/x' '.' '..' '.lock' 'a.lock' 'x;y' '$(touch pwned)' $'a\nb' '-x' 'refs/heads/main' 'HEAD' '@'; do
	run git agent issue issue.md "--name=$name"
	ok "a run called '${name//$'\n'/ }' is none" [ "$status" = 128 ]
	for command in 'drop' 'stop' 'log' 'status'; do
		before=$(everything)
		run git agent "$command" -- "$name"
		ok "$command '${name//$'\n'/ }': refused" [ "$status" = 128 ]
		is "$(everything)" "$before" "$command '${name//$'\n'/ }': nothing has changed"
	done
done
ok 'names run nothing' [ ! -e pwned ]

# --- records that somebody has damaged, or made
attacker <<'AGENT'
echo x >>x
AGENT
mkdir -p .git/agent/runs/forged
forge() { "$PYTHON" -c 'import json, sys; r = json.load(open(".git/agent/runs/path/run.json")); r.update(id="forged", state="rejected", branch=None); exec(sys.argv[1]); json.dump(r, open(".git/agent/runs/forged/run.json", "w"))' "$1"; }
for change in 'r["work_dir"] = "'"$SCRATCH"'/precious"' 'r["work_dir"] = "'"$SCRATCH"'/precious/../precious/forged/.."' 'r["work_dir"] = "../../../precious"' \
	'r["branch"] = "main"; r["head_oid"] = "'"$(git rev-parse main)"'"' 'r["branch"] = "../main"; r["head_oid"] = "'"$(git rev-parse main)"'"' \
	'r["title"] = "\x1b]0;owned\x07"' 'r["id"] = "path"' 'r["passes"] = 7' 'r["gate"] = "x"' 'r["flags"] = [["x"]]' 'r["base_oid"] = "-x" * 100' 'r["owner"] = {"pid": 1, "start": 0, "boot": ""}'; do
	mkdir -p .git/agent/runs/forged
	forge "$change" && : >.git/agent/runs/.pending
	before=$(everything)
	for command in status 'status forged' 'log forged' 'status --json' 'drop forged --branch' ; do
		# shellcheck disable=SC2086
		run git agent $command
		ok "record $change: $command ends by itself" [ "$status" -lt 129 ]
		[ "$command" = 'status --json' ] || tidy_text "record $change: $command"
	done
	is "$(everything)" "$before" "record $change: nothing of the user's has changed"
done
ln -sfn "$SCRATCH/precious" .git/agent/runs/linked
before=$(everything)
run git agent drop linked
is "$(everything)" "$before" 'a run that is a link: dropping it follows no link'
rm -f .git/agent/runs/linked
head -c 5000 /dev/urandom >.git/agent/runs/index.ndjson
exits 0 'a damaged index' git agent status
tidy_text 'a damaged index'

# --- the work root is somebody else's
root=$(find "$WORK_ROOT" -mindepth 1 -maxdepth 1 -type d | head -1)
ln -s "$SCRATCH/precious" "$root/taken"
before=$(everything)
run git agent issue issue.md --name taken
ok 'a link where the checkout should be is not followed' [ "$status" != 0 ]
is "$(everything)" "$before" 'and nothing has changed'

done_testing
