# shellcheck shell=bash disable=SC2034,SC2154,SC2016
# lib-escape-box.sh: a table of attacks on the box, by the agent, or with WHERE=gate by a stage `bash net.sh`. `attack <name> <snippet> <seen> [optional|none-too]`: the snippet is run by the
# agent, its output is its loot; <seen> is run outside afterwards and succeeds if the attack did. optional: where the machine
# itself forbids it at level none, that is said, and it counts as no attack. none-too: even level none withstands it.

NICE=$(nice) # nobody can take it back: another one for each level
[ "$NICE" -gt 6 ] || NICE=6
ATTACKS=() SNIPPETS=() SEEN=() NEEDS=() WORKED=()

attack() {
	ATTACKS+=("$1") SNIPPETS+=("$2") SEEN+=("$3") NEEDS+=("${4-}")
}

# What attacks aim at; each is taken down at the end.
start_victims() {
	export H=$HOME UNIQUE=git-agent-test-$$ KEY=$((0x6a000000 + $$)) OUTSIDE_TMP=$SCRATCH/outside-tmp SERVED=$SCRATCH/heard
	local secret
	export SOCKETS=/tmp/ssh-$UNIQUE/agent.1:/tmp/tmux-$UNIQUE/default:$H/.docker/run/docker.sock:$H/.gnupg/S.gpg-agent:/dev/shm/bus-$UNIQUE
	for secret in .ssh/id_rsa .netrc .git-credentials .aws/credentials .config/gh/hosts.yml .bash_history .gnupg/secring .docker/config.json .kube/config .npmrc .pgpass; do
		mkdir -p "$(dirname "$H/$secret")" && echo "SECRET-$secret" >"$H/$secret"
	done
	mkdir -p "$OUTSIDE_TMP" "$SCRATCH/bin"
	cat >"$SCRATCH/server.py" <<-'PYTHON'
		import os, socket, sys, threading
		def serve(s, stream):
		    while True:
		        try:
		            data = (s.accept()[0] if stream else s).recv(100)
		        except OSError:
		            continue
		        with open(os.environ['SERVED'], 'ab') as f:
		            f.write(data + b'\n')
		def listen(family, kind, address):
		    try:
		        s = socket.socket(family, kind)
		        s.bind(address)
		        if kind == socket.SOCK_STREAM: s.listen()
		    except OSError:
		        return 0
		    threading.Thread(target=serve, args=(s, kind == socket.SOCK_STREAM), daemon=True).start()
		    return s.getsockname()[1] if family != socket.AF_UNIX else 0
		listen(socket.AF_UNIX, socket.SOCK_STREAM, os.environ['SCRATCH'] + '/sock')
		listen(socket.AF_UNIX, socket.SOCK_STREAM, '\0' + os.environ['UNIQUE'])
		listen(socket.AF_UNIX, socket.SOCK_STREAM, '\0/tmp/dbus-' + os.environ['UNIQUE'])
		for path in os.environ['SOCKETS'].split(':'):
		    os.makedirs(os.path.dirname(path), exist_ok=True)
		    listen(socket.AF_UNIX, socket.SOCK_STREAM, path)
		ports = [listen(socket.AF_INET, socket.SOCK_STREAM, ('127.0.0.1', 0)), listen(socket.AF_INET, socket.SOCK_DGRAM, ('127.0.0.1', 0)),
		         listen(socket.AF_INET6, socket.SOCK_STREAM, ('::1', 0))]
		import ctypes
		memory = ctypes.create_string_buffer(b'SECRET-memory')
		ctypes.CDLL(None).prctl(0x59616d61, ctypes.c_ulong(-1), 0, 0, 0)
		with open(os.environ['SCRATCH'] + '/served.tmp', 'w') as f:
		    print(ctypes.addressof(memory), *ports, file=f)
		os.rename(os.environ['SCRATCH'] + '/served.tmp', os.environ['SCRATCH'] + '/served')
		threading.Event().wait()
	PYTHON
	cat >"$SCRATCH/vm.py" <<-'PYTHON'
		import ctypes, os, sys
		pid, address = int(os.environ['VICTIM']), int(os.environ['ADDRESS'])
		if sys.argv[1] == 'mem':
		    with open(f'/proc/{pid}/mem', 'rb', 0) as f:
		        f.seek(address)
		        print(f.read(13).decode())
		else:
		    class iovec(ctypes.Structure):
		        _fields_ = [('base', ctypes.c_void_p), ('len', ctypes.c_size_t)]
		    into = ctypes.create_string_buffer(13)
		    mine, theirs = iovec(ctypes.addressof(into), 13), iovec(address, 13)
		    ctypes.CDLL(None).process_vm_readv(pid, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)
		    print(into.raw.decode(errors='replace'))
	PYTHON
	: >"$SERVED"
	"$PYTHON" "$SCRATCH/server.py" VICTIM-COMMAND-LINE </dev/null >/dev/null 2>&1 &
	VICTIM=$!
	sleep 600 &
	DOOMED=$!
	disown
	for ((i = 0; i < 500; i++)); do [ ! -e "$SCRATCH/served" ] || break; sleep 0.02; done
	read -r ADDRESS TCP UDP TCP6 <"$SCRATCH/served"
	export VICTIM DOOMED ADDRESS TCP UDP TCP6 PYTHON
	trap 'code=$?; kill $VICTIM $DOOMED 2>/dev/null; ipcrm -Q "$KEY" 2>/dev/null; drop_queue; rm -rf "/dev/shm/$UNIQUE" "/dev/shm/bus-$UNIQUE" "/tmp/ssh-$UNIQUE" "/tmp/tmux-$UNIQUE"; chmod -R u+rwX "$SCRATCH" 2>/dev/null; rm -rf "$SCRATCH"; exit $code' EXIT
	echo SECRET-fd >"$SCRATCH/fd" && exec 9<"$SCRATCH/fd"
	export SSH_AUTH_SOCK=/tmp/ssh-$UNIQUE/agent.1 DBUS_SESSION_BUS_ADDRESS=unix:abstract=/tmp/dbus-$UNIQUE TMUX=/tmp/tmux-$UNIQUE/default,1,0
	export WORK_ROOT=$SCRATCH/work
	mkdir -p "$WORK_ROOT/other-run/tree" && echo SECRET-other-run >"$WORK_ROOT/other-run/tree/theirs"
}

