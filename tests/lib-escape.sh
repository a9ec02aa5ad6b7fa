# shellcheck shell=bash disable=SC2016,SC2034,SC2154  # variables of lib.sh, lib-runs.sh and of the tests
# lib-escape.sh: for the tests that attack. An attack is a script that the agent runs; it plants programs that call
# $EVIL <name>. Whether one was run *outside* a box is seen by a variable of the launching environment, which no box gets.
# Every attack has a control: the same script in a plain clone, where a supervisor that just runs git gets caught.

. "$TESTS_DIR/lib-runs.sh"

MARKS=$SCRATCH/marks
EVIL=$SCRATCH/evil
export ESCAPE_CANARY=outside
mkdir -p "$MARKS"
cat >"$EVIL" <<-EVIL
	#!/bin/sh
	name=\${1-unnamed}
	[ -z "\$ESCAPE_CANARY" ] || : >"$MARKS/\$name"
	case \$2 in pass) cat ;; esac
	exit 0
EVIL
chmod +x "$EVIL"

# attacker: standard input becomes the agent, a script with $G (its git directory), $EVIL and $SCRATCH.
attacker() {
	{
		printf '#!/bin/bash\n[ -t 0 ] || [ $# -gt 0 ] || cat >/dev/null\n'
		printf 'EVIL=%q SCRATCH=%q PYTHON=%q\nG=$(git rev-parse --absolute-git-dir)\n' "$EVIL" "$SCRATCH" "$PYTHON"
		cat
	} >"$SCRATCH/attacker"
	chmod +x "$SCRATCH/attacker"
}
export AGENT_CMD=$SCRATCH/attacker

# victim: a plain clone in which the attacker has worked, the current directory of what follows in a subshell.
victim() {
	rm -rf "$SCRATCH/victim"
	git clone -q "$SCRATCH/repo" "$SCRATCH/victim" && cd "$SCRATCH/victim" && "$SCRATCH/attacker" </dev/null >/dev/null 2>&1
}

