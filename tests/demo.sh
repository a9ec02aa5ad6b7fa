#!/bin/bash
# The demo: in a scratch repository with a remote of its own, a good change is proposed, a bad one is rejected, and a
# push to main is refused. Everything it makes is removed at the end. Fails if any of it does not happen.
set -eu

build=$(cd "${1:-$(dirname "$0")/../build}" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/git-agent-demo.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
for name in $(git rev-parse --local-env-vars) AGENT_CMD AGENT_CONFIG; do unset "$name"; done
export PATH=$build/bin:$PATH HOME=$scratch/home GIT_CONFIG_NOSYSTEM=1
export XDG_STATE_HOME=$scratch/state XDG_CONFIG_HOME=$scratch/config
mkdir -p "$HOME"
git config --global user.name 'A Person'
git config --global user.email person@example.com
git config --global init.defaultBranch main

# show <expected exit code> <command...>: the command as typed, what it prints, and that it ends as it should.
show() {
	local want=$1 got=0
	shift
	printf '\n$ %s\n' "$*"
	"$@" 2>&1 || got=$?
	if [ "$got" != "$want" ]; then
		echo "demo: expected exit $want, got $got" >&2
		exit 1
	fi
}

git init -q --bare "$scratch/remote.git"
git init -q "$scratch/shop"
cd "$scratch/shop"
git remote add origin "$scratch/remote.git"
printf 'test:\n\tgrep -q "shop" README\n' >Makefile
echo 'A small shop.' >README
git add -A
git commit -q -m 'A shop'
cat >issue.md <<'EOF'
# Add a percentage discount

Customers get a percentage off. `discount <price> <percent>` prints the price after it.

## Acceptance criteria

- `discount 200 10` prints 180
EOF

echo "--- 1. Set up: the gate is found, the hooks go in"
show 0 git agent init

echo
echo "--- 2. A good change becomes a proposal: a branch and a report, nothing else"
show 0 git agent issue issue.md --simulate good

echo
echo "--- 3. A plausible but wrong change is rejected by the same gate"
show 1 git agent issue issue.md --simulate bad

echo
echo "--- 4. A push to main is refused; the proposal's branch may go"
show 1 git push origin main
show 0 git push -q origin agent/issue
echo
show 0 git agent status
