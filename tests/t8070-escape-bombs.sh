#!/bin/bash
# Resource bombs of an agent: each ends with its run, says why, leaves the machine and the user's repository as they were, and
# can be dropped. The limits are set low, so that a test can afford them.
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"
export GIT_AGENT_GATE_BASELINE=off
. "$TESTS_DIR/lib-escape.sh"
start_repo repo
level=none
[ "$("$GIT_AGENT_BUILD/tests/u-sandbox-attack" level)" != full ] || level=full

# bomb <run> <exit code> <state> <git -c option>...: the attacker, under these limits.
bomb() {
	local name=$1 code=$2 state=$3 everything_before
	shift 3
	everything_before=$(everything)
	run git "$@" agent issue issue.md --name "$name" --sandbox "$level"
	is "$status" "$code" "$name: exit $code" || sed 's/^/# /' "$SCRATCH/err"
	held "$name" "$state" "$everything_before"
	ok "$name: told in one line" [ "$(grep -cE '^(error|fatal): ' "$SCRATCH/err")" = "$([ "$code" = 0 ] && echo 0 || echo 1)" ]
}
# dropped <run>: it leaves nothing.
dropped() {
	exits 0 "$1: can be dropped" git agent drop "$1" --branch
	is "$(find "$WORK_ROOT" -mindepth 2 -maxdepth 2 -name "$1")" '' "$1: and is gone"
}

# --- processes: the bomb is held to so many, and the run goes on
attacker <<'AGENT'
"$PYTHON" - <<'PYTHON'
import os, signal, time
made = 0
for i in range(700):
    try: pid = os.fork()
    except OSError: break
    if pid == 0:
        signal.pause()
    made += 1
print(made, file=open('made', 'w'))
os.killpg(0, signal.SIGKILL)
PYTHON
exit 0
AGENT
sed -i 's/^"$PYTHON" -/setsid "$PYTHON" -/' "$SCRATCH/attacker"
(victim)
is "$(cat "$SCRATCH/victim/made")" 700 'control: forks are not limited outside'
if [ "$level" = full ]; then
	bomb forks 0 proposed -c agent.limits.processes=400
	ok 'forks: so many and no more' [ "$(git show agent/forks:made)" -lt 400 ]
fi

# --- one large file, and one that is large by name alone
attacker <<'AGENT'
trap '' XFSZ
dd if=/dev/zero of=large bs=1M count=20 status=none
truncate -s 100G sparse
ls -l large sparse | awk '{print $5}' >sizes; rm -f large sparse
AGENT
(victim)
is "$(tr '\n' ' ' <"$SCRATCH/victim/sizes")" "$((20 << 20)) $((100 << 30)) " 'control: files are not limited outside'
if [ "$level" = full ]; then
	bomb files 0 proposed -c agent.limits.fileSize=8m
	is "$(git show agent/files:sizes | tr '\n' ' ')" "$((8 << 20)) 0 " 'files: none is larger than its limit'
	dropped files
fi

# --- memory
attacker <<'AGENT'
"$PYTHON" -c 'x = bytearray(600 << 20); print(len(x))' >got 2>/dev/null; echo $? >end
AGENT
(victim)
is "$(cat "$SCRATCH/victim/end")" 0 'control: memory is not limited outside'
if [ "$level" = full ]; then
	bomb memory 0 proposed -c agent.limits.memory=300m
	ok 'memory: it is refused' [ "$(git show agent/memory:end)" != 0 ]
fi

# --- output: a flood ends the pass
attacker <<'AGENT'
echo x >x; exec yes flood
AGENT
bomb output 3 failed -c agent.limits.output=1m
is "$(error_of output)" output_limit 'output: that is why'
ok 'output: its log is no larger' [ "$(stat -c %s .git/agent/runs/output/agent-1.log)" -lt $((2 << 20)) ]
dropped output

# --- silence, and no end
attacker <<'AGENT'
echo x >x; exec sleep 600
AGENT
bomb silent 3 failed -c agent.limits.idle=1s
is "$(error_of silent)" stalled 'silent: that is why'
attacker <<'AGENT'
echo x >x; while :; do echo tick; sleep 0.1; done
AGENT
bomb endless 3 failed -c agent.limits.wall=2s
is "$(error_of endless)" timed_out 'endless: that is why'

