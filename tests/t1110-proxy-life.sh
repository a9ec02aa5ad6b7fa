#!/bin/bash
# The proxy's process: one per run and only where one is needed, gone with its run whatever ends that; and what it holds where there is
# no network namespace.
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
with_baseline
. "$TESTS_DIR/lib-http.sh"

DENY=$GIT_AGENT_BUILD/tests/h-deny
# Each run's list holds a name of its own, by which its proxy is found among processes.
MARK=mark-$$-$RANDOM.example
proxies() { pgrep -fc -- "git-agent--proxy [a-z]+ .*$1" || :; }
until_none() {
	local i

	for ((i = 0; i < 3000; i++)); do
		[ "$(proxies "$1")" != 0 ] || return 0
		sleep 0.02
	done
	return 1
}
left() { git cat-file blob "agent/$1:$2" 2>/dev/null; }
# asked <host> <run>: until that is in its log.
asked() {
	local i

	for ((i = 0; i < 3000; i++)); do
		! grep -q "\"host\":\"$1\"" ".git/agent/runs/$2/network.ndjson" 2>/dev/null || return 0
		sleep 0.02
	done
	return 1
}

start_repo repo
mkdir "$SCRATCH/served"
printf '%s\n' '#!/bin/sh' 'printf "Content-Type: text/plain\r\n\r\ncontent\n"' >"$SCRATCH/served/page"
chmod +x "$SCRATCH/served/page"
serve_http "$SCRATCH/served"
PORT=$HTTP_PORT
git config agent.network proxy

# --- only where one is needed
agent <<'END'
echo x >x
END
git config agent.sandbox.hosts "none.$MARK"
git agent issue issue.md --name no-proxy -q --sandbox full >/dev/null 2>&1 &
wait $!
is "$(record no-proxy 'r["state"]')" proposed 'a run whose agent asks for nothing'
ok 'has a log that is empty' [ ! -s .git/agent/runs/no-proxy/network.ndjson ]
git -c agent.network=open agent issue issue.md --name open -q --sandbox full >/dev/null 2>&1
ok 'one whose network is open has no log' [ ! -e .git/agent/runs/open/network.ndjson ]
ok 'no proxy is left of either' until_none "$MARK"

# --- two at once, each with its own list
printf '%s\n' '#!/bin/sh' 'cd "$DOCUMENT_ROOT" && : >"at-$QUERY_STRING"' 'until [ -e at-one ] && [ -e at-two ]; do sleep 0.05; done' './page' \
	>"$SCRATCH/served/meet"
chmod +x "$SCRATCH/served/meet"
agent <<END
curl -sS "http://127.0.0.1:$PORT/meet?\$GIT_AGENT_RUN" >page 2>said
curl -sS http://one.$MARK/ >one
curl -sS http://two.$MARK/ >two
exit 0
END
git -c agent.sandbox.hosts="one.$MARK, localhost:$PORT" agent issue issue.md --name one -q --sandbox full >/dev/null 2>&1 &
one=$!
git -c agent.sandbox.hosts="two.$MARK, localhost:$PORT" agent issue issue.md --name two -q --sandbox full >/dev/null 2>&1 &
wait $one $!
for name in one two; do
	other=$([ $name = one ] && echo two || echo one)
	is "$(left $name page)" content "$name: reaches the server"
	ok "$name: has a list of its own" grep -q "^$other.$MARK:80 is refused" <(left $name "$other")
	ok "$name: which lets its own name through" grep -q "^$name.$MARK: no_address" <(left $name "$name")
	ok "$name: a log of its own" grep -q "\"host\":\"$other.$MARK\",\"port\":80,\"reason\":\"not_listed\"" ".git/agent/runs/$name/network.ndjson"
done
ok 'no proxy is left' until_none "$MARK"

