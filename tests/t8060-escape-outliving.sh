#!/bin/bash
# However a run ends, its own end or a signal to the supervisor, SIGKILL too: no process of it goes on, at no level.
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"
export GIT_AGENT_GATE_BASELINE=off
. "$TESTS_DIR/lib-escape.sh"
start_repo repo

DENY=$GIT_AGENT_BUILD/tests/h-deny
MARK=${SCRATCH##*/}-alive

# Each way out of a process's family; a hopper is gone before it can be killed: each generation begets the next and dies.
cat >"$SCRATCH/hopper.py" <<'PYTHON'
import os, sys, time
for i in range(200000):
    if os.fork(): os._exit(0)
    if i % 16 == 0: os.setsid()
    with open('late', 'w'): pass
    if os.path.exists('stop'): os._exit(0)
PYTHON
attacker <<AGENT
(setsid bash -c 'exec -a $MARK-setsid sleep 600' </dev/null >/dev/null 2>&1 &)
(nohup bash -c 'exec -a $MARK-nohup sleep 600' </dev/null >/dev/null 2>&1 &)
(bash -c 'trap "" TERM INT HUP; while :; do sleep 1; done' $MARK-deaf </dev/null >/dev/null 2>&1 &)
(bash -c 'kill -STOP \$\$; :' $MARK-stopped </dev/null >/dev/null 2>&1 &)
"$PYTHON" -c 'import os; os.fork() and os._exit(0); os.setsid(); os.fork() and os._exit(0); os.execvp("sleep", ["$MARK-twice", "600"])' </dev/null >/dev/null 2>&1
cat >hopper.py <<'HOPPER'
$(cat "$SCRATCH/hopper.py")
HOPPER
"$PYTHON" hopper.py $MARK-hopper </dev/null >/dev/null 2>&1 &
until [ -e late ]; do sleep 0.02; done
echo started >started
exec -a $MARK-itself sleep 600
AGENT

# alive: the attacker's processes; the pattern does not match itself.
alive() { grep -la "[${MARK:0:1}]${MARK:1}" /proc/[0-9]*/cmdline 2>/dev/null; }

# gone <tree>: within ten seconds nothing is left, and nothing writes any more.
gone() {
	local i
	for ((i = 0; i < 100; i++)); do [ -n "$(alive)" ] || break; sleep 0.1; done
	[ -z "$(alive)" ] || { alive | xargs cat | tr '\0\n' ' ' | sed 's/^/# alive: /'; return 1; }
	rm -f "$1/late"
	sleep 0.5
	[ ! -e "$1/late" ]
}

# --- the control: a plain shell's children outlive it by far
(victim & wait $!) >/dev/null 2>&1 &
starter=$!
for ((i = 0; i < 200; i++)); do [ ! -e "$SCRATCH/victim/started" ] || break; sleep 0.05; done
disown "$starter"
kill -9 "$starter"
rm -f "$SCRATCH/victim/late"
for ((i = 0; i < 100; i++)); do [ ! -e "$SCRATCH/victim/late" ] || break; sleep 0.05; done
ok 'control: a hopper outlives a plain shell' [ -e "$SCRATCH/victim/late" ]
ok 'control: and so do daemons' [ "$(alive | wc -l)" -ge 5 ]
: >"$SCRATCH/victim/stop"
until rm -f "$SCRATCH/victim/late"; sleep 0.5; [ ! -e "$SCRATCH/victim/late" ]; do :; done
alive | while read -r file; do kill -9 "$(cut -d/ -f3 <<<"$file")" 2>/dev/null; done
ok 'control: taken down' gone "$SCRATCH/victim"

# ends <level> <signal> <command...>: a run at that level whose supervisor gets that signal while its agent works.
ends() {
	local level=$1 signal=$2 name=$1-${2,,}${3:+-${3##*/}${4:+-$4}} tree pid i
	shift 2
	# A shell's background process ignores SIGINT, and what it starts would too.
	"$@" env --default-signal=INT,HUP git agent issue issue.md --name "$name" --sandbox "$level" </dev/null >"$SCRATCH/out" 2>"$SCRATCH/err" &
	for ((i = 0; i < 400; i++)); do
		tree=$(find "$WORK_ROOT" -path "*/$name/tree/started" 2>/dev/null)
		[ -z "$tree" ] || break
		sleep 0.05
	done
	tree=${tree%/started}
	ok "$name: the agent works" [ -n "$tree" ] || sed 's/^/# /' "$SCRATCH/err"
	ok "$name: and all its processes are there" [ "$(alive | wc -l)" -ge 5 ]
	pid=$(record "$name" 'r["owner"]["pid"]')
	kill "-$signal" "$pid"
	wait $! 2>/dev/null
	ok "$name: nothing goes on" gone "$tree"
	run git agent status
	ok "$name: the run is told as ended" grep -q "^interrupted *$name " "$SCRATCH/out" || sed 's/^/# /' "$SCRATCH/out"
	is "$(user_state)" "$before" "$name: nothing of the user's has changed"
	git agent drop "$name" >/dev/null 2>&1
	is "$(find "$WORK_ROOT" -mindepth 2 -maxdepth 2 -name "$name")" '' "$name: and is gone when dropped"
}
levels=(none)
[ "$("$GIT_AGENT_BUILD/tests/u-sandbox-attack" level)" != full ] || levels=(none full)
for signal in INT TERM HUP KILL; do
	for level in "${levels[@]}"; do ends "$level" "$signal"; done
done
if [ "${#levels[@]}" = 2 ]; then
	for form in landlock namespaces; do ends partial KILL "$DENY" "$form" --; done
fi

# --- and at a run's own end
sed -i 's/^exec -a .*-itself.*/exit 0/' "$SCRATCH/attacker"
for level in "${levels[@]}"; do
	exits 0 "end-$level: the run ends well" git agent issue issue.md --name "end-$level" --sandbox "$level"
	ok "end-$level: nothing goes on" gone "$SCRATCH"
done

done_testing
