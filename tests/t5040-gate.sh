#!/bin/bash
# The gate: stages side by side, each in a checkout and an environment of its own; what it judges and what it never sees.
# shellcheck disable=SC2016  # dollars in single quotes are for the stages
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
with_baseline

mark=$((RANDOM + 40000)).$$

# policy: standard input becomes the committed, approved policy.
policy() {
	cat >.gitagent
	git commit -q -a --allow-empty -m policy
	git agent trust --yes >/dev/null 2>&1
}

log() { cat ".git/agent/gate/$(git rev-parse "${2:-HEAD}")/$1.log"; }

stages() { json '[(s["name"], s["status"]) for s in r["gate"]["stages"] if s["name"] != "secrets"]' <"$SCRATCH/out"; }

make_repo "$SCRATCH/repo"
mkdir -p sub/dir && echo 'in sub' >sub/dir/file && ln -s hello.txt link
printf 'ignored*\n' >.gitignore
printf '#!/bin/sh\necho tool\n' >tool && chmod +x tool
commit_all more
git tag -a v1 -m v1

# --- green and red
policy <<'EOT'
[gate "tests"]
run = echo all is well
EOT
exits 0 'a green gate' git agent gate
says '^gate green' 'says so'
is "$(log tests)" 'all is well' 'and keeps the log'
policy <<'EOT'
[gate "lint"]
run = echo fine
[gate "tests"]
run = echo to stdout; echo to stderr >&2; exit 3
EOT
exits 1 'a red gate' git agent gate
says '^gate red' 'says so'
says '^### stage tests: exit 3' 'names the stage and how it ended'
says '^to stdout' 'shows what it printed'
says '^to stderr' 'on either stream'
says_not '^fine' 'and not what is green'
exits 1 '--json' git agent gate --json
is "$(stages)" "[('lint', 'green'), ('tests', 'red')]" 'has every stage in the order of the policy'
is "$(json 'r["commit"]' <"$SCRATCH/out")" "$(git rev-parse HEAD)" 'and what was judged'
ok 'and the log' [ -s "$(json 'r["gate"]["stages"][1]["log"]' <"$SCRATCH/out")" ]
exits 0 'gate <rev> takes the policy of that revision' git agent gate HEAD~1
exits 128 'gate of an unknown revision' git agent gate nowhere
exits 129 'gate of two revisions' git agent gate HEAD HEAD~1

# --- side by side, each for itself
policy <<'EOT'
[gate]
jobs = 3
[gate "one"]
run = echo one >shared; date +%s%N; sleep 3; date +%s%N; grep -qx one shared
[gate "two"]
run = echo two >shared; date +%s%N; sleep 3; date +%s%N; grep -qx two shared
[gate "three"]
run = test ! -e shared && test "$(ls -d ../../[0-9]*/tree 2>/dev/null | wc -l)" -le 1 && echo x >>hello.txt && rm link
EOT
times() { cat ".git/agent/gate/$(git rev-parse HEAD)/$1.log"; }
exits 0 'none sees what another writes, or that it is there' git agent gate
ok 'stages run side by side' [ "$(times two | head -1)" -lt "$(times one | tail -1)" ]
run git -c agent.gate.jobs=1 agent gate --no-cache
ok 'with one job one after the other' [ "$(times two | head -1)" -gt "$(times one | tail -1)" ]
is "$(git status --porcelain)" '' 'nor does the checkout'

# --- order and failFast
cat >"$SCRATCH/order" <<'EOT'
[gate]
jobs = 1
failFast = true
[gate "first"]
run = true
[gate "second"]
run = false
[gate "third"]
run = true
EOT
policy <"$SCRATCH/order"
exits 1 'failFast' git agent gate --json
is "$(stages)" "[('first', 'green'), ('second', 'red'), ('third', 'skipped')]" 'stops after the first red stage'
exits 1 'without it' git -c agent.gate.failFast=false agent gate --json
is "$(stages)" "[('first', 'green'), ('second', 'red'), ('third', 'green')]" 'all run'

# --- timeout, daemons, missing programs, output
policy <<EOT
[gate "slow"]
run = echo started; sleep $mark
timeout = 1s
[gate "daemon"]
run = (setsid sleep $mark >/dev/null 2>&1 &); nohup sleep $mark >/dev/null 2>&1 & true
[gate "missing"]
run = no-such-tool --version
[gate "missing in a script"]
run = sh -c 'echo first; ./tool && no-such-thing | cat; exit 127'
[gate "killed"]
run = kill -9 \$\$
[gate "loud"]
run = yes | head -c 104857600
EOT
exits 1 'stages that end badly' git -c agent.limits.output=2m agent gate --json
detail() { json "[s['detail'] for s in r['gate']['stages'] if s['name'] == '$1'][0]" <"$SCRATCH/out"; }
is "$(detail slow)" 'ran longer than 1.0s; to give it longer: timeout = 2s, under [gate "slow"] in .gitagent' 'one past its timeout'
is "$(detail daemon)" None 'one that leaves daemons is green'
is "$(detail missing)" "'no-such-tool' was not found: install it" 'exit 127 names the program'
is "$(detail 'missing in a script')" "'no-such-thing' was not found: install it" 'wherever it is said'
is "$(detail killed)" 'killed by signal 9' 'one that was killed'
is "$(detail loud)" 'printed more than 2097152 bytes; to let it print more: output = <size>, under [limits] in .gitagent' 'output past the limit is red, and says so'
ok 'its log is cut' [ "$(log loud | wc -c)" -lt 3000000 ]
ok 'and all of them are gone' not pgrep -f "sleep $mark"

