#!/usr/bin/env bash
# init's options, what is there already, and what it says where there is no gate to find.
. "$(dirname "$0")/lib.sh"

# listing [<dir>]: every file below it with its bytes, mode and time of change.
listing() {
	find "${1:-.}" -printf '%p %m %s %T@\n' | sort
	find "${1:-.}" -type f -print0 | sort -z | xargs -0 sha256sum
}

# make_plain <dir>: a repository with a Makefile's test, one commit, cd into it.
make_plain() {
	git init -q "$SCRATCH/$1" && cd "$SCRATCH/$1" || exit 1
	printf 'test:\n\ttest -f hello.txt\n' >Makefile
	echo hello >hello.txt
	commit_all base
}

make_plain dry
before=$(listing)
exits 0 'dry run' git agent init --dry-run
ok 'dry run: prints the policy' grep -qx 'run = make test' "$SCRATCH/out"
for change in 'created .*/agent$' 'installed .*/pre-push$' 'approved' 'wrote .*/policy,' 'wrote \.gitagent$' 'ran the gate'; do
	says "^  $change" "dry run: names '$change'"
done
exits 0 'dry run of --commit' git agent init --dry-run --commit
says 'committed .gitagent on the new branch agent/init' 'dry run of --commit: says so'
exits 0 'dry run as JSON' git agent init --dry-run --json
ok 'dry run as JSON: is one' python3 -c 'import json,sys; d = json.load(open(sys.argv[1])); assert d["dry_run"] and d["changes"] and d["gate"]["status"] == "not-run"' "$SCRATCH/out"
is "$(listing)" "$before" 'dry runs: not a byte has changed'
ok 'dry runs: no work root either' test ! -e "$HOME/.local"

exits 0 'plain' git agent init
says '^wrote .gitagent$' 'plain: says what it wrote'
says 'gate tests: make test' 'plain: says what the gate is'
says 'gate green' 'plain: ran it'
says 'hint: git add .gitagent && git commit' 'plain: says what is next'
ok 'plain: the two are the same text' cmp -s .gitagent .git/agent/policy
ok 'plain: pre-push is installed' test -x .git/hooks/pre-push
exits 0 'plain: the gate needs no more trust' git agent gate
exits 0 'plain: status is quiet about the hook' git agent status
says_not 'hook' 'plain: status is quiet'
before=$(listing)
exits 0 'again' git agent init
says 'nothing to do' 'again: nothing to do'
says 'gitagent is there already' 'again: what is right already'
is "$(listing)" "$before" 'again: not a byte has changed'
git add .gitagent && git commit -q -m 'Add .gitagent'
before=$(listing)
exits 0 'again once committed' git agent init
says 'nothing to do' 'again once committed: nothing to do'
is "$(listing)" "$before" 'again once committed: not a byte has changed'

rm .git/hooks/pre-push
exits 0 'a hook is missing' git agent init
says 'installed .*pre-push' 'a hook is missing: installed again'

make_plain edited
git agent init -q 2>/dev/null >&2
printf '[gate "mine"]\nrun = true\n' >.gitagent
exits 128 'edited: the gate asks for a commit' git agent gate
exits 0 'edited: init' git agent init
says 'not been approved' 'edited: its commands are not approved by themselves'
is "$(cat .gitagent)" "$(printf '[gate "mine"]\nrun = true')" 'edited: the file is kept'
ok 'edited: it is in force' cmp -s .gitagent .git/agent/policy
exits 0 'edited: approve' git agent trust --yes
exits 0 'edited: gate' git agent gate
says '✓ mine|ok +mine' 'edited: its own stage'

make_plain 'somebody elses'
printf '[gate "theirs"]\nrun = touch "%s/ran"\n' "$SCRATCH" >.gitagent && commit_all policy
git clone -q . "$SCRATCH/cloned" && cd "$SCRATCH/cloned" || exit 1
exits 0 'a clone with a policy' git agent init
says 'not been approved' 'a clone with a policy: not run unseen'
says 'hint: git agent trust' 'a clone with a policy: how to'
ok 'a clone with a policy: really not' test ! -e "$SCRATCH/ran"
ok 'a clone with a policy: the hook is there' test -x .git/hooks/pre-push
is "$(git status --porcelain)" '' 'a clone with a policy: no change'
ok 'a clone with a policy: no copy that could go stale' test ! -e .git/agent/policy

