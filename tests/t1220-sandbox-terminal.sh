#!/bin/bash
# git agent sandbox at a terminal, a real one of tmux: job control inside and outside, editors, pagers, size, background,
# pipelines, and settings restored; at every level. TIOCSTI reaches no terminal but its own.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"

DENY=$GIT_AGENT_BUILD/tests/h-deny
for tool in tmux less vim; do
	command -v "$tool" >/dev/null || {
		ok "the package $tool is installed (make deps)" false
		done_testing
		exit 1
	}
done
mkdir -p "$SCRATCH/tmp" "$SCRATCH/bin"
export TMPDIR=$SCRATCH/tmp
T="tmux -S $SCRATCH/tmux -f /dev/null"
trap 'code=$?; $T kill-server 2>/dev/null; chmod -R u+rwX "$SCRATCH" 2>/dev/null; rm -rf "$SCRATCH"; exit $code' EXIT
make_repo "$SCRATCH/repo"
cat >"$SCRATCH/rc" <<END
PS1='OUT> '
PYTHON=$PYTHON
PROMPT_COMMAND=
unset HISTFILE
END
# A key typed before a shell has given the terminal away is the shell's: what is continued says so.
cat >job.py <<'END'
import signal, time
signal.signal(signal.SIGCONT, lambda *_: print('continued', flush=True))
print('started', flush=True)
while True: time.sleep(1)
END
TERM=xterm-256color $T new-session -d -x 100 -y 30 "bash --rcfile $SCRATCH/rc -i"

keys() { $T send-keys "$@"; }
screen() { $T capture-pane -p -J; }

# sees <extended regex> <name>: it appears on the screen, within a minute.
sees() {
	local i

	for ((i = 0; i < 600; i++)); do
		if screen | grep -qE -e "$1"; then
			ok "$2" true
			return
		fi
		[ -z "${NUDGE-}" ] || keys Enter
		sleep 0.1
	done
	ok "$2" false
	screen | grep -v '^$' | sed 's/^/# screen: /'
}

types() { keys "$1" Enter; }
# prompted <name>: the shell has a prompt again; what is typed before goes to the command that ends.
prompted() { sees '^OUT> $' "$1: a prompt"; }

# clean <name>: an empty screen with a prompt, whatever there was.
clean() {
	types 'clear; echo CLE''AN'
	sees '^CLEAN' "$1: a prompt again"
	types clear
}

terminal() {
	local name=$1 box=$2
	printf '#!/bin/sh\nexec %s --env PS1 --env X "$@"\n' "$box" >"$SCRATCH/bin/box" && chmod +x "$SCRATCH/bin/box"

	clean "$name"
	types 'stty -a | tail -n +2 >before; box $PYTHON job.py'
	sees '^started' "$name: a command runs"
	keys C-z
	sees '\[1\]\+ .*Stopped' "$name: control-Z stops it, and the shell sees that"
	types 'stty -a | tail -n +2 | cmp - before && echo same sett''ings'
	sees '^same settings' "$name: the shell has its settings"
	types clear
	types fg
	sees 'continued' "$name: fg"
	keys C-c
	sees 'OUT> $' "$name: control-C"
	types 'echo code $?'
	sees '^code 130' "$name: ends it"

	clean "$name"
	types "PS1='IN> ' box bash --norc --noprofile -i"
	sees '^IN> ' "$name: an interactive bash"
	types "$PYTHON job.py"
	sees '^started' "$name: with a job"
	keys C-z
	sees 'Stopped .*job.py' "$name: which stops"
	types 'bg; jobs'
	sees 'Running .*job.py' "$name: goes on behind"
	sees 'continued' "$name: and says so"
	types 'kill -STOP %1; clear'
	types fg
	sees 'continued' "$name: comes to the front"
	keys C-c
	sees 'IN> $' "$name: control-C"
	types 'echo inner $? $-'
	sees '^inner 130 .*m' "$name: and ends, while bash goes on with job control"
	types 'stty size'
	sees '^30 100' "$name: the size"
	types 'stty -echo -icanon; exit 3'
	prompted "$name: the inner bash ends"
	types 'echo outer $?'
	sees '^outer 3' "$name: the end of it"
	types 'stty -a | tail -n +2 | cmp - before && echo same again'
	sees '^same again' "$name: settings are restored"

	clean "$name"
	types 'box tty'
	sees '^/dev/(console|pts/)' "$name: the terminal has a name"
	types "sh -c 'box sleep 0.3 & box sleep 0.1; wait; echo done both'"
	sees '^done both' "$name: two of a script side by side"
	types 'stty -a | tail -n +2 | cmp - before && echo same for both'
	sees '^same for both' "$name: leave the settings as they were"

	clean "$name"
	echo 'first line' >edited
	types 'box vim -u NONE -n edited'
	sees 'first line' "$name: vim"
	keys 'Ochanged' Escape ':wq' Enter
	prompted "$name: vim ends"
	types 'cat edited'
	sees '^changed' "$name: writes"

	clean "$name"
	types 'seq 1 100 | box less'
	sees '^1$' "$name: less at the end of a pipe"
	keys G
	sees '^100$' "$name: reads keys"
	keys q
	prompted "$name: less ends"
	types 'echo gone $?'
	sees '^gone 0' "$name: and ends"
	clean "$name"
	types 'box seq 1 100 | less'
	sees '^1$' "$name: another reader of the terminal"
	keys G
	sees '^100$' "$name: gets its keys"
	keys q
	prompted "$name: less ends"

	clean "$name"
	types "box sh -c 'until [ -e go ]; do sleep 0.1; done; read x; echo got \$x' &"
	types 'echo in the fr''ont; touch go'
	sees '^in the front' "$name: in the background it leaves the terminal alone"
	NUDGE=yes sees 'Stopped' "$name: until it wants to read"
	types fg
	types word
	sees '^got word' "$name: and reads"
	rm -f go
}

