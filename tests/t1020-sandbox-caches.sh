#!/bin/bash
# shellcheck disable=SC2016  # dollars in single quotes are for the stage
# Package managers in the full sandbox, without network, from the caches in the person's HOME: they have what is there, write
# what they like, and not a byte there changes. What lies beside a cache is not seen.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
. "$TESTS_DIR/lib-layers.sh"
needs_sandbox
form full
export GIT_AGENT_SANDBOX_REQUIRE=full

# stage <name> <command>: a gate of that one stage is green.
stage() {
	printf '[gate "%s"]\nrun = %s\n' "$1" "$2" >.gitagent
	git add -A && git commit -q --allow-empty -m "$1"
	git agent trust --yes >/dev/null 2>&1
	exits 0 "$1: $2" "${ON[@]}" git agent gate
}
# caches: every byte and time of what the person has.
caches() { find "$HOME" -path "$HOME/.local/state" -prune -o -printf '%p %y %m %s %T@ %l\n' | sort && find "$HOME" -path "$HOME/.local/state" -prune -o -type f -print0 | sort -z | xargs -0 sha256sum; }
unchanged() { is "$(caches | sha256sum)" "$before" "$1: what the person has is as it was"; }
needs() { ok "$1 is there (package $2)" [ -n "$(command -v "$1")" ]; }

mkdir -p "$HOME/.local/state"
make_repo repo
printf '%s\n' node_modules target '*.o' .venv >.gitignore

# --- npm: a package by its integrity
needs npm npm
mkdir -p "$SCRATCH/one" && printf '{"name": "one", "version": "1.0.0", "main": "one.js"}\n' >"$SCRATCH/one/package.json"
echo 'module.exports = 1' >"$SCRATCH/one/one.js"
integrity=$(cd "$SCRATCH" && npm pack --silent --json ./one | json 'r[0]["integrity"]')
npm cache add "$SCRATCH/one-1.0.0.tgz" >/dev/null 2>&1
printf '{"name":"x","version":"1.0.0","dependencies":{"one":"1.0.0"},"scripts":{"test":"node -e \\"if (require(\\\\\\"one\\\\\\") !== 1) process.exit(1)\\""}}\n' >package.json
printf '{"name":"x","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{"":{"name":"x","version":"1.0.0","dependencies":{"one":"1.0.0"}},"node_modules/one":{"version":"1.0.0","resolved":"https://registry.invalid/one/-/one-1.0.0.tgz","integrity":"%s"}}}\n' "$integrity" >package-lock.json
echo '//registry.invalid/:_authToken=secret' >"$HOME/.npmrc"
mkdir -p "$HOME/.npm/_logs" && echo secret >"$HOME/.npm/_logs/debug.log"
before=$(caches | sha256sum)
stage npm 'npm ci --no-audit --no-fund && npm test --silent && ! grep -qrs secret ~ && npm cache add ./package.json 2>/dev/null; [ -d node_modules/one ]'
unchanged npm
stage npm-ours 'ls ~/.npm && [ ! -e ~/.npmrc ] && echo x >~/.npm/_cacache/mine && rm -rf ~/.npm/_cacache/content-v2 && [ ! -e ~/.npm/_logs/debug.log ]'
unchanged 'npm cache destroyed'
git rm -q package.json package-lock.json

# --- cargo: a dependency that was fetched from a repository nobody sees
needs cargo cargo
if [ ! -O "$(command -v cargo)" ] && ! cargo --version >/dev/null 2>&1; then
	echo "# cargo: what is there is another user's, in a HOME that is closed"