# --- files without number, directories without end, names without sense
attacker <<'AGENT'
"$PYTHON" - <<'PYTHON'
import os
for d in range(20):
    os.mkdir(f'many-{d}')
    for f in range(500): open(f'many-{d}/{f}', 'w').close()
here = os.open('.', os.O_RDONLY)
for i in range(3000):
    os.mkdir('d' * 200); os.chdir('d' * 200)
open('bottom', 'w').close()
os.fchdir(here)
os.mkdir('locked')
for i in range(100):
    os.mkdir(f'locked/{i}'); open(f'locked/{i}/f', 'w').close(); os.chmod(f'locked/{i}', 0)
os.chmod('locked', 0)
for i in range(200): os.mkfifo(f'pipe-{i}')
PYTHON
AGENT
before_bomb=$(everything)
run git agent issue issue.md --name many --sandbox "$level"
held many "$(record many 'r["state"]')" "$before_bomb"
ok 'many: proposed or refused' grep -qx '0\|4' <<<"$status"
dropped many

# --- links that a file system has no room for, extended attributes, holes in everything
attacker <<'AGENT'
"$PYTHON" - <<'PYTHON'
import os
open('one', 'w').write('x')
for i in range(2000): os.link('one', f'link-{i}')
for i in range(200):
    try: os.setxattr('one', f'user.{i}', b'x' * 1000)
    except OSError: break
for i in range(40): os.symlink(f'loop-{(i + 1) % 40}', f'loop-{i}')
PYTHON
AGENT
bomb links 0 proposed
is "$(git diff --name-only main agent/links | wc -l)" 2041 'links: each of them is in it'
dropped links

# --- paths without number in a commit of seven small trees, and a file beside it
attacker <<'AGENT'
blob=$(echo x | git hash-object -w --stdin)
tree=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf '100644 blob %s\tf%s\n' "$blob" $i; done | git mktree)
for depth in 1 2 3 4 5 6; do tree=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf '040000 tree %s\td%s\n' "$tree" $i; done | git mktree); done
git update-ref HEAD "$(git commit-tree -p HEAD -m paths "$tree")" && echo x >x && git add x && git commit -q -m x
AGENT
(victim)
is "$(git -C "$SCRATCH/victim" cat-file -t "HEAD~1^{tree}:d1/d1/d1/d1/d1/d1/f1")" blob 'control: ten million paths'
before_bomb=$(everything)
run git -c agent.limits.memory=400m agent issue issue.md --name paths --sandbox "$level"
held paths "$(record paths 'r["state"]')" "$before_bomb"
ok 'paths: the run ends, and says that git could not read what it left' grep -qE '^(error|fatal): .*(secrets|git)' "$SCRATCH/err" || sed 's/^/# /' "$SCRATCH/err"
dropped paths

# --- the disk: what leaves too little of it is stopped. A small one, made for the run.
small() { unshare -Urm sh -c 'mount -t tmpfs -o size=96m tmpfs "$1" && shift && exec "$@"' small "$SCRATCH/small" "$@"; }
mkdir "$SCRATCH/small"
if small true 2>/dev/null; then
	attacker <<-'AGENT'
		echo x >x
		i=0; while dd if=/dev/zero of=fill-$i bs=1M count=1 status=none; do i=$((i + 1)); [ $i -lt 70 ] || exec sleep 600; done
	AGENT
	before_bomb=$(everything)
	run small git -c agent.workRoot="$SCRATCH/small" -c agent.limits.disk=64m agent issue issue.md --name disk --sandbox "$level"
	is "$status" 3 'disk: the run fails' || sed 's/^/# /' "$SCRATCH/err"
	says '^error: .*left less than 32 MiB free' 'disk: and says why'
	is "$(error_of disk)" disk_full 'disk: in the record too'
	is "$(everything)" "$before_bomb" 'disk: nothing of the user has changed'
else
	echo '# no user namespaces: no small disk to be had'
fi

done_testing