PATH=$SCRATCH/bin:$PATH
types "PATH=$SCRATCH/bin:\$PATH"
SANDBOX=$GIT_AGENT_BUILD/libexec/git-agent/git-agent-sandbox
full=$("$SANDBOX" --dry-run --json true | json 'r["level"]')
if [ -n "${GIT_AGENT_TEST_REQUIRE_SANDBOX:-}" ]; then
	is "$full" full 'this machine gives all of it'
fi
terminal 'all layers' "$SANDBOX"
terminal 'no layers' "$SANDBOX --level none"
if [ "$full" = full ]; then
	terminal 'no namespaces' "$DENY namespaces -- $SANDBOX"
fi

# --- the size
clean size
types "$SANDBOX --env PS1 bash --norc --noprofile -i"
types 'echo si''ze; stty size'
sees '^30 100' 'the size of the terminal'
$T resize-window -x 90 -y 25
types 'until stty size | grep "25 90"; do sleep 0.1; done'
sees '^25 90' 'and when it changes'
types exit
prompted size

# --- by git itself
clean git
types 'git agent sandbox $PYTHON job.py'
sees '^started' 'git: runs'
keys C-z
sees 'Stopped' 'git: is stopped with it'
types fg
sees 'continued' 'git: fg'
keys C-c
sees 'OUT> $' 'git: control-C'
types 'echo code $?'
sees '^code 130' 'git: and ends'

# --- what is typed for others
cat >"$SCRATCH/repo/push.py" <<'END'
import fcntl, sys, termios
for fd in (0, 1, 2):
    for c in b'touch pushed\n':
        try: fcntl.ioctl(fd, termios.TIOCSTI, bytes([c]))
        except OSError as e: print('refused', e.errno)
print('tried')
END
for box in "$SANDBOX" "$SANDBOX --level none"; do
	clean push
	types "$box $PYTHON push.py"
	sees '^tried' "${box##*/}: TIOCSTI is tried"
	prompted "${box##*/}"
	types 'echo then'
	sees '^then' 'the shell reads on'
	ok 'and read nothing that was pushed' [ ! -e pushed ]
done

# --- the terminal goes away
cat >hang.sh <<'END'
trap 'echo hup >hup; exit' HUP
echo >up
while :; do sleep 0.1; done
END
$T respawn-pane -k -c "$SCRATCH/repo" "$SANDBOX sh hang.sh"
for ((i = 0; i < 600; i++)); do [ ! -e up ] || break; sleep 0.1; done
$T kill-server
for ((i = 0; i < 600; i++)); do [ ! -s hup ] || break; sleep 0.1; done
is "$(cat hup)" hup 'a hangup reaches the command'
for ((i = 0; i < 600; i++)); do [ -n "$(find "$TMPDIR" -mindepth 1)" ] || break; sleep 0.1; done
is "$(find "$TMPDIR" -mindepth 1)" '' 'and everything is tidied'

done_testing
