#!/bin/bash
# The network mode proxy, by an agent in its box: what is on the list is reached, nothing else by any name or way, each host is in
# the run's log, and the report tells of those refused.
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
. "$TESTS_DIR/lib-http.sh"

start_repo repo
mkdir "$SCRATCH/served" && git clone -q --bare "$SCRATCH/repo" "$SCRATCH/served/repo.git"
printf '%s\n' '#!/bin/sh' 'printf "Content-Type: text/plain\r\n\r\ncontent\n"' >"$SCRATCH/served/page" # all is CGI
chmod +x "$SCRATCH/served/page"
serve_http "$SCRATCH/served"
PORT=$HTTP_PORT
git config agent.network proxy

# boxed <run> <hosts> [<command...>]: the standing agent at level full with that list, below the command.
boxed() {
	local name=$1 hosts=$2

	shift 2
	run "$@" git -c agent.sandbox.hosts="$hosts" agent issue issue.md --name "$name" --sandbox full
}
left() { git cat-file blob "agent/$1:$2" 2>/dev/null; }
# log_of <run> <python expression>: of its network.ndjson as a list of lines `r`.
log_of() {
	"$PYTHON" -c 'import json, sys; r = [json.loads(l) for l in open(sys.argv[1])]; print(eval(sys.argv[2]))' \
		".git/agent/runs/$1/network.ndjson" "$2"
}
report_of() { cat ".git/agent/runs/$1/report.md"; }

# --- what is on the list
agent <<END
curl -sS --noproxy '' http://localhost:$PORT/page >plain
curl -sS --noproxy '' --proxytunnel http://localhost:$PORT/page >tunnel
curl -sS http://127.0.0.1:$PORT/page >direct
"$PYTHON" -c 'import urllib.request as u; print(u.urlopen("http://localhost:$PORT/page").read().decode(), end="")' >python
git clone -q http://localhost:$PORT/git/repo.git "\$TMPDIR/c" && git -C "\$TMPDIR/c" rev-parse HEAD >cloned
GIT_SSL_NO_VERIFY=1 git -c http.proxy="\$HTTPS_PROXY" ls-remote http://127.0.0.1:$PORT/git/repo.git HEAD >listed
env | grep -iE '^[a-z_]*proxy=' | sort >variables
END
boxed listed "localhost:$PORT"
is "$status" 0 'the run is proposed' || sed 's/^/# /' "$SCRATCH/err"
for way in plain tunnel direct python; do
	is "$(left listed "$way")" content "$way: the server of this machine is reached"
done
is "$(left listed cloned)" "$(git rev-parse HEAD)" 'git clones from it'
ok 'git goes through the proxy too' grep -q "$(git rev-parse HEAD)" <(left listed listed)
is "$(left listed variables)" "ALL_PROXY=http://127.0.0.1:3128
HTTPS_PROXY=http://127.0.0.1:3128
HTTP_PROXY=http://127.0.0.1:3128
NODE_USE_ENV_PROXY=1
NO_PROXY=localhost,127.0.0.1,::1
all_proxy=http://127.0.0.1:3128
http_proxy=http://127.0.0.1:3128
https_proxy=http://127.0.0.1:3128
no_proxy=localhost,127.0.0.1,::1" 'the variables'
is "$(log_of listed '{(l["host"], l["port"]) for l in r} <= {("localhost", '"$PORT"'), ("127.0.0.1", '"$PORT"')}')" True 'the log names it, and nothing else'
is "$(log_of listed 'sum(l["event"] == "allowed" for l in r) == sum(l["event"] == "ended" for l in r)')" True 'each connection has an end in the log'
ok 'and how much went' test "$(log_of listed 'min(l["received"] for l in r if l["event"] == "ended")')" -ge 8
ok 'the report says that none was refused' grep -q '^- network: . hosts* asked for, none refused$' <(report_of listed)

