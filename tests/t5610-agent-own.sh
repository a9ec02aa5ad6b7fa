#!/bin/bash
# What of the person's own an agent gets: paths it may read, what none may, what a policy must ask for, and --dry-run that shows it.
# shellcheck disable=SC2016,SC2088  # dollars in single quotes are for the agent, tildes for git agent
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"

export GIT_AGENT_SANDBOX_REQUIRE=full

start_repo repo
mkdir -p "$HOME/.local/share/tool/lib" "$HOME/.config/tool" "$HOME/.ssh"
printf '#!/bin/sh\necho tool runs\n' >"$HOME/.local/share/tool/run" && chmod +x "$HOME/.local/share/tool/run"
echo plain >"$HOME/.config/tool/config"
echo key >"$HOME/.ssh/id"
before=$(user_state)

# --- read
agent <<AGENT
"$HOME/.local/share/tool/run"
cat ~/.config/tool/config "$HOME/.config/tool/config"
cat "$HOME/.ssh/id" && echo seen
echo y >>"$HOME/.config/tool/config"
echo z >>~/.config/tool/config
echo x >x
AGENT
exits 0 'without it' git agent issue issue.md --name without
ok 'an agent sees nothing of the home' not grep -qE 'tool runs|^plain|seen' .git/agent/runs/without/agent-1.log
exits 0 'agent.read' git -c 'agent.read=~/.local/share/tool, ~/.config/tool, ~/not/there' agent issue issue.md --name with
ok 'lets it run what is there' grep -qx 'tool runs' .git/agent/runs/with/agent-1.log
is "$(grep -cx plain .git/agent/runs/with/agent-1.log)" 2 'and read it, below its own HOME too'
is "$(cat "$HOME/.config/tool/config")" plain 'but not write it'
ok 'nor read anything beside it' not grep -q seen .git/agent/runs/with/agent-1.log

# --- what none may be given, before there is a run
# refuses <key> <value> <regex> <name>
refuses() {
	run git -c "agent.$1=$2" agent issue issue.md --name refused
	hinted 128 "$3" "$4"
	ok "$4: no run" [ ! -e .git/agent/runs/refused ]
}
# is_wrong <key> <value> <name>: it is no path at all.
is_wrong() {
	run git -c "agent.$1=$2" agent issue issue.md --name refused
	is "$status" 128 "$3: exit 128"
	says "agent\.$1.*expected a path" "$3: the key, and what was expected"
	ok "$3: no run" [ ! -e .git/agent/runs/refused ]
}
for key in read login; do
	is_wrong $key relative/path "$key: a relative path"
	is_wrong $key '~/../other' "$key: a way up"
	is_wrong $key / "$key: the root"
	is_wrong $key '~' "$key: the whole home"
	is_wrong $key '~/.' "$key: the whole home in other words"
	is_wrong $key '~root/x' "$key: the home of another"
	refuses $key "$HOME" 'holds' "$key: the home by its name"
	refuses $key "$(dirname "$HOME")" 'holds' "$key: a directory that holds the home"
	refuses $key "$PWD/.git/config" 'lies in' "$key: the configuration of the repository"
	refuses $key '~/.local/state/git-agent' 'is or' "$key: other runs"
done
ln -s "$PWD/.git" "$HOME/link" && ln -s / "$HOME/root"
refuses read '~/link/config' 'lies in' 'read: a link into the repository'
refuses read '~/root' 'holds' 'read: a link to the root'
refuses login '~/.ssh' 'a directory' 'login: a directory'
refuses login /etc/hostname 'not below your HOME' 'login: a file that is not in the home'

# --- a policy that asks for them is shown first
printf '[agent]\ncommand = true\nlogin = ~/.ssh/id\nread = ~/.config/tool\n[gate "tests"]\nrun = true\n' >.gitagent
git add .gitagent && git commit -q -m policy -- .gitagent
unset AGENT_CMD
exits 4 'a policy that asks for a login is not run unseen' git agent issue issue.md --name unseen
run git agent trust
says '^  agent login: ~/\.ssh/id$' 'trust shows the login'
says '^  agent read: ~/\.config/tool$' 'and what may be read'

