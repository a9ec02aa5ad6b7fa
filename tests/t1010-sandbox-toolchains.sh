#!/bin/bash
# shellcheck disable=SC2016  # dollars in single quotes are for the stage
# Toolchains in the full sandbox: what is installed under /usr and in the person's HOME works; secrets beside it are not there.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"

export GIT_AGENT_SANDBOX_REQUIRE=full
"$GIT_AGENT_BUILD/tests/u-sandbox-attack" | grep -q '^# level full' || {
	is "${GIT_AGENT_TEST_REQUIRE_SANDBOX:-}" '' 'this machine gives no full sandbox'
	done_testing
	exit
}

# stage <name> <command>: a gate of that one stage is green.
stage() {
	printf '[gate "%s"]\nrun = %s\n' "$1" "$2" >.gitagent
	git add -A && git commit -q --allow-empty -m "$1"
	git agent trust --yes >/dev/null 2>&1
	exits 0 "$1: $2" git agent gate
}
red() {
	printf '[gate "%s"]\nrun = %s\n' "$1" "$2" >.gitagent
	git add -A && git commit -q --allow-empty -m "$1"
	git agent trust --yes >/dev/null 2>&1
	exits 1 "$1: not $2" git agent gate
}
# has <program>: it runs here, outside.
has() { "$1" --version >/dev/null 2>&1 || "$1" version >/dev/null 2>&1; }

make_repo repo
mkdir -p src
printf '#include <stdio.h>\nint main(void) { return puts("made") < 0; }\n' >src/main.c
printf 'all: main\nmain: src/main.c\n\t$(CC) -O1 -o $@ $<\ncheck: main\n\t./main | grep -qx made\n' >Makefile
stage compile 'make -s && make -s check'
stage git 'git status --short && git log -1 && git commit -q --allow-empty -m x && git stash list && git gc -q && git tag t && git notes add -m n'
stage bash 'bash -c "cat <(echo x) | grep -q x"'

if has python3; then
	stage python 'python3 -c "import ssl, socket, tempfile, multiprocessing as m; tempfile.TemporaryFile(); m.Lock(); p = m.Process(target=print); p.start(); p.join(); assert p.exitcode == 0"'
	stage venv 'python3 -m venv --without-pip v && v/bin/python -c "import sys; assert sys.prefix != sys.base_prefix"'
	stage server 'python3 -c "import socket; s = socket.create_server((\"127.0.0.1\", 0)); c = socket.create_connection(s.getsockname()); a = s.accept()[0]; c.send(b\"x\"); assert a.recv(1) == b\"x\""'
fi
if has node; then
	stage node 'node -e "const h = require(\"http\"), s = h.createServer((q, a) => a.end(\"x\")).listen(0, \"127.0.0.1\", () => h.get({port: s.address().port, host: \"127.0.0.1\"}, r => { r.resume(); s.close() }))"'
fi
if has npm; then
	printf '{"name":"x","version":"1.0.0","scripts":{"test":"node -e 0"}}\n' >package.json
	stage npm 'npm ci --offline --no-audit 2>/dev/null || npm install --offline --no-audit --no-fund && npm test --silent'
fi
if has cargo; then
	mkdir -p crate/src
	printf '[package]\nname = "x"\nversion = "0.1.0"\nedition = "2021"\n' >crate/Cargo.toml
	printf 'pub fn two() -> u32 { 2 }\n#[test]\nfn it_is() { assert_eq!(two(), 2); }\n' >crate/src/lib.rs
	stage cargo 'cd crate && cargo test --offline -q'
fi
if has go; then
	mkdir -p gone
	printf 'module x\n\ngo 1.19\n' >gone/go.mod
	printf 'package x\n\nimport "testing"\n\nfunc TestX(t *testing.T) {}\n' >gone/x_test.go
	stage go 'cd gone && go test ./...'
fi
if has java && has javac; then
	printf 'class X { public static void main(String[] a) { System.out.println("x"); } }\n' >X.java
	stage java 'javac X.java && java X'
fi

# --- a toolchain of the person's own, and what lies beside it
mkdir -p "$HOME/.cargo/bin" "$HOME/.cargo/registry" "$HOME/.ssh" "$HOME/go/bin"
echo token >"$HOME/.cargo/credentials.toml"
echo key >"$HOME/.ssh/id_ed25519"
echo x >"$HOME/.cargo/registry/index"
printf '#!/bin/sh\necho mine\n' >"$HOME/.cargo/bin/my-tool" && chmod +x "$HOME/.cargo/bin/my-tool"
unset CARGO_HOME
export PATH=$PATH:$HOME/.cargo/bin
stage own-tool "[ \$(my-tool) = mine ] && [ -r $HOME/.cargo/registry/index ]"
red credentials "cat $HOME/.cargo/credentials.toml"
red ssh "cat $HOME/.ssh/id_ed25519"
red home "ls $HOME/.ssh"
red repository "cat $PWD/.git/config"
stage copied "touch $HOME/.cargo/registry/new"
ok 'and nothing was written there' [ ! -e "$HOME/.cargo/registry/new" ]
red read-only "touch $HOME/.cargo/bin/new"

done_testing