# --- what is not: by any name or way
agent <<END
try() { local name=\$1; shift; "\$@" >out 2>&1 && cat out >>"got-\$name"; cat out >>said; }
export http_proxy HTTPS_PROXY
for host in localhost 127.0.0.1 127.0.0.2 0.0.0.0 '[::1]' '[::ffff:127.0.0.1]' '[::]' 127.1 2130706433 0x7f000001 0177.0.0.1 localhost. \
	10.0.0.1 192.168.1.1 169.254.169.254 user@localhost 'localhost%2e' example.com; do
	try plain curl -sS -m 20 -f --noproxy '' "http://\$host:$PORT/page"
	try tunnel curl -sS -m 20 -f --noproxy '' --proxytunnel "http://\$host:$PORT/page"
	try direct curl -sS -m 20 -f --noproxy '*' "http://\$host:$PORT/page"
done
for method in 'GET /page' 'GET https://localhost:$PORT/page' 'CONNECT localhost' 'CONNECT /' 'GET http://example.com@localhost:$PORT/page'; do
	exec 3<>/dev/tcp/127.0.0.1/3128
	printf '%s HTTP/1.1\r\nHost: localhost:$PORT\r\n\r\n' "\$method" >&3
	timeout 20 head -1 <&3 >>answers
	exec 3>&-
done
try dns getent hosts example.com
echo x | try udp timeout 5 bash -c 'echo x >/dev/udp/127.0.0.1/$PORT'
rm -f out
END
boxed refused "example.org,localhost:$((PORT == 65535 ? 1024 : PORT + 1))"
is "$status" 0 'the run is proposed' || sed 's/^/# /' "$SCRATCH/err"
for way in plain tunnel direct dns; do
	is "$(left refused "got-$way")" '' "$way: nothing is reached"
done
is "$(left refused answers | grep -vc '^HTTP/1.1 4')" 0 'what is no request to a proxy is refused'
is "$(log_of refused '[l for l in r if l["event"] != "refused"]')" '[]' 'the log has refusals alone'
for host in localhost 127.0.0.1 127.0.0.2 ::1 169.254.169.254 example.com; do
	ok "the log names $host" test "$(log_of refused "sum(l['host'] == '$host' for l in r)")" -ge 1
done
is "$(log_of refused 'sorted({l["reason"] for l in r})')" "['bad_request', 'not_listed']" 'and why'
ok 'the report lists them, how often' grep -qE "^- refused example.com:$PORT 2 times\$" <(report_of refused)
ok 'and the key that lets one through' grep -qE "^- to let one through: hosts = localhost:$PORT under \[sandbox\] in .gitagent\$" <(report_of refused)
ok 'as does the end of the run' grep -qE "^  refused example.com:$PORT 2 times\$" "$SCRATCH/out"
exits 0 'and the log of the run' git agent log refused
says "^refused example.com:$PORT 2 times\$" 'lists them'

# --- names that lead where none may go, by the resolver of the machine
printf '%s\n' '127.0.0.1 localhost rebind.test' '10.0.0.1 private.test' '169.254.169.254 metadata.test' '::1 six.test' \
	'::ffff:127.0.0.1 mapped.test' '127.0.0.1 named.test' >"$SCRATCH/hosts"
agent <<END
for host in rebind private metadata six mapped named; do
	curl -sS -f -m 20 "http://\$host.test:$PORT/page" >"\$host" 2>said || :
done
END
export HOSTS=$SCRATCH/hosts
boxed resolved "*.test:$PORT" unshare -rm sh -c 'mount --bind "$HOSTS" /etc/hosts && exec "$@"' sh
is "$status" 0 'the run is proposed' || sed 's/^/# /' "$SCRATCH/err"
for host in rebind private metadata six mapped named; do
	is "$(left resolved "$host")" '' "$host: not reached"