# target <dir>: a repository with everything the attacks aim at.
target() {
	make_repo "$1"
	write_brief
	[ "${WHERE-agent}" = agent ] || printf '[gate "tests"]\nrun = bash net.sh\n' >.gitagent
	commit_all brief
	git config agent.secrets.mode off # what is looted is full of them
	git remote add origin 'https://user:token-in-url@localhost/x.git'
	base=$(git rev-parse main)
	for name in doomed unlinked guarded; do git branch "$name"; done
	git update-ref refs/agent/base/pinned HEAD
	for name in doomed changed unreachable; do git hash-object -w --stdin <<<"$name" >/dev/null; done
	for name in doomed changed; do git tag "blob-$name" "$(git hash-object --stdin <<<"$name")"; done
	mkdir -p .git/hooks .git/info .git/logs && echo readme >.git/hooks/README && : >.git/info/linked && git agent trust --yes >/dev/null 2>&1
	for name in other dropped; do
		mkdir -p ".git/agent/runs/$name" && echo "{\"version\":1,\"id\":\"$name\",\"kind\":\"issue\",\"state\":\"rejected\"}" >".git/agent/runs/$name/run.json"
	done
}

ref() { git -C "$R" show-ref -q --verify "refs/heads/$1"; }
heard() { sleep 0.1; grep -q "^$1\$" "$SERVED"; }
# loot <attack>: what it printed: in the proposal, or where the run was refused, in what is kept of it.
loot() { git -C "$SCRATCH/repo" cat-file blob "agent/$level:loot/$1" 2>/dev/null || cat "$WORK_ROOT"/repo-*/"$level/tree/loot/$1"; }
looted() { loot "$1" 2>/dev/null | grep -aq -- "$2"; }
passed() { TAP=$((TAP + 1)); echo "ok $TAP - $1"; }