# --- what --dry-run says of the box
mkdir -p "$SCRATCH/bin" "$HOME/.codex"
printf '#!/bin/sh\nexit 1\n' >"$SCRATCH/bin/codex" && chmod +x "$SCRATCH/bin/codex"
PATH=$SCRATCH/bin:$PATH
echo '{}' >"$HOME/.codex/auth.json"
git agent trust --yes >/dev/null 2>&1
shown=$(find "$WORK_ROOT" | sort)
export OPENAI_API_KEY=s3cret-value
exits 0 '--dry-run' git agent issue issue.md --agent codex --dry-run
says '^level: full$' 'the level'
says '^network: ' 'the network'
says '^env: .*OPENAI_API_KEY' 'variables by name'
says_not 's3cret-value' 'and not by value'
says '^write: .*<run>/tree\)?$' 'what it may write'
says "^run: $HOME/.config/tool\$" 'what it may read and run'
says '^login: ~/.codex/auth.json$' 'its login'
says '^login: ~/.ssh/id$' 'that of the policy'
says '^settings: ~/.codex/config.toml: model, ' 'its settings, and the keys that come along'
says_not '/\.dry-run-' 'no place of its own shows'
is "$(find "$WORK_ROOT" | sort)" "$shown" 'and none is left'
exits 0 '--dry-run with a key' env CODEX_API_KEY=s3cret-value git agent issue issue.md --agent codex --dry-run
says '^login: ~/.codex/auth.json \(not shared: CODEX_API_KEY is set\)$' 'says that no login comes along'
rm "$HOME/.codex/auth.json"
exits 0 '--dry-run without a login' git agent issue issue.md --agent codex --dry-run
says '^login: ~/.codex/auth.json \(not there\)$' 'says so'
exits 0 '--dry-run at none' git agent issue issue.md --agent codex --dry-run --sandbox none
says '^write: whatever you may write$' 'hides nothing'
says -- '--sandbox workspace-write' 'and there the agent keeps its own sandbox'

# --- every preset: its program by its own name, its login, its hosts
for ini in "$GIT_AGENT_BUILD"/share/git-agent/agents/*.ini; do
	name=$(basename "$ini" .ini)
	printf '#!/bin/sh\nexit 1\n' >"$SCRATCH/bin/$name" && chmod +x "$SCRATCH/bin/$name"
	exits 0 "$name: is a preset" git agent issue issue.md --agent "$name" --model m-1 --dry-run
	says "^$SCRATCH/bin/$name .*m-1.* < prompt\$" "$name: its command line"
	says '^login: ~/\.[a-z/.]*[a-z_]*\.json \(not there\)$' "$name: its login"
	says_not '\{model\}|^warning: .*preset' "$name: nothing in it is left as it stands"
	is "$(sed 's/ *=.*//; /^[[#]/d; /^$/d' "$ini" | sort -u | grep -vxF -f <(sed -n 's/^| `\([^|]*\)` |.*/\1/p' \
		"$GIT_AGENT_BUILD/share/git-agent/agents/README.md" | sed 's/`, `/\n/g'))" '' "$name: every key is in the README"
done

# --- an agent whose exit status is not the truth
printf '#!/bin/sh\ncat >/dev/null\necho x >x\nprintf "%%s\\n\\n" "$SAYS"\n' >"$SCRATCH/bin/claude" && chmod +x "$SCRATCH/bin/claude"
git config agent.env SAYS
# ended <run> <exit> <error code> <what it says last>
ended() {
	SAYS=$4 run git agent issue issue.md --name "$1" --agent claude
	is "$status $(error_of "$1" 2>/dev/null)" "$2 $3" "$1"
}
ended well 0 '' '{"type":"result","is_error":false,"result":"the test says 429 Too Many Requests"}'
ended says-failed 3 agent_failed '{"type":"result","is_error":true,"result":"context too long"}'
ended says-denied 3 auth_failed '{"type":"result","is_error":true,"result":"Invalid API key · Please run /login"}'
ended says-limited 3 rate_limited '{"type":"result","is_error":true,"result":"API Error: 429 slow down"}'

done_testing
