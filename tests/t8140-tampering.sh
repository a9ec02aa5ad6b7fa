#!/bin/bash
# What nothing holds at level none is found afterwards: hooks, configuration, refs and modes that an agent or a gate stage changed
# end the run as refused. What a person does in the meantime does not.
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"
export GIT_AGENT_GATE_BASELINE=off
. "$TESTS_DIR/lib-escape.sh"
start_repo template
git branch old && git branch packed && git pack-refs --all && git branch loose && git branch unlinked
mkdir -p .git/info && echo '*.log' >.git/info/exclude
cd "$SCRATCH" || exit

# tampers <name> <the agent, $R is the repository> <what is told>...
tampers() {
	local name=$1 told

	rm -rf "$SCRATCH/repo" "$WORK_ROOT" && cp -a "$SCRATCH/template" "$SCRATCH/repo" && cd "$SCRATCH/repo" || exit
	{ printf 'R=%q\necho change >>hello.txt\n' "$PWD"; echo "$2"; } | attacker
	exits 4 "$name: refused" git agent issue issue.md --sandbox none --name "$name"
	says '^error: the repository was changed while the run worked: ' "$name: one line says so"
	is "$(record "$name" 'r["state"], r["error"]["code"]')" "('refused', 'tampered')" "$name: so does the record"
	is "$(git for-each-ref "refs/heads/agent/$name" "refs/agent/head/$name" 2>/dev/null)" '' "$name: nothing was taken over"
	shift 2
	for told; do
		ok "$name: told: $told" grep -qE -e "changed while it ran: $told" ".git/agent/runs/$name/report.md" ||
			grep 'changed while' ".git/agent/runs/$name/report.md" | sed 's/^/# /'
	done
	is "$(grep -c 'changed while it ran' ".git/agent/runs/$name/report.md")" "$#" "$name: and nothing else"
}