# --- dir, env, git
export WANTED=wanted UNWANTED=unwanted AWS_SECRET_ACCESS_KEY=unwanted
policy <<'EOT'
[gate "dir"]
dir = sub/dir
run = grep -q 'in sub' file
[gate "env"]
run = [ "$WANTED" = wanted ] && ! env | grep -q unwanted
env = WANTED
[gate "home"]
run = [ -n "$HOME" ] && [ -z "$(ls -A "$HOME")" ] && touch "$HOME/x" "$TMPDIR/y"
[gate "git"]
run = git describe --match v1 && git ls-files | grep -qx hello.txt && git log --oneline | grep -q policy && [ -z "$(git status --porcelain)" ] && git stash list && git rev-parse --show-toplevel && git commit -q --allow-empty -m x && git tag in-gate
[gate "modes"]
run = [ -x tool ] && [ ! -x hello.txt ] && [ "$(readlink link)" = hello.txt ]
[gate "no input"]
run = [ -z "$(cat)" ]
EOT
exits 0 'each stage has its directory, its environment and a git that works' git agent gate
is "$(git tag) $(git log -1 --format=%s)" 'v1 policy' 'and none of it reaches the repository'
exits 1 'a variable that is not set is not made up' env -u WANTED git agent gate
policy <<'EOT'
[gate "gone"]
dir = not/there
run = true
EOT
exits 1 'a directory that is not there is red' git agent gate
says "'not/there' is no directory of this commit" 'and named'

# --- when: only with a change to judge it by
policy <<'EOT'
[gate "docs"]
run = echo docs; false
when = docs/**, *.md
[gate "code"]
run = true
EOT
write_brief
agent <<<'echo x >code.c'
no_baseline
exits 0 'no path that `when` names' git agent issue issue.md --json
is "$(json '[(s["name"], s["status"]) for s in r["runs"][0]["gate"]["stages"]]' <"$SCRATCH/out")" "[('docs', 'skipped'), ('code', 'green'), ('secrets', 'green')]" 'skips the stage'
agent <<<'mkdir -p docs && echo x >docs/x'
exits 1 'one of them' git agent issue issue.md --fixes 0
exits 1 'the gate on a commit runs it always' git agent gate
rm issue.md

# --- setup and copy
echo secret >ignored.env
policy <<'EOT'
[worktree]
setup = echo "run in $(pwd | sed 's,.*/,,')" >>ignored.setup; mkdir -p ignored.d && ln -s x ignored.d/link && printf '#!/bin/sh\n' >ignored.d/prog && chmod 755 ignored.d/prog
copy = ignored.env, not-there
[gate "one"]
run = [ "$(wc -l <ignored.setup)" = 1 ] && grep -qx secret ignored.env && [ -x ignored.d/prog ] && [ -L ignored.d/link ] && echo more >>ignored.setup
[gate "two"]
run = [ "$(wc -l <ignored.setup)" = 1 ] && [ ! -e not-there ] && git status --porcelain | wc -l | grep -qx 0 && echo more >>ignored.setup
EOT
exits 0 'what worktree.setup and worktree.copy bring is in every stage, once' git agent gate
policy <<'EOT'
[worktree]
setup = echo trouble >&2; exit 4
[gate "one"]
run = true
EOT
run git agent gate
hinted 128 'worktree\.setup.*exited with 4' 'a setup that fails'

# --- what an agent hides behind .gitignore never reaches the gate
policy <<'EOT'
[worktree]
copy = ignored.env
[gate "tests"]
run = ls -A; [ ! -e ignored.conftest.py ] && [ ! -e node_modules ] && grep -qx secret ignored.env && git config --list >config; ! grep -q planted config
EOT
write_brief
agent <<'AGENT'
echo x >x
echo 'planted' >ignored.conftest.py
echo 'changed' >ignored.env
mkdir node_modules && echo planted >node_modules/x && printf 'node_modules\n' >>"$(git rev-parse --git-dir)/info/exclude"
git config planted.key value
AGENT
exits 0 'an agent that plants files' git agent issue issue.md --name planted
is "$(git diff --name-only HEAD agent/planted)" x 'proposes what it shows alone'
ok 'and the gate has not seen them' not grep -qE 'conftest|node_modules' .git/agent/runs/planted/gate-1/tests.log
rm issue.md

# --- work in progress
policy <<'EOT'
[gate "wip"]
run = cat hello.txt new staged 2>&1; ls -A | grep -qx ignored.env && exit 9; [ ! -e tool ] && grep -q edited hello.txt && grep -qx new new && grep -qx worktree staged
EOT
exits 1 'HEAD alone is red' git agent gate
echo edited >>hello.txt && echo new >new && echo index >staged && git add staged && echo worktree >staged && rm tool
before=$(user_state)
exits 0 '--wip takes edits, untracked and staged files and deletions, but nothing ignored' git agent gate --wip
is "$(user_state)" "$before" 'index and files stay as they are'
cd sub || exit 1
exits 0 'from a subdirectory too' git agent gate --wip
cd .. || exit 1
exits 129 '--wip with a revision' git agent gate --wip HEAD
exits 1 'without --wip HEAD is what counts' git agent gate
is "$(git for-each-ref refs/agent | grep -vE '/(issue|issue-2|planted)$')" '' 'the gate leaves no ref'
is "$(find "$WORK_ROOT" -mindepth 2 -maxdepth 2 -name 'gate-*')" '' 'and no directory'

done_testing