else
	export CARGO_HOME=$HOME/.cargo
	mkdir -p "$CARGO_HOME"
	git init -q "$SCRATCH/dep" && (
		cd "$SCRATCH/dep" && mkdir src && printf '[package]\nname = "dep"\nversion = "0.1.0"\nedition = "2021"\n' >Cargo.toml &&
			echo 'pub fn two() -> u32 { 2 }' >src/lib.rs && git add -A && git commit -qm dep
	)
	mkdir -p src
	printf '[package]\nname = "x"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\ndep = { git = "file://%s" }\n' "$SCRATCH/dep" >Cargo.toml
	printf '#[test]\nfn it_is() { assert_eq!(dep::two(), 2); }\n' >src/lib.rs
	RUSTUP_HOME=$REAL_HOME/.rustup cargo fetch -q
	rm -rf "$CARGO_HOME"/git/checkouts # it is unpacked again, into the copy
	echo token >"$CARGO_HOME/credentials.toml"
	export RUSTUP_HOME=$REAL_HOME/.rustup
	before=$(caches | sha256sum)
	stage cargo 'cargo test --offline -q && [ -d "$CARGO_HOME"/git/checkouts ] && [ ! -e "$CARGO_HOME/credentials.toml" ]'
	unchanged cargo
	git rm -rq Cargo.toml Cargo.lock src
	unset CARGO_HOME
fi

# --- pip: what it has built once it does not fetch again
needs python3 python3
mkdir -p "$SCRATCH/served/pkg" && (
	cd "$SCRATCH/served/pkg" && printf 'from setuptools import setup\nsetup(name="one", version="1.0", py_modules=["one"])\n' >setup.py &&
		echo 'value = 1' >one.py && "$PYTHON" setup.py -q sdist && mv dist/one-1.0.tar.gz ..
) >/dev/null 2>&1
(cd "$SCRATCH/served" && exec "$PYTHON" -u -m http.server --bind 127.0.0.1 0 >"$SCRATCH/served.log" 2>&1) &
server=$!
for _ in $(seq 200); do
	grep -q 'port' "$SCRATCH/served.log" && break
	sleep 0.05
done
port=$(grep -oE 'port [0-9]+' "$SCRATCH/served.log" | grep -oE '[0-9]+')
"$PYTHON" -m pip --disable-pip-version-check install -q --no-deps --no-build-isolation --no-index --target "$SCRATCH/warm" "one @ http://127.0.0.1:$port/one-1.0.tar.gz" >"$SCRATCH/pip.log" 2>&1
ok 'pip has built it once' [ -e "$SCRATCH/warm/one.py" ] || cat "$SCRATCH/pip.log"
kill "$server" && wait "$server" 2>/dev/null
before=$(caches | sha256sum)
stage pip "$PYTHON -m pip --disable-pip-version-check install --no-deps --no-build-isolation --no-index --target .venv 'one @ http://127.0.0.1:$port/one-1.0.tar.gz' && cat .venv/one.py && touch ~/.cache/pip/mine"
unchanged pip

