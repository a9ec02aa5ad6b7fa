#!/bin/bash
# git agent sandbox: exit codes as env(1), descriptors and signals passed through, nothing left behind.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"

SANDBOX=$GIT_AGENT_BUILD/libexec/git-agent/git-agent-sandbox
DENY=$GIT_AGENT_BUILD/tests/h-deny
mkdir -p "$SCRATCH/tmp" "$SCRATCH/here"
export TMPDIR=$SCRATCH/tmp
cd "$SCRATCH/here" || exit 1
full=$("$SANDBOX" --dry-run --json true | json 'r["level"]')
if [ -n "${GIT_AGENT_TEST_REQUIRE_SANDBOX:-}" ]; then
	is "$full" full 'this machine gives all of it'
fi

# until_true <command...>: waits for it, a minute at most.
until_true() {
	local i
	for ((i = 0; i < 3000; i++)); do
		! "$@" 2>/dev/null || return 0
		sleep 0.02
	done
	return 1
}

# --- exit codes
printf '#!/bin/sh\nexit 9\n' >script && chmod +x script
echo 'text' >text
codes() {
	local name=$1
	shift
	exits 0 "$name: true" "$@" -- true
	exits 7 "$name: the command's own" "$@" -- sh -c 'exit 7'
	is "$(cat "$SCRATCH/out" "$SCRATCH/err")" '' "$name: and nothing is said of it"
	exits 129 "$name: even one of ours" "$@" -- sh -c 'exit 129'
	exits 143 "$name: SIGTERM is 128+15" "$@" -- sh -c 'kill -TERM $$'
	exits 137 "$name: SIGKILL is 128+9" "$@" -- sh -c 'kill -KILL $$'
	exits 127 "$name: not found" "$@" -- no-such-command
	says "^error: cannot run 'no-such-command'" "$name: which is said"
	exits 126 "$name: no program" "$@" -- ./text
	exits 126 "$name: a directory" "$@" -- "$SCRATCH/here"
	exits 125 "$name: an unknown option" "$@" --no-such -- true
	exits 125 "$name: a path that is not there" "$@" --read no-such -- true
	exits 125 "$name: no command" "$@"
}
codes 'all layers' "$SANDBOX"
codes 'no layers' "$SANDBOX" --level none
if [ "$full" = full ]; then
	codes 'no namespaces' "$DENY" namespaces -- "$SANDBOX"
	codes 'no Landlock' "$DENY" landlock -- "$SANDBOX"
fi
exits 9 'a script of the working directory' "$SANDBOX" ./script
exits 9 'by git' git agent sandbox ./script
exits 0 'options end at the first word' "$SANDBOX" echo -n --help
is "$(cat "$SCRATCH/out")" --help 'and the rest is the command'"'"'s'
exits 0 'and at --' "$SANDBOX" -- printf '%s\n' -- x
is "$(paste -sd, "$SCRATCH/out")" '--,x' 'once'
exits 129 '-h is usage' "$SANDBOX" -h
exits 125 '--json alone' "$SANDBOX" --json true
exits 125 'a level that is none' "$SANDBOX" --level half true

# --- refused
exits 125 'neither namespaces nor Landlock' "$DENY" namespaces landlock -- "$SANDBOX" true
says "^error: .*'none'.*requires 'partial'.*namespaces: .*Landlock: " 'with the reason'
says '^hint: .*git agent sandbox --level none' 'and what to do'
exits 0 'a person may ask for less' "$DENY" namespaces landlock -- "$SANDBOX" --level none true

# --- descriptors
head -c 300000 /dev/urandom >bytes
"$SANDBOX" cat <bytes >copy
is $? 0 'cat'
ok 'every byte, from and to a file' cmp bytes copy
"$SANDBOX" cat <bytes | cat >copy
ok 'and a pipe' cmp bytes copy
"$SANDBOX" sh -c 'cat >&2' 2>copy <bytes
ok 'and on standard error' cmp bytes copy
is "$(printf 'one\ntwo\n' | { "$SANDBOX" sh -c 'read x; echo $x' && cat; } | paste -sd,)" 'one,two' 'what it does not read stays in the pipe'
"$SANDBOX" sh -c 'echo x; echo code $? >&2' >/dev/full 2>"$SCRATCH/err"
is "$(tail -1 "$SCRATCH/err")" 'code 1' '/dev/full is full'
yes | timeout 60 "$SANDBOX" head -1 >copy
is "$(cat copy)" y 'a reader that goes'
"$SANDBOX" yes 2>"$SCRATCH/err" | head -1 >copy
is "${PIPESTATUS[0]}" 141 'SIGPIPE is 128+13'
is "$("$SANDBOX" sh -c 'cat; ls /proc/self/fd | wc -l; cat /proc/self/fd/7 2>/dev/null' 7<text <&-)" 4 'a closed one is empty, and no other comes along'
exits 0 'closed all' bash -c '"$1" sh -c "echo a; echo b >&2" >&- 2>&- <&-' - "$SANDBOX"