# naive <mark> <shell text>: control: in the attacker's clone this fires the mark. Takes the mark away again.
naive() {
	local mark=$1

	(victim; cd "$SCRATCH/victim" && eval "$2") </dev/null >"$SCRATCH/naive.out" 2>&1
	ok "control: $mark works on a plain git" [ -e "$MARKS/$mark" ] || sed 's/^/# /' "$SCRATCH/naive.out" | head -20
	rm -f "$MARKS"/*
}

# everything: what no attack may change: the user's checkout, git directory and configuration, every ref.
everything() {
	user_state
	git_state
	git for-each-ref --format='%(refname) %(objectname) %(symref)' | grep -v '^refs/agent/\|^refs/heads/agent/'
	find "$SCRATCH/precious" -printf '%P %y %m %s %l\n' 2>/dev/null | sort
	cat "$SCRATCH"/precious/* 2>/dev/null
}

# forge.py: what git's own commands refuse to make, written by hand. Run in a checkout, with G in the environment.
cat >"$SCRATCH/forge.py" <<'PYTHON'
import binascii, hashlib, os, struct, subprocess, sys, zlib
G = os.environ['G']

def git(*args):
    return subprocess.run(('git',) + args, check=True, capture_output=True, text=True).stdout.strip()

def store(oid, raw):
    path = f'{G}/objects/{oid[:2]}/{oid[2:]}'
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.lexists(path):
        os.unlink(path)
    with open(path, 'wb') as f:
        f.write(raw)

def obj(kind, data):
    data = b'%s %d\0' % (kind.encode(), len(data)) + data
    oid = hashlib.sha1(data).hexdigest()
    store(oid, zlib.compress(data, 1))
    return oid

def blob(text):
    return obj('blob', text.encode() if isinstance(text, str) else text)

def tree(*entries):
    return obj('tree', b''.join(b'%s %s\0' % (m.encode(), n.encode() if isinstance(n, str) else n) + binascii.unhexlify(o)
        for m, n, o in entries))

def base_tree(*more):
    """The base's entries and more of them, in git's order."""
    rows = [l.split(None, 3) for l in git('ls-tree', 'HEAD').splitlines()]
    rows = [(m.lstrip('0'), n, o) for m, _, o, n in rows] + list(more)
    return tree(*sorted(rows, key=lambda r: (r[1].encode() if isinstance(r[1], str) else r[1]) + (b'/' if r[0] == '40000' else b'')))

def commit(tree, parents=None, message='forged\n', who='a <a@b> 1700000000 +0000', author=None):
    parents = [git('rev-parse', 'HEAD')] if parents is None else parents
    head = f'tree {tree}\n' + ''.join(f'parent {p}\n' for p in parents)
    return obj('commit', head.encode() + b'author ' + (author or who).encode() + b'\ncommitter ' + who.encode() + b'\n\n' +
        (message.encode() if isinstance(message, str) else message))

def head(oid):
    with open(f'{G}/HEAD', 'w') as f:
        f.write(oid + '\n')

def index(*entries):
    """An index of version 2 with (mode, path, oid), none of them looked at."""
    out = b'DIRC' + struct.pack('>II', 2, len(entries))
    for mode, path, oid in sorted(entries, key=lambda e: e[1]):
        path = path.encode() if isinstance(path, str) else path
        row = struct.pack('>10I', 0, 0, 0, 0, 0, 0, int(mode, 8), 0, 0, 0) + binascii.unhexlify(oid)
        row += struct.pack('>H', min(len(path), 0xfff)) + path
        out += row + b'\0' * (8 - len(row) % 8)
    with open(f'{G}/index', 'wb') as f:
        f.write(out + hashlib.sha1(out).digest())
PYTHON

# forger: as attacker, but standard input is Python with all of forge.py in scope.
forger() {
	{ echo "export G; $PYTHON - <<'FORGERY'" && cat "$SCRATCH/forge.py" - && echo FORGERY; } | attacker
}

# precious: a directory outside of everything that attacks aim at.
precious() {
	mkdir -p "$SCRATCH/precious" && echo gold >"$SCRATCH/precious/gold"
}

# attacked <run> <exit code> <state> [<option>...]: the attack, with git agent: ends so, nothing fired, nothing changed.
attacked() {
	local name=$1 code=$2 state=$3 before
	shift 3
	before=$(everything)
	exits "$code" "$name: exit $code" git agent issue issue.md --name "$name" "$@"
	held "$name" "$state" "$before"
}

# whole <revision>: all that it is made of passes fsck in a repository that has nothing else.
whole() {
	rm -rf "$SCRATCH/whole.git" && git init -q --bare "$SCRATCH/whole.git" &&
		git pack-objects -q --revs --stdout <<<"$1" | git -C "$SCRATCH/whole.git" index-pack --strict --stdin >/dev/null
}

# held <run> <state> <everything before>: after a run.
held() {
	is "$(record "$1" 'r["state"]')" "$2" "$1: the run is $2"
	is "$(ls "$MARKS")" '' "$1: nothing of it ran outside"
	is "$(everything)" "$3" "$1: nothing of the user's has changed"
	if [ "$2" = proposed ]; then
		ok "$1: the proposal is whole" whole "agent/$1"
	else
		is "$(git for-each-ref "refs/heads/agent/$1")" '' "$1: no branch"
	fi
	is "$(find .git -name '*.keep' -o -name 'tmp_*' -o -name '*.lock' ! -path './agent/*' ! -path '.git/agent/*')" '' "$1: nothing is left over"
	rm -f "$MARKS"/*
}

# tidy_text <name>: what the last run printed holds no control character but newlines and tabs.
tidy_text() {
	ok "$1: no control character reaches the terminal" not grep -qaP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$SCRATCH/out" "$SCRATCH/err"
}