# Writes the agent: each attack in a shell of its own, its output kept as loot.
write_attacker() {
	local i
	{
		[ "${WHERE-agent}" = agent ] || echo "echo x >>x; cat >net.sh <<'NET'"
		echo 'mkdir -p loot'
		for name in H R NICE UNIQUE KEY OUTSIDE_TMP VICTIM DOOMED ADDRESS TCP UDP TCP6 PYTHON SCRATCH WORK_ROOT; do
			printf 'export %s=%q\n' "$name" "${!name}"
		done
		for ((i = 0; i < ${#ATTACKS[@]}; i++)); do
			printf 'X=%q timeout -k 1 10 bash -c %q >loot/%q 2>loot-errors </dev/null\n' "${ATTACKS[i]}" "${SNIPPETS[i]}" "${ATTACKS[i]}"
		done
		echo 'rm -rf loot-errors; exit 0'
		[ "${WHERE-agent}" = agent ] || echo NET
	} | attacker
	sed -i 's/^export X=/X=/; s/^X=\([^ ]*\) timeout/export X=\1; timeout/' "$SCRATCH/attacker"
}

# level_run <run> <level> <exit> [<command>...]: the agent at that level, its machine that of the command.
level_run() {
	local wanted=$2 code=$3

	level=$1
	shift 3
	NICE=$((NICE + 1))
	write_attacker
	(cd "$SCRATCH/repo" && "$@" git -c agent.workRoot="$WORK_ROOT" agent issue issue.md --name "$level" --sandbox "$wanted" --trust) >"$SCRATCH/out" 2>"$SCRATCH/err" </dev/null
	is $? "$code" "$level: exit $code" || sed 's/^/# /' "$SCRATCH/out" "$SCRATCH/err"
	is "$(record_of "$level" 'r["sandbox"]')" "$wanted" "$level: and that is the level it ran at"
}

record_of() { json "$2" <"$SCRATCH/repo/.git/agent/runs/$1/run.json"; }

# try_control: at level none each works. Against the run's own repository it would be refused: these have a copy of it.
try_control() {
	local i

	base=$(git -C "$SCRATCH/repo" rev-parse main)
	export R=$SCRATCH/copy
	level_run control none 0
	for ((i = 0; i < ${#ATTACKS[@]}; i++)); do
		WORKED[i]=yes
		if (eval "${SEEN[i]}") >/dev/null 2>&1; then
			passed "control: ${ATTACKS[i]} works at level none"
		elif [ "${NEEDS[i]}" = optional ]; then
			WORKED[i]=no
			passed "control: ${ATTACKS[i]} # SKIP this machine forbids it to anybody"
		elif [ "${NEEDS[i]}" != none-too ]; then
			ok "control: ${ATTACKS[i]} works at level none" false
		fi
	done
	repair
	export R=$SCRATCH/repo
}

# try_held <run> <level> [<command>...]: and at that level, on the machine the command makes, none does but those in NOT_HELD.
try_held() {
	local run=$1 level=$2 i
	local all=("${SNIPPETS[@]}")

	shift 2
	for ((i = 0; i < ${#ATTACKS[@]}; i++)); do
		! is_listed "${ATTACKS[i]}" || SNIPPETS[i]=:
	done
	level_run "$run" "$level" 0 "$@"
	for ((i = 0; i < ${#ATTACKS[@]}; i++)); do
		if [ "${WORKED[i]}" = no ] || [ "${SNIPPETS[i]}" = : ]; then continue; fi
		if (eval "${SEEN[i]}") >"$SCRATCH/seen" 2>&1; then
			ok "$run: ${ATTACKS[i]} is held" false || loot "${ATTACKS[i]}" 2>/dev/null | head -5 | sed 's/^/# /'
		else
			passed "$run: ${ATTACKS[i]} is held"
		fi
	done
	SNIPPETS=("${all[@]}")
}

# NOT_HELD: attacks a level is known not to hold; empty unless a test says so.
NOT_HELD=()
is_listed() {
	local name

	for name in "${NOT_HELD[@]}"; do [ "$name" != "$1" ] || return 0; done
	return 1
}

# run_attacks <level>: the control, then the same for real. With ESCAPE_LIST the attacks' names, and no more.
run_attacks() {
	[ -z "${ESCAPE_LIST:-}" ] || { printf '%s\n' "${ATTACKS[@]}"; exit; }
	(target "$SCRATCH/copy") && (target "$SCRATCH/repo")
	try_control
	try_held "$1" "$1"
}

drop_queue() { "$PYTHON" -c 'import ctypes, os; ctypes.CDLL(None).mq_unlink(("/" + os.environ["UNIQUE"]).encode())'; }

# What the control has broken outside of its copy.
repair() {
	: >"$SERVED"
	echo SECRET-.pgpass >"$H/.pgpass"
	rm -rf "$H/.bashrc" "$H/.ssh/authorized_keys" "$H/.profile" "$H/.config/git" "$H/.local/bin" "$H/.config/autostart" "$H/.cargo" "${OUTSIDE_TMP:?}"/* "${SCRATCH:?}"/bin/* "/dev/shm/$UNIQUE" \
		"$WORK_ROOT/other-run/tree/other-run"
	sed -i '/evil-line/d' "$H/.gitconfig"
	ipcrm -Q "$KEY" 2>/dev/null
	drop_queue
	prlimit --pid "$VICTIM" --nofile=1024: 2>/dev/null || :
	kill -0 "$DOOMED" 2>/dev/null || { sleep 600 & DOOMED=$!; disown; export DOOMED; }
}