# --- signals
cat >trap.sh <<'END'
for name in HUP INT QUIT TERM ALRM USR1 USR2 CONT WINCH; do trap "echo $name >>got" $name; done
echo $$ >ready
while [ ! -e over ]; do sleep 0.05; done
exit 5
END
passes() {
	local name=$1 pid sig
	shift
	rm -f ready got over
	env --default-signal "$@" --write . sh trap.sh 2>/dev/null & # whoever runs the tests may ignore some
	pid=$!
	until_true [ -s ready ]
	for sig in HUP INT QUIT TERM ALRM USR1 USR2 CONT WINCH; do
		kill -"$sig" "$pid"
		until_true grep -q "$sig" got || break
	done
	is "$(paste -sd' ' got)" 'HUP INT QUIT TERM ALRM USR1 USR2 CONT WINCH' "$name: signals reach the command"
	touch over
	wait "$pid"
	is $? 5 "$name: which goes on as it will"
}
set -m # else the shell has SIGINT ignored in the background
passes 'all layers' "$SANDBOX"
passes 'no layers' "$SANDBOX" --level none
[ "$full" != full ] || passes 'no namespaces' "$DENY" namespaces -- "$SANDBOX"
"$SANDBOX" --write . sh -c 'echo >ready2; sleep 1000' &
until_true [ -e ready2 ]
kill -TERM $!
wait $!
is $? 143 'and end it'
set +m

# As a shell does: a process group of its own, a stop that is waited for, and its end.
cat >stop.py <<'PYTHON'
import os, signal, sys, time
pid = os.fork()
if not pid:
    os.setpgid(0, 0)
    os.execv(sys.argv[1], sys.argv[1:])
while not os.path.exists('ready3'): time.sleep(0.02)
os.kill(pid, signal.SIGTSTP)
status = os.waitpid(pid, os.WUNTRACED)[1]
print(os.WIFSTOPPED(status) and os.WSTOPSIG(status) == signal.SIGTSTP)
open('over3', 'w').close()
time.sleep(0.2)
print(not os.path.exists('went-on'))
os.kill(pid, signal.SIGCONT)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PYTHON
cat >job.py <<'PYTHON'
import os, sys, time
open('ready3', 'w').close()
while not os.path.exists('over3'): time.sleep(0.02)
open('went-on', 'w').close()
os._exit(6)
PYTHON
is "$("$PYTHON" stop.py "$SANDBOX" --write . "$PYTHON" job.py | paste -sd' ')" 'True True 6' 'SIGTSTP stops both, SIGCONT lets both go on'

# --- nothing is left
beat() { # how often `beat` has been written since
	local was
	was=$(cat beat 2>/dev/null)
	sleep 0.3
	[ "$(cat beat 2>/dev/null)" = "$was" ]
}
cat >daemon.sh <<'END'
(setsid sh -c 'trap "" TERM HUP; i=0; while :; do i=$((i+1)); echo $i >beat; sleep 0.02; done' </dev/null >/dev/null 2>&1 &)
while [ ! -s beat ]; do sleep 0.02; done
END
dies() {
	local name=$1
	shift
	rm -f beat
	exits 3 "$name: a command that leaves a daemon" "$@" --write . sh -c '. ./daemon.sh; exit 3'
	ok "$name: its end is the daemon's" beat
	rm -f beat
	"$@" --write . sh -c '. ./daemon.sh; sleep 1000' &
	until_true [ -s beat ]
	kill -KILL $!
	wait $! 2>/dev/null
	ok "$name: SIGKILL takes everything down" until_true beat
}
dies 'all layers' "$SANDBOX"
dies 'no layers' "$SANDBOX" --level none
if [ "$full" = full ]; then
	dies 'no namespaces' "$DENY" namespaces -- "$SANDBOX"
	dies 'no Landlock' "$DENY" landlock -- "$SANDBOX"
