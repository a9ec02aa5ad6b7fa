#!/bin/bash
# Logins of agents: shared with the box while it runs, carried over on every change, by nobody else seen, and never harmed.
# shellcheck disable=SC2016,SC2088  # dollars in single quotes are for the agent, tildes for git agent
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"

export GIT_AGENT_SANDBOX_REQUIRE=${GIT_AGENT_TEST_LEVEL:-full}

start_repo repo
auth=$HOME/.tool/auth.json
mkdir -p "$HOME/.tool/dir"
login() { printf '%s' "$1" >"$auth"; }
git config agent.login '~/.tool/auth.json'

# what <run>: what its agent's log holds.
what() { cat ".git/agent/runs/$1/agent-1.log"; }
# left_over: copies of logins in any run's directories.
left_over() { find "$WORK_ROOT" -name auth.json -print; }

# --- it is there, as it was, and only for the agent
login '{"token": "t-1"}'
chmod 640 "$auth"
echo secret >"$HOME/.tool/other"
git config agent.gate.look.run 'ls -A "$HOME"; ! [ -e "$HOME/.tool" ]'
agent <<'AGENT'
cat ~/.tool/auth.json
stat -c 'mode %a' ~/.tool/auth.json
ls -A ~/.tool
printf '{"token": "t-2"}' >~/.tool/new && mv ~/.tool/new ~/.tool/auth.json
echo x >x
AGENT
exits 0 'an agent that refreshes its login by a rename' git agent issue issue.md --name rename
ok 'it read it' grep -q '^{"token": "t-1"}mode 600$' <(what rename)
ok 'nothing else of the directory is there' not grep -q other <(what rename)
is "$(cat "$auth")" '{"token": "t-2"}' 'what it wrote is the login of the person'
is "$(stat -c %a "$auth")" 640 'with its mode'
ok 'no stage sees it' [ -e .git/agent/runs/rename/gate-1/look.log ]
ok 'nor a directory for it' not grep -q tool .git/agent/runs/rename/gate-1/look.log
is "$(git diff --name-only main agent/rename)" x 'nothing of it is in the proposal'

agent <<'AGENT'
printf '{"token": "t-3", "more": 1}' >~/.tool/auth.json
echo y >y; exit 7
AGENT
exits 3 'an agent that writes in place, then fails' git agent issue issue.md --name in-place
is "$(cat "$auth")" '{"token": "t-3", "more": 1}' 'is taken over all the same'
is "$(left_over)" '' 'no copy is left in what is kept of the run'

# --- what is no login is left where it is
# refused <name> <reason>: the agent's script is on standard input.
refused() {
	agent
	exits 0 "$1: the run ends well" git agent issue issue.md --name "$1"
	is "$(cat "$auth")" '{"token": "t-3", "more": 1}' "$1: the login is as it was"
	ok "$1: the report says why" grep -qE "auth.json.*$2" ".git/agent/runs/$1/report.md"
	is "$(left_over)" '' "$1: no copy is left"
}
refused garbage 'no whole JSON' <<<'echo "not a login" >~/.tool/auth.json; echo x >x'
refused truncated 'no whole JSON' <<<'printf "{\"token\": \"t-" >~/.tool/auth.json; echo x >x'
refused emptied 'empty' <<<': >~/.tool/auth.json; echo x >x'
refused other-json 'lacks' <<<'echo "{}" >~/.tool/auth.json; echo x >x'
refused huge 'larger' <<<'{ printf "{\"token\":\"a\",\"more\":\""; head -c 2000000 /dev/zero | tr "\0" x; printf "\"}"; } >~/.tool/auth.json; echo x >x'
refused link 'link' <<<'printf "{\"token\":\"evil\",\"more\":1}" >planted; ln -sf "$PWD/planted" ~/.tool/auth.json; echo x >x'
refused fifo 'no regular file' <<<'rm ~/.tool/auth.json; mkfifo ~/.tool/auth.json; echo x >x'
agent <<<'rm ~/.tool/auth.json; echo x >x'
exits 0 'an agent that removes its login' git agent issue issue.md --name removed
is "$(cat "$auth")" '{"token": "t-3", "more": 1}' 'does not log the person out'
agent <<'AGENT'
mv ~/.tool ~/.away && mkdir elsewhere && printf '{"token":"evil","more":2}' >elsewhere/auth.json
ln -s "$PWD/elsewhere" ~/.tool
sleep 0.3; echo x >x
AGENT
exits 0 'an agent that puts a link in the way' git agent issue issue.md --name way
is "$(cat "$auth")" '{"token": "t-3", "more": 1}' 'is not followed'

# --- two runs at once: a token is good once, as those of real logins are
issued=$SCRATCH/server/issued
mkdir -p "$SCRATCH/server" && echo t-3 >"$issued"
cat >"$SCRATCH/rotate" <<'SCRIPT'
#!/bin/bash
# rotate <server> <barrier to make> <barrier to wait for>: spends the token in the login for a new one.
server=$1
for try in $(seq 300); do [ -e "$server/$3" ] && break; sleep 0.05; done
[ -e "$server/$3" ] || exit 8
for try in $(seq 300); do
	token=$(sed 's/.*"token": *"\([^"]*\)".*/\1/' ~/.tool/auth.json)
	[ "$token" = "$(cat "$server/$3")" ] && break
	sleep 0.05