# --- the end of the supervisor, however it comes
agent <<'END'
curl -sS http://started.example/
sleep 600
END
for sig in KILL TERM INT; do
	git config agent.sandbox.hosts "$sig.$MARK"
	# In a group of its own: INT is not ignored there, as it is in the background of a shell.
	"$PYTHON" -c 'import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.setsid(); os.execvp(sys.argv[1], sys.argv[1:])' \
		"$GIT_AGENT_BUILD/libexec/git-agent/git-agent-issue" issue.md --name "by-${sig,,}" --sandbox full >/dev/null 2>&1 &
	pid=$!
	ok "$sig: what was asked for is in the log" asked started.example "by-${sig,,}"
	is "$(proxies "$sig.$MARK")" 1 "$sig: one proxy while the agent works"
	kill "-$sig" "$pid"
	wait "$pid" 2>/dev/null
	ok "$sig: and none when the supervisor has ended" until_none "$sig.$MARK"
done

# --- a run without its proxy goes on, cut off
agent <<END
curl -sS -o /dev/null http://first.example/
until curl -sS http://127.0.0.1:3128/ 2>&1 | grep -q 'connect'; do sleep 0.05; done
curl -sS -m 20 http://127.0.0.1:$PORT/page >page 2>said
curl -sS -m 20 --noproxy '' http://localhost:$PORT/page >page2 2>>said
exit 0
END
git config agent.sandbox.hosts "gone.$MARK, localhost:$PORT"
git agent issue issue.md --name gone -q --sandbox full >/dev/null 2>&1 &
pid=$!
ok 'a run with its proxy' asked first.example gone
kill -KILL "$(pgrep -f -- "git-agent--proxy [a-z]+ .*gone.$MARK")"
wait "$pid"
is "$(left gone page)$(left gone page2)" '' 'a proxy that is killed takes the way out with it'
ok 'and nothing else' grep -q 'connect' <(left gone said)

# --- without a network namespace: Landlock alone, and nothing at all
agent <<END
curl -sS http://localhost:$PORT/page >plain
curl -sS --proxytunnel http://localhost:$PORT/page >tunnel
git ls-remote http://127.0.0.1:$PORT/git/none.git >/dev/null 2>git-said
curl -sS -m 20 --noproxy '*' http://127.0.0.1:$PORT/page >direct 2>said
curl -sS -m 20 http://elsewhere.example/ >elsewhere
curl -sS -m 20 -o /dev/null -w '%{http_code}' --noproxy '' -x "\$(sed 's|//[^@]*@|//|' <<<"\$HTTP_PROXY")" http://localhost:$PORT/page >no-secret
echo "\$HTTP_PROXY" >variable
exit 0
END
git config agent.secrets.mode off # for the way to the proxy, which has its secret in it
git config agent.sandbox.hosts "form.$MARK, localhost:$PORT, 127.0.0.1:$PORT"
run "$DENY" namespaces -- git agent issue issue.md --name landlock --sandbox partial
is "$(record landlock 'r["sandbox"]')" partial 'Landlock alone: the level' || sed 's/^/# /' "$SCRATCH/err"
is "$(left landlock plain)$(left landlock tunnel)" "contentcontent" 'Landlock alone: the server is reached'
is "$(left landlock direct)" '' 'Landlock alone: but not directly'
ok 'Landlock alone: what is not listed is refused' grep -q '^elsewhere.example:80 is refused' <(left landlock elsewhere)
is "$(left landlock no-secret)" 407 'Landlock alone: nor without the secret'
ok 'Landlock alone: git knows the secret' not grep -qE '407|403|could not read Username' <(left landlock git-said)
ok 'Landlock alone: no secret is in the log, nor on a command line' not grep -q "$(left landlock variable | sed 's/.*:\(.*\)@.*/\1/')" .git/agent/runs/landlock/network.ndjson
exits 0 'none: the run is proposed' git agent issue issue.md --name advice --sandbox none
is "$(left advice plain)$(left advice direct)" "contentcontent" 'none: the server is reached, directly too'
ok 'none: what goes through the proxy is held' grep -q '^elsewhere.example:80 is refused' <(left advice elsewhere)
says "! network: at sandbox level 'none' the proxy is advice" 'none: the report says what that is worth'
ok 'no proxy is left' until_none "$MARK"
is "$(user_state)" "$before" 'the checkout is as it was'

done_testing