fi
rm -rf "$TMPDIR"/git-agent-* # of those that were killed
exits 0 'a home that is not tidy' "$SANDBOX" sh -c 'mkdir -p ~/a/b $TMPDIR/c && touch ~/a/b/c && chmod 0 ~/a/b ~/a'
is "$(find "$TMPDIR" -mindepth 1)" '' 'goes away'
exits 0 'one that is kept' "$SANDBOX" --home kept sh -c 'echo mine >~/file'
is "$(cat kept/file)" mine 'is'
exits 0 'and used again' "$SANDBOX" --home kept sh -c 'grep mine ~/file'

mkdir -p "$HOME/.cache/ccache" && echo kept >"$HOME/.cache/ccache/object"
if [ "$full" = full ] && "$SANDBOX" -n true | grep -q 'ccache.*, changes in'; then
	exits 0 'a cache can be read' "$SANDBOX" sh -c 'grep kept ~/.cache/ccache/object && echo changed >~/.cache/ccache/object && echo new >~/.cache/ccache/new'
	is "$(cat "$HOME/.cache/ccache/object") $(ls "$HOME/.cache/ccache")" 'kept object' 'and what is written to it goes away'
else
	echo '# no copy-on-write here'
fi
is "$(find "$TMPDIR" -mindepth 1)" '' 'nothing of it is left'

# --- limits
exits 0 'the number of processes is limited' "$SANDBOX" sh -c 'ulimit -u; cat /proc/sys/kernel/pid_max'
is "$(head -1 "$SCRATCH/out")" 4096 'for a user'
if [ "$full$(id -u)" = full0 ]; then
	is "$(tail -1 "$SCRATCH/out")" 4096 'and for root'
fi

# --- the network
"$PYTHON" -c '
import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
print(s.getsockname()[1], flush=True)
while True:
    c = s.accept()[0]
    c.recv(1000)
    c.sendall(b"HTTP/1.0 200 OK\r\n\r\nserved")
    c.close()' >port &
server=$!
until_true [ -s port ]
connect="import socket; socket.create_connection(('127.0.0.1', $(cat port)), 20).sendall(b'x')"
exits 0 'open reaches a server' "$SANDBOX" --network open "$PYTHON" -c "$connect"
exits 1 'none does not' "$SANDBOX" "$PYTHON" -c "$connect"
if [ "$full" = full ]; then
	exits 1 'without namespaces neither' "$DENY" namespaces -- "$SANDBOX" "$PYTHON" -c "$connect"
	is "$("$SANDBOX" sh -c 'cut -d: -f1 /proc/net/dev | tail -n +3 | tr -d " "')" lo 'there is loopback and nothing else'
fi
exits 0 'a host that is named' "$SANDBOX" --host "127.0.0.1:$(cat port)" curl -sS --max-time 60 "http://127.0.0.1:$(cat port)/"
is "$(cat "$SCRATCH/out")" served 'is reached'
run "$SANDBOX" --host "example.com:1" curl -sS -f --max-time 60 "http://127.0.0.1:$(cat port)/"
ok 'another is not' [ "$status" != 0 ]
exits 125 '--host with another mode' "$SANDBOX" --network open --host example.com true
exits 125 'a host that is none' "$SANDBOX" --host 'http://x/' true
kill "$server"

# --- an ordinary user
if [ "$(id -u)" = 0 ]; then
	chmod 755 "$SCRATCH"
	mkdir -p "$SCRATCH/user/tmp" && chown -R 65533:65533 "$SCRATCH/user"
	user() { (cd "$SCRATCH/user" && setpriv --reuid=65533 --regid=65533 --clear-groups env HOME="$SCRATCH/user" TMPDIR="$SCRATCH/user/tmp" PATH=/usr/bin:/bin "$@"); }
	# shellcheck disable=SC2086 # words
	for how in "$SANDBOX" "$DENY namespaces -- $SANDBOX" "$DENY landlock -- $SANDBOX" "$SANDBOX --level none"; do
		exits 7 "an ordinary user: ${how##*/}" user $how sh -c 'exit 7'
	done
	exits 1 'an ordinary user reads no more' user "$SANDBOX" cat /etc/shadow
	is "$(find "$SCRATCH/user/tmp" -mindepth 1)" '' 'and leaves nothing'
fi

done_testing