tampers one 'echo evil >"$R/.git/hooks/pre-commit"' 'hooks/pre-commit is new; to undo it: rm -rf .*/repo/.git/hooks/pre-commit\*'
ok 'one: what the agent left is kept' grep -q change "$WORK_ROOT"/*/one/tree/hello.txt
tampers files 'cd "$R/.git"; chmod 644 hooks/pre-commit.sample; ln -sf /bin/true hooks/commit-msg.sample; rm hooks/pre-push.sample
	echo x >>hooks/update.sample; echo "* filter=evil" >info/attributes; echo evil >>info/exclude; : >info/grafts; echo /tmp >objects/info/alternates
	echo . >commondir; git -C "$R/" rev-parse HEAD >shallow; echo evil >agent/policy; chmod 777 objects; chmod 711 .; chmod 666 config
	touch -d @1 description' \
	'the mode of hooks/pre-commit.sample is 644, it was 755; to undo it: chmod 755 ' 'hooks/commit-msg.sample is another kind' \
	'hooks/pre-push.sample is gone' 'hooks/update.sample was changed' 'info/attributes is new' 'info/exclude was changed' 'info/grafts is new' \
	'objects/info/alternates is new' 'commondir is new' 'shallow is new' 'agent/policy is new' 'the mode of objects is 777' \
	'the mode of \. is 711' 'the mode of config is 666' 'the time of description was set'
says '; and 11 more$' 'files: the error names the first'
tampers config 'c() { git config -f "$R/.git/$1" "${@:2}"; }; c config core.fsmonitor evil; c config branch.main.remote ext::evil
	c config branch.main.merge refs/heads/main; c config --unset core.bare; c config.worktree core.hooksPath evil' \
	'config: core.fsmonitor was set' 'config: branch.main.remote was set' 'config: core.bare is not what it was' 'config.worktree: core.hookspath was set'
tampers config-broken 'echo "[" >>"$R/.git/config"' 'config was changed, and git cannot read it'
tampers config-order 'cat "$R/.git/config" "$R/.git/config" >c && cat c >"$R/.git/config"; rm c' 'config: entries were repeated or moved'
tampers refs 'cd "$R/.git"; base=$(git rev-parse HEAD); echo $base >refs/heads/new; git rev-parse HEAD~1 >refs/heads/loose
	echo "$base refs/heads/packed-new" >>packed-refs; git symbolic-ref refs/heads/symbolic refs/heads/main; rm refs/heads/unlinked
	echo "ref: refs/heads/old" >HEAD; git -C "$R" replace $base $base~1; git update-ref refs/heads/by-git $base' \
	'refs/heads/new was written without its log; to undo it: git update-ref --no-deref -d refs/heads/new\*' \
	'refs/heads/loose was written without its log; to undo it: git update-ref --no-deref refs/heads/loose [0-9a-f]{40}\*' \
	'refs/heads/packed-new was written without its log' 'refs/heads/symbolic was written without its log' \
	'refs/heads/unlinked is gone, and its log is there' 'HEAD was written without its log' 'refs/replace/.* is new'
tampers head-log 'rm "$R/.git/logs/HEAD"' 'the log of HEAD is gone'
tampers push 'git commit -qam x; git push -qf "$R" HEAD:old; git notes add -m x; git push -q "$R" refs/notes/commits; echo y >>hello.txt; git repack -qad
	git stash -q; git push -q "$R" refs/stash:refs/x/y; git -C "$R" update-ref refs/stash refs/x/y; echo x >>hello.txt' \
	'refs/heads/old points at what the agent made' 'refs/notes/commits points at what the agent made' 'refs/stash points at what the agent made'
tampers worktree 'git -C "$R" worktree add -q "$PWD/w" HEAD 2>/dev/null; rm -rf w' 'worktrees/w/gitdir is new'
# Whatever else the run comes to, it is told.
tampers failing 'echo evil >"$R/.git/hooks/pre-commit"; exit 7' 'hooks/pre-commit is new'

# --- a stage of the gate
cp -a "$SCRATCH/template" "$SCRATCH/gate" && cd "$SCRATCH/gate" || exit
printf '[gate "tests"]\nrun = echo evil >"%s"\n' "$PWD/.git/hooks/pre-commit" >.gitagent
git commit -qam gate && echo 'echo change >>hello.txt' | attacker
exits 4 'a stage: refused' git agent issue issue.md --sandbox none --name stage --trust
says 'hooks/pre-commit is new' 'a stage: and it says what'
is "$(git for-each-ref refs/heads/agent/stage)" '' 'a stage: green, and no branch'
rm .git/hooks/pre-commit
git switch -q -c change && echo more >>hello.txt && git commit -qam more && git switch -q main && git diff main change >"$SCRATCH/p.patch"
exits 4 'a stage, of a patch: refused' git agent try "$SCRATCH/p.patch" --sandbox none --name patch
rm .git/hooks/pre-commit
exits 4 'a stage, of a revision: refused' git agent try change --no-cache --sandbox none --name revision

# --- a person at work while the agent is
cp -a "$SCRATCH/template" "$SCRATCH/live" && cd "$SCRATCH/live" || exit
git clone -q --bare . "$SCRATCH/upstream.git" && git remote add origin "$SCRATCH/upstream.git" && git fetch -q origin
echo 'touch "$SCRATCH/at-work"; for ((i = 0; i < 3000; i++)); do [ ! -e "$SCRATCH/go-on" ] || break; sleep 0.02; done; git commit -q --allow-empty -m x; echo change >>hello.txt' | attacker
git agent issue issue.md --sandbox none --name live >"$SCRATCH/live.out" 2>&1 &
live=$!
for ((i = 0; i < 1000; i++)); do [ ! -e "$SCRATCH/at-work" ] || break; sleep 0.02; done
(
	set -e
	git stash -q
	git switch -q -c topic --track origin/main
	echo more >more.txt && git add more.txt && git commit -qm more && git commit -q --amend -m 'more of it'
	git push -q -u origin topic 2>/dev/null
	git branch -q -m topic renamed && git branch -q -D old && git branch -q gone && git branch -qD gone
	git branch -q deep/er && git branch -qD loose && git branch -q loose/than
	git tag v1 && git tag -a -m v2 v2 && git notes add -m note
	git switch -q main && git merge -q --no-edit renamed && git rebase -q HEAD~1 && git reset -q --hard HEAD
	git worktree add -q "$SCRATCH/other" -b other && (cd "$SCRATCH/other" && git commit -q --allow-empty -m other)
	git update-ref refs/heads/plumbing HEAD && git checkout -q --detach && git commit -q --allow-empty -m detached
	git switch -q --orphan empty && git switch -q main
	git -C "$SCRATCH/upstream.git" branch -q upstream main && git fetch -q --prune origin && git pull -q --rebase origin main
	git bisect start HEAD HEAD~1 >/dev/null && git bisect reset
	git config branch.renamed.description 'what it is for' && git gc -q && git pack-refs --all --prune
	git reflog expire --expire=now --all && git branch -q after-gc && git branch -qD packed && git stash pop -q
	git worktree remove --force "$SCRATCH/other" && git repack -qad && git update-server-info
	AGENT_CMD='sh -c "echo x >>hello.txt"' git agent issue issue.md --sandbox none --name beside >/dev/null 2>&1
	git branch -q look refs/agent/base/live
) >"$SCRATCH/person" 2>&1
is $? 0 'a person works' || sed 's/^/# /' "$SCRATCH/person"
touch "$SCRATCH/go-on"
wait "$live"
is $? 0 'and the run is proposed' || sed 's/^/# /' "$SCRATCH/live.out"
is "$(record live 'r["state"], r["flags"]')" "('proposed', ['sandbox: none: the agent and the gate ran with your own rights'])" 'with nothing to be told'

# --- with more passes: what the first brought in is anybody's
cp -a "$SCRATCH/template" "$SCRATCH/passes" && cd "$SCRATCH/passes" || exit
printf '[gate "tests"]\nrun = test -e second\n' >.gitagent && git commit -qam gate && rm -f "$SCRATCH/at-work" "$SCRATCH/go-on"
echo 'if [ -e first ]; then touch "$SCRATCH/at-work" second; for ((i = 0; i < 3000; i++)); do [ ! -e "$SCRATCH/go-on" ] || break; sleep 0.02; done; fi; touch first; git add -A; git commit -qm work' | attacker
git agent issue issue.md --sandbox none --name passes --trust >"$SCRATCH/passes.out" 2>&1 &
passes=$!
for ((i = 0; i < 1000; i++)); do [ ! -e "$SCRATCH/at-work" ] || break; sleep 0.02; done
ok 'a person looks at the first pass' git branch -q mine "$(record passes 'r["passes"][0]["tip"]')"
touch "$SCRATCH/go-on"
wait "$passes"
is $? 0 'and the second is proposed' || sed 's/^/# /' "$SCRATCH/passes.out"

# --- where logs are not kept by all, they prove nothing
cp -a "$SCRATCH/template" "$SCRATCH/nolog" && cd "$SCRATCH/nolog" || exit
rm .git/logs/refs/heads/old
printf 'R=%q\ngit -C "$R" rev-parse HEAD >"$R/.git/refs/heads/by-a-tool"; echo change >>hello.txt\n' "$PWD" | attacker
exits 0 'a tool that writes no logs is no attack' git agent issue issue.md --sandbox none --name nolog

done_testing
