#!/bin/bash
# What an agent may leave in its tree: links, nested repositories, odd names, deep and locked directories, pipes, daemons.
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"
export GIT_AGENT_GATE_BASELINE=off
. "$TESTS_DIR/lib-escape.sh"
start_repo repo
precious
mkdir -p docs/deep && echo text >docs/deep/file && git add docs && git commit -q -m docs && git agent trust --yes >/dev/null 2>&1

# --- links that lead out, by each way of writing it
n=0
for link in /etc/passwd "$SCRATCH/precious" ../x ../../x docs/../../x ./../x; do
	n=$((n + 1))
	attacker <<-AGENT
		ln -s '$link' out
	AGENT
	attacked "link-$n" 4 refused
	is "$(error_of "link-$n")" escaping_link "link-$n: for the link"
done
attacker <<'AGENT'
mkdir -p p/q && ln -s ../.. p/q/up && ln -s up/../precious/gold p/q/out
AGENT
(victim && mkdir -p "$SCRATCH/victim-precious" && echo x >"$SCRATCH/precious/gold" && cd "$SCRATCH/victim" && cat p/q/out >"$SCRATCH/read")
is "$(cat "$SCRATCH/read")" x 'control: a link through a link reads what lies outside'
precious
attacked link-chain 4 refused
attacker <<'AGENT'
ln -s docs inner && ln -s ../hello.txt docs/up && ln -s deep/file docs/in && ln -s nowhere dangling
AGENT
attacked link-inside 0 proposed
attacker <<'AGENT'
ln -s "$(printf 'x%.0s' {1..4000})" long
AGENT
attacked link-long 0 proposed

# --- nested repositories and what is like one
attacker <<'AGENT'
git init -q nested && cd nested && git config core.fsmonitor "$EVIL nested" && echo x >x && git add x && git -c user.name=x -c user.email=x commit -q -m x
AGENT
naive nested 'git status; git -C nested status'
attacked nested 4 refused
attacker <<'AGENT'
git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub && mkdir sub
printf '[submodule "sub"]\n\tpath = sub\n\turl = ./\n\tupdate = !%s sub\n' "$EVIL" >.gitmodules
AGENT
attacked gitlink 4 refused
attacker <<'AGENT'
mkdir sub && echo "gitdir: $SCRATCH/precious" >sub/.git && echo x >sub/x
AGENT
attacked gitfile-below 0 proposed
is "$(git diff --name-only main agent/gitfile-below)" sub/x 'gitfile-below: but what it names is not looked at'
attacker <<'AGENT'
mkdir bare && cd bare && git init -q --bare . && git config core.fsmonitor "$EVIL embedded" && git config core.bare false && git config core.worktree .
touch refs/x objects/x && rm -rf hooks
AGENT
naive embedded 'cd bare; git status'
attacked embedded 0 proposed
says 'bare.*(repository|git)' 'embedded: the report warns of it'

# --- names
attacker <<'AGENT'
touch -- '-rf' '--exec=x' ' lead' 'trail ' $'new\nline' $'esc\e]0;owned\a' $'\xff\xfe' '$(touch pwned)' '`id`' 'a:b' '*' 'CON' 'A' 'a' $'caf\u00e9' $'cafe\u0301' '@{u}' ':(top)x' ':x' '.git-ignore' "$(printf 'n%.0s' {1..255})"
AGENT
attacked names 0 proposed
tidy_text names
is "$(git diff --name-only -z main agent/names | tr -cd '\0' | wc -c)" 21 'names: all of them are in it'
ok 'names: nothing of them ran' [ ! -e pwned ]
attacker <<'AGENT'
mkdir -p .Git sub/.GIT 2>/dev/null; echo x >sub/.GIT/config; echo y >.Git/config; echo z >z
AGENT
attacked dot-git-case 4 refused

# --- what is hard to read or remove
attacker <<'AGENT'
"$PYTHON" -c 'import os
for i in range(1200):
    os.mkdir("ddddd")
    os.chdir("ddddd")
open("f", "w")'; echo x >x
AGENT
before=$(everything)
run git agent issue issue.md --name deep
held deep "$(record deep 'r["state"]')" "$before"
ok 'deep: proposed or refused' grep -qx '0\|4' <<<"$status"
exits 0 'deep: can be dropped' git agent drop deep
is "$(find "$WORK_ROOT" -mindepth 2 -maxdepth 2 -name deep)" '' 'deep: and is gone'
attacker <<'AGENT'
mkdir locked && echo x >locked/x && chmod 000 locked/x && chmod 500 locked && ln -s "$SCRATCH/precious" locked/p 2>/dev/null; ln -s "$SCRATCH/precious" "$HOME/p"
mkdir -p "$TMPDIR/a/b" && chmod 000 "$TMPDIR/a"; echo x >x
AGENT
before=$(everything)
run git agent issue issue.md --name locked
held locked "$(record locked 'r["state"]')" "$before"
exits 0 'locked: can be dropped' git agent drop locked --branch
is "$(find "$WORK_ROOT" -mindepth 2 -maxdepth 2 -name locked)" '' 'locked: and is gone'
attacker <<'AGENT'
mkfifo pipe .gitignore docs/.gitattributes docs/.gitignore "$G/info/sparse-checkout" 2>/dev/null; echo x >x
AGENT
ok 'control: a pipe for .gitignore stops git' bash -c 'cd "$SCRATCH" && rm -rf pipes && git init -q pipes && cd pipes && mkfifo .gitignore && ! timeout 1 git add -A'
attacked pipes 0 proposed
is "$(git diff --name-only main agent/pipes)" x 'pipes: are no part of it'
attacker <<'AGENT'
"$(command -v python3)" -c 'import socket; socket.socket(socket.AF_UNIX).bind("sock")'; truncate -s 100G /dev/null 2>/dev/null; truncate -s 20M giant; echo x >x; ln x hard
AGENT
attacked socket 0 proposed
attacker <<'AGENT'
mv docs gone && ln -s "$SCRATCH/precious" docs
AGENT
attacked dir-to-link 4 refused

# --- its tree replaced
for what in tree git home tmp in; do
	attacker <<-AGENT
		cd .. && mv $what was-$what && ln -s "\$SCRATCH/precious" $what
	AGENT
	before=$(everything)
	run git agent issue issue.md --name "swap-$what"
	held "swap-$what" "$(record "swap-$what" 'r["state"]')" "$before"
	ok "swap-$what: no success" [ "$status" != 0 ]
	run git agent drop "swap-$what"
	is "$(everything)" "$before" "swap-$what: dropping it follows no link"
done

# --- what lives on
# alive: the attacker's processes, by their names.
alive() { grep -la "${SCRATCH##*/}-\(sleeper\|writer\)" /proc/[0-9]*/cmdline 2>/dev/null | grep -v "/$$/\|/self/"; }
attacker <<'AGENT'
(setsid nohup bash -c "exec -a ${SCRATCH##*/}-sleeper sleep 300" </dev/null >/dev/null 2>&1 &)
(setsid nohup bash -c 'while :; do echo late >late; echo late >>hello.txt; sleep 0.01; done' "${SCRATCH##*/}-writer" </dev/null >/dev/null 2>&1 &)
until [ -s late ]; do sleep 0.01; done
AGENT
(victim) && ok 'control: daemons outlive a plain shell' [ -n "$(alive)" ]
for process in $(alive); do kill -9 "$(cut -d/ -f3 <<<"$process")"; done
attacked daemon 0 proposed
ok 'daemon: it ran' git cat-file -e agent/daemon:late
is "$(alive)" '' 'daemon: and is dead'

done_testing