make_plain local
exits 0 'local' git agent init --local
is "$(git status --porcelain)" '' 'local: nothing in the working tree'
ok 'local: the policy' grep -qx 'run = make test' .git/agent/policy
exits 0 'local: gate' git agent gate
exits 0 'local: and then the file' git agent init
ok 'local: and then the file: the same text' cmp -s .gitagent .git/agent/policy
exits 129 'local and commit' git agent init --local --commit

make_plain commit
echo edited >>hello.txt && echo staged >staged && git add staged && echo new >new
before=$(user_state)
exits 0 'commit' git agent init --commit
is "$(user_state)" "$before" 'commit: HEAD, index and files are as they were'
is "$(git rev-list --count main..agent/init)" 1 'commit: one commit'
is "$(git diff --name-status main agent/init)" "$(printf 'A\t.gitagent')" 'commit: with one file'
is "$(git ls-tree agent/init .gitagent | cut -c1-11)" '100644 blob' 'commit: a plain one'
is "$(git log -1 --format=%an agent/init)" 'A Person' 'commit: by the user'
is "$(git log -1 --format='%(trailers)' agent/init)" '' 'commit: no trailers'
ok 'commit: in force already' test "$(git show agent/init:.gitagent)" = "$(cat .git/agent/policy)"
exits 0 'commit: gate' git agent gate agent/init
before=$(listing .)
exits 128 'commit again' git agent init --commit
says "^fatal: a branch named 'agent/init' already exists" 'commit again: says why'
is "$(listing .)" "$before" 'commit again: not a byte has changed'
git stash -q -u && git merge -q agent/init && git branch -q -d agent/init
exits 0 'commit when it is committed' git agent init --commit
ok 'commit when it is committed: no branch' not git rev-parse -q --verify refs/heads/agent/init

make_plain blocked
git branch agent
before=$(listing .)
exits 128 'a branch called agent' git agent init --commit
says "agent" 'a branch called agent: named'
ok 'a branch called agent: nothing else was done' test ! -e .git/agent -a ! -e .git/hooks/pre-push

make_plain no-gate
exits 0 'no gate' git agent init --no-gate
says 'not run \(--no-gate\)' 'no gate: said'
ok 'no gate: no verdict' test ! -e .git/agent/gate

make_plain red
git rm -q hello.txt && git commit -q -m broken
exits 0 'red at base' git agent init
says 'gate red' 'red at base: told'
says 'hint: the gate is red before any agent' 'red at base: with a hint'
ok 'red at base: all the same' test -x .git/hooks/pre-push

make_plain own
exits 0 'own stages' git agent init --gate 'build=make -n' --gate 'X=1 make test # all ; of it'
is "$(git config -f .gitagent --get-regexp '^gate\..*\.run$' | head -1)" 'gate.build.run make -n' 'own stages: the first'
ok 'own stages: the second, whole' grep -qx 'run = X=1 make test # all ; of it' .gitagent
is "$(grep -c '^\[gate ' .gitagent)" 2 'own stages: and no other'
exits 0 'own stages, again' git agent init --gate 'build=make -n'
says_not warning 'own stages, again: no warning'
exits 0 'own stages, too late' git agent init --gate 'make lint'
says "warning: --gate 'make lint' is not used" 'own stages, too late: said'

git init -q "$SCRATCH/nothing" && cd "$SCRATCH/nothing" && echo text >README && commit_all base || exit 1
before=$(listing)
exits 128 'nothing found' git agent init
says '^fatal: no gate: ' 'nothing found: said'
says "^hint: git agent init --gate 'tests=make test'" 'nothing found: what to type'
for bad in '' ' ' 'name=' $'a\nb' $'a\e[1m' 'refs=true' 'x=a'$'\n''[agent]'; do
	exits 128 "bad stage $(printf %q "$bad")" git agent init --gate "$bad"
	says '^fatal: ' "bad stage $(printf %q "$bad"): said"
done
exits 128 'two of a name' git agent init --gate 'a=true' --gate 'a=false'
exits 129 'an argument' git agent init here
is "$(listing)" "$before" 'nothing found: nothing written'

echo 'node_modules/' >.gitignore && mkdir node_modules && commit_all ignore
echo '{"scripts":{"test":"true"}}' >node_modules/package.json && printf 'test:\n' >Makefile
exits 128 'what is not tracked does not count' git agent init

git init -q "$SCRATCH/broken" && cd "$SCRATCH/broken" && printf '[gate "a"]\nrum = x\n[gate\n' >.gitagent && commit_all base || exit 1
exits 128 'a policy that does not parse' git agent init
says '\.gitagent:3' 'a policy that does not parse: where'
ok 'a policy that does not parse: nothing was done' test ! -e .git/agent -a ! -e .git/hooks/pre-push

done_testing