done
is "$(log_of resolved '[(l["host"].split(".")[0], l["event"], l["reason"]) for l in r]')" \
	"[('rebind', 'refused', 'loopback'), ('private', 'refused', 'private'), ('metadata', 'refused', 'metadata'), ('six', 'refused', 'loopback'), ('mapped', 'refused', 'loopback'), ('named', 'refused', 'loopback')]" \
	'each by what its address is'
ok 'the report says that' grep -qE "refused metadata.test:$PORT once: its address is not public \(metadata\)" <(report_of resolved)
boxed named "named.test:$PORT, 127.0.0.1:$PORT" unshare -rm sh -c 'mount --bind "$HOSTS" /etc/hosts && exec "$@"' sh
is "$(left named named)" content 'a name is let through to an address that the list names itself'
is "$(left named rebind)" '' 'and another name is not'

# --- stages and setup have the policy's list, and not the agent's
agent <<'END'
echo x >x
END
printf '[sandbox]\nhosts = localhost:%s\n[worktree]\nsetup = curl -sSf http://localhost:%s/page >>"$HOME/../setup" || :\nsetup.network = proxy\n' "$PORT" "$PORT" >.gitagent
printf '[gate "net"]\nrun = curl -sS http://localhost:%s/page; curl -sS http://stage.example/; curl -sS http://setup.example/\nnetwork = proxy\n[gate "closed"]\nrun = ! curl -sSf http://localhost:%s/page\n' "$PORT" "$PORT" >>.gitagent
git add .gitagent && git commit -qm policy -- .gitagent
exits 4 'hosts are a matter of trust' git agent issue issue.md --name untrusted --sandbox full
run git agent trust --yes
says "hosts: localhost:$PORT" 'which names them'
says 'gate net network: proxy' 'and the stage that has them'
run git agent issue issue.md --name staged --sandbox full
is "$status" 0 'stages: the run is proposed' || sed 's/^/# /' "$SCRATCH/out" "$SCRATCH/err"
ok 'a stage reaches what is on the list' grep -q '^content' .git/agent/runs/staged/gate-1/net.log
is "$(log_of staged 'sorted({(l["for"], l["host"], l["event"]) for l in r if l["event"] != "ended"})')" \
	"[('gate', 'localhost', 'allowed'), ('gate', 'setup.example', 'refused'), ('gate', 'stage.example', 'refused')]" \
	'setup and stages are in the log'
exits 0 'the gate by itself' git -c agent.sandbox.require=full agent gate --no-cache
says '^refused stage.example:80 once$' 'tells of what it refused'

# --- an agent that fails gets the key that mends it
agent <<'END'
curl -sSf https://api.example.com/ || exit 7
END
run git agent issue issue.md --name failing --sandbox full
is "$status" 3 'an agent that is refused its model fails'
says '^hint: the proxy refused api.example.com: hosts = api.example.com under \[sandbox\] in .gitagent$' 'and the hint names the key'

# --- a list that cannot be is an error of the policy
for bad in '*' 'https://example.com' localhost 10.0.0.1 'a b' 'example.com:0'; do
	run git -c agent.sandbox.hosts="$bad" agent issue issue.md --name bad
	hinted_or_not=$(grep -cE "^fatal: .*sandbox.hosts: expected " "$SCRATCH/err")
	is "$status $hinted_or_not" '128 1' "no list: '$bad'" || sed 's/^/# /' "$SCRATCH/err"
done

# --- a preset is held to its hosts, and a command is not
git config --unset agent.network
mkdir "$SCRATCH/bin" && printf '#!/bin/sh\nexit 0\n' >"$SCRATCH/bin/claude" && chmod +x "$SCRATCH/bin/claude"
PATH=$SCRATCH/bin:$PATH exits 0 'a preset' git agent issue issue.md --agent claude --dry-run --sandbox full
says '^network: proxy$' 'goes through the proxy'
says '^host: api.anthropic.com$' 'to its hosts'
says "^host: localhost:$PORT\$" "and the policy's"
exits 0 'a command' git agent issue issue.md --dry-run --sandbox full
says '^network: open$' 'has what the machine has'

done_testing