done
[ "$token" = "$(cat "$server/issued")" ] || { echo "401 Unauthorized: $token was used before"; exit 1; }
new=t-$RANDOM$RANDOM
echo "$new" >"$server/issued"
printf '{"token": "%s", "more": 1}' "$new" >~/.tool/tmp && mv ~/.tool/tmp ~/.tool/auth.json
echo "$new" >"$server/$2"
echo "$new" >"token-$2"
SCRIPT
chmod +x "$SCRATCH/rotate"
start_rotation() { # <run> <make> <wait>
	AGENT_CMD="$SCRATCH/rotate $SCRATCH/server $2 $3" git -c agent.limits.concurrent=4 agent issue issue.md --name "$1" \
		--sandbox none >"$SCRATCH/$1.out" 2>&1 &
}
# Each waits for the one before it, while all of them run from the start.
start_rotation third c b
third=$!
start_rotation second b a
second=$!
start_rotation first a issued
first=$!
wait "$first"; is "$?" 0 'the first of three runs spends the token' || cat "$SCRATCH/first.out"
wait "$second"; is "$?" 0 'the second sees the new one while it runs' || cat "$SCRATCH/second.out"
wait "$third"; is "$?" 0 'and so does the third' || cat "$SCRATCH/third.out"
is "$(json 'r["token"]' <"$auth")" "$(cat "$issued")" 'the person has the last'

# --- a dotfile that is a link
mkdir "$HOME/dotfiles" && mv "$auth" "$HOME/dotfiles/tool-auth" && ln -s ../dotfiles/tool-auth "$auth"
agent <<<'printf "{\"token\": \"t-9\", \"more\": 1}" >~/.tool/auth.json; echo x >x'
exits 0 'a login that is a link to another file' git agent issue issue.md --name linked
ok 'stays a link' [ -L "$auth" ]
is "$(cat "$HOME/dotfiles/tool-auth")" '{"token": "t-9", "more": 1}' 'and the file it leads to is the one replaced'

# --- a login and a logout of the person's while it runs
agent <<'AGENT'
echo running
wait_for() { for try in $(seq 400); do "$@" && return; sleep 0.05; done; exit 9; }
wait_for grep -q t-10 ~/.tool/auth.json
echo 'new login'
wait_for [ ! -e ~/.tool/auth.json ]
echo gone
printf '{"token": "evil", "more": 1}' >~/.tool/auth.json; sleep 0.5; echo x >x
AGENT
# until_said <word>: until the agent has printed it.
until_said() { for _ in $(seq 400); do grep -qx "$1" .git/agent/runs/logout/agent-1.log 2>/dev/null && return; sleep 0.05; done; return 1; }
git agent issue issue.md --name logout >/dev/null 2>&1 &
until_said running && printf '{"token": "t-10", "more": 1}' >"$HOME/dotfiles/tool-auth"
ok 'a new login of the person reaches the agent' until_said 'new login'
rm "$HOME/dotfiles/tool-auth"
ok 'and so does a logout' until_said gone
wait
ok 'no login is made of what it has' [ ! -e "$auth" ]

# --- presets: the place that a variable moves it to, a key instead, and the command that logs in
mkdir -p "$SCRATCH/bin" "$SCRATCH/moved"
cat >"$SCRATCH/bin/codex" <<'AGENT'
#!/bin/bash
cat >/dev/null
cat ~/.codex/auth.json || { echo '{"type":"turn.failed","error":{"message":"401 Unauthorized"}}'; exit 1; }
cat ~/.codex/config.toml; echo "key $CODEX_API_KEY"
ls -A ~/.codex
echo x >x
AGENT
chmod +x "$SCRATCH/bin/codex"
PATH=$SCRATCH/bin:$PATH
unset AGENT_CMD
git config --unset agent.login
run git agent issue issue.md --name none --agent codex
failed none 3 auth_failed 'could not log in'
says '^hint: .*codex login.*~/.codex/auth.json' 'none: the hint names the command and the file'
echo '{"token": "c-1"}' >"$SCRATCH/moved/auth.json"
printf 'model = "m-1"\n[mcp_servers.x]\ncommand = "evil"\n' >"$SCRATCH/moved/config.toml"
CODEX_HOME=$SCRATCH/moved exits 0 'CODEX_HOME says where the login is' git agent issue issue.md --name moved --agent codex
ok 'moved: the login' grep -q 'c-1' <(what moved)
ok 'moved: and the model' grep -qx 'model = "m-1"' <(what moved)
ok 'moved: not the servers of tools' not grep -qE 'mcp|evil' <(what moved)
mkdir -p "$HOME/.codex" && cp "$SCRATCH/moved/auth.json" "$HOME/.codex/"
CODEX_API_KEY=k-1 run git agent issue issue.md --name keyed --agent codex -v
failed keyed 3 auth_failed 'could not log in'
says 'CODEX_API_KEY is set' 'keyed: -v says that the login stays'
says '^hint: .*CODEX_API_KEY' 'keyed: and the hint names the key'
ok 'keyed: it had no login' not grep -q 'c-1' <(what keyed)

done_testing