# --- go: what it has compiled, a module it has fetched
needs go golang-go
mkdir -p gone "$SCRATCH/mod/example.test/two@v1.0.0"
printf 'module example.test/two\n\ngo 1.19\n' >"$SCRATCH/mod/example.test/two@v1.0.0/go.mod"
printf 'package two\n\nfunc Two() int { return 2 }\n' >"$SCRATCH/mod/example.test/two@v1.0.0/two.go"
proxy=$SCRATCH/goproxy/example.test/two/@v
mkdir -p "$proxy" && cp "$SCRATCH/mod/example.test/two@v1.0.0/go.mod" "$proxy/v1.0.0.mod"
echo '{"Version":"v1.0.0"}' >"$proxy/v1.0.0.info" && echo v1.0.0 >"$proxy/list"
"$PYTHON" -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1], "w"); [z.write(f"{sys.argv[2]}/example.test/two@v1.0.0/{n}", f"example.test/two@v1.0.0/{n}") for n in ("go.mod", "two.go")]' "$proxy/v1.0.0.zip" "$SCRATCH/mod"
printf 'module x\n\ngo 1.19\n\nrequire example.test/two v1.0.0\n' >gone/go.mod
printf 'package x\n\nimport (\n\t"testing"\n\n\t"example.test/two"\n)\n\nfunc TestTwo(t *testing.T) {\n\tif two.Two() != 2 {\n\t\tt.Fatal()\n\t}\n}\n' >gone/x_test.go
(cd gone && GOFLAGS=-mod=mod GOPROXY=file://$SCRATCH/goproxy GONOSUMDB='*' go test ./...) >"$SCRATCH/go.log" 2>&1
ok 'go has it' grep -q ^ok "$SCRATCH/go.log" || cat "$SCRATCH/go.log"
before=$(caches | sha256sum)
stage go 'cd gone && GOFLAGS=-mod=mod GOPROXY=off go test ./... && touch ~/.cache/go-build/mine'
unchanged go
git rm -rq gone

# --- maven: a JVM does not ask for HOME
needs mvn maven
mkdir -p "$HOME/.m2/repository/org" && echo '<settings><servers><server><password>secret</password></server></servers></settings>' >"$HOME/.m2/settings.xml"
echo x >"$HOME/.m2/repository/org/there"
printf '<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version></project>\n' >pom.xml
before=$(caches | sha256sum)
stage maven 'mvn -o -X validate 2>&1 | tee log | grep -F "Using local repository at $HOME/.m2/repository" && [ -r ~/.m2/repository/org/there ] && touch ~/.m2/repository/mine && [ ! -e ~/.m2/settings.xml ]'
unchanged maven
git rm -q pom.xml

# --- ccache: what was compiled outside is not compiled again
needs ccache ccache
printf 'int main(void) { return 0; }\n' >x.c
(ccache cc -c -O1 x.c -o x.o) && rm x.o
before=$(caches | sha256sum)
stage ccache 'ccache -z >/dev/null && ccache cc -c -O1 x.c -o x.o && ccache --print-stats | grep -E "^(direct|preprocessed)_cache_hit.1$"'
unchanged ccache

# --- a cache that a variable has moved, one that nobody has, and one that is not where it can be copied
mkdir -p "$SCRATCH/elsewhere/_cacache" && echo moved >"$SCRATCH/elsewhere/_cacache/x"
npm_config_cache=$SCRATCH/elsewhere stage moved '[ "$(cat ~/.npm/_cacache/x)" = moved ]'
rm -rf "$HOME/.npm" "$HOME/.cargo/git" "$HOME/.cargo/registry"
mkdir -p "$HOME/.cargo/bin"
stage nobodys 'mkdir -p ~/.npm/_cacache && echo x >~/.npm/_cacache/x && echo x >"$CARGO_HOME"/registry/x'
ok 'what nobody has is not made' [ ! -e "$HOME/.npm" ] && [ ! -e "$HOME/.cargo/registry" ]

# --- what setup puts into a cache is in the layer: each stage has it, above the person's
mkdir -p "$HOME/.npm/_cacache" "$HOME/.cargo/registry" && echo theirs >"$HOME/.npm/_cacache/x" && echo gone >"$HOME/.npm/_cacache/gone"
printf '[worktree]\nsetup = echo ours >~/.npm/_cacache/ours; rm ~/.npm/_cacache/gone; echo ours >"$CARGO_HOME"/registry/ours; echo ran\n' >"$SCRATCH/setup"
with_setup() {
	{
		cat "$SCRATCH/setup"
		printf '[gate "look"]\nrun = %s\n' "$2"
	} >.gitagent
	git add -A && git commit -q --allow-empty -m "$1"
	git agent trust --yes >/dev/null 2>&1
	exits 0 "$1" "${ON[@]}" git agent gate
}
before=$(caches | sha256sum)
with_setup 'a cache that setup filled' '[ "$(cat ~/.npm/_cacache/ours ~/.npm/_cacache/x | tr "\n" " ")" = "ours theirs " ] && [ ! -e ~/.npm/_cacache/gone ] && cat "$CARGO_HOME"/registry/ours && echo stage >~/.npm/_cacache/ours'
with_setup 'is as setup left it in the next stage' '[ "$(cat ~/.npm/_cacache/ours)" = ours ]'
unchanged setup

# --- without copies a cache that a variable leads to can be read, and nothing else of it is there
for machine in overlay namespaces; do
	form "$machine"
	export GIT_AGENT_SANDBOX_REQUIRE=$LEVEL
	stage "no-$machine" '[ ! -e ~/.npm ] && ls "$CARGO_HOME"/registry && ! touch "$CARGO_HOME"/registry/mine && mkdir -p ~/.npm && touch ~/.npm/mine'
	unchanged "no $machine"
done
done_testing
