#!/bin/bash
# git agent issue --simulate: what a good and a bad run leave behind, and what the options change.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
with_baseline

trailer() { git log -1 --format="%(trailers:key=$2,valueonly)" "$1" | sed '/^$/d'; }
branches() { git for-each-ref --format='%(refname:short)' refs/heads/agent/; }

start_repo simulate
base=$(git rev-parse main)

# --- a dry run
exits 0 '--dry-run' git agent issue issue.md --simulate good --dry-run
says "^level: ${GIT_AGENT_TEST_LEVEL:-full}" 'it prints the sandbox'
says '^limits\.fixes = 2' 'the policy'
says '^gate\.tests\.run = true' 'with its stages'
says 'A greeting is wanted' 'and the prompt'
says 'simulate/agent.sh good' 'and the command'
is "$(traces)" '' 'it leaves nothing behind'
is "$(user_state)" "$before" 'and changes nothing'

# --- good
exits 0 'a good change' git agent issue issue.md --simulate good
says '^Proposed agent/issue' 'says what is proposed'
says 'git diff main\.\.\.agent/issue' 'and how to review it'
is "$(branches)" agent/issue 'one branch'
is "$(git rev-parse agent/issue^)" "$base" 'its parent is the base'
is "$(git rev-list --count main..agent/issue)" 1 'it is one commit'
is "$(trailer agent/issue Agent-Run)" issue 'trailer Agent-Run'
is "$(trailer agent/issue Assisted-by)" simulate:good 'trailer Assisted-by'
is "$(git log -1 --format=%s agent/issue)" 'Greet the world' 'its subject is the title'
is "$(git diff --name-only main agent/issue | tr '\n' ' ')" 'git-agent-demo/discount.sh git-agent-demo/test-discount.sh ' 'it holds the demo alone'
is "$(git show agent/issue:git-agent-demo/discount.sh | sh -s 200 10)" 180 'which is right'
is "$(git rev-parse refs/agent/base/issue)" "$base" 'refs/agent/base pins the base'
is "$(git rev-parse refs/agent/head/issue)" "$(git rev-parse agent/issue)" 'refs/agent/head pins what was judged'
is "$(user_state)" "$before" 'the checkout is as it was'
is "$(record issue '(r["state"], r["branch"], r["gate"]["status"], len(r["passes"]))')" "('proposed', 'agent/issue', 'green', 1)" 'the record'
ok 'the checkout of a proposal is gone' [ ! -e "$(record issue 'r["work_dir"]')" ]
ok 'the report is there' grep -q 'agent/issue' .git/agent/runs/issue/report.md
ok 'the prompt is kept' grep -q 'A greeting is wanted' .git/agent/runs/issue/prompt-1.md
ok 'git fsck is content' git fsck --strict --no-dangling

# --- bad
exits 1 'a bad change' git agent issue issue.md --simulate bad
says 'No PR proposed\.' 'says that nothing is proposed'
is "$(branches)" agent/issue 'no branch of its own'
kept=$(sed -n 's/^The attempt is kept: //p' "$SCRATCH/out")
ok 'the attempt is where it says' [ -s "$kept/run.json" ]
ok 'with the log of the red stage' grep -q 'discount 200 10 printed 190, expected 180' "$kept/gate-1/demo.log"
ok 'and of the agent' grep -q wrote "$kept/agent-1.log"
ok 'the commit is pinned' git cat-file -e 'refs/agent/head/issue-2^{commit}'
says '^  review +git diff main refs/agent/head/issue-2$' 'it names the command that shows it'
is "$(git diff --name-only main refs/agent/head/issue-2 | wc -l)" 2 'which does'
work=$(record issue-2 'r["work_dir"]')
ok 'its checkout is kept' [ -x "$work/tree/git-agent-demo/discount.sh" ]
is "$(record issue-2 'r["state"]')" rejected 'the record'
is "$(passes issue-2)" 2 'the same tree again ends it early'
is "$(user_state)" "$before" 'the checkout is as it was'

# --- names and bases
exits 0 'the same brief again' git agent issue issue.md --simulate good -q
is "$(branches | tr '\n' ' ')" 'agent/issue agent/issue-3 ' 'has the next name'
exits 0 '--name' git agent issue issue.md --simulate good --name my-own
ok 'names the branch' git cat-file -e 'agent/my-own^{commit}'
exits 128 '--name that is taken' git agent issue issue.md --simulate good --name my-own
says "^fatal: .*'my-own'" 'says which'
git branch agent/kept
exits 128 '--name of a branch' git agent issue issue.md --simulate good --name kept
git branch -q -D agent/kept
printf -- '---\nname: from-front\n---\n# A title\n\nText.\n' | git agent issue - --simulate good >/dev/null 2>&1
ok 'the front matter names the run' git cat-file -e 'agent/from-front^{commit}'
printf '# Ünïcode: a Title/with (things)\n\nText.\n' | git agent issue - --simulate good >/dev/null 2>&1
ok 'the title names it where there is no file' [ "$(branches | grep -c 'agent/.*title-with-things')" = 1 ]

git commit -q --allow-empty -m later
git tag v1 main
git branch other v1~1
before=$(user_state)
exits 0 '--base' git agent issue issue.md --simulate good --base v1~1 --name on-base
is "$(git rev-parse agent/on-base^)" "$(git rev-parse v1~1)" 'starts there'
exits 0 'agent.base' git -c agent.base=other agent issue issue.md --simulate good --name on-other
is "$(git rev-parse agent/on-other^)" "$(git rev-parse other)" 'starts there'
is "$(user_state)" "$before" 'the checkout is as it was'

# --- passes: an agent that does something else each time, and is always wrong
agent <<'AGENT'
echo "$RANDOM $$" >>attempts
AGENT
git config agent.gate.tests.run 'cat attempts; false'
git agent trust --yes >/dev/null 2>&1
no_baseline
for fixes in 0 1 2; do
	exits 1 "--fixes $fixes" git agent issue issue.md --fixes $fixes --name fixes-$fixes
	is "$(passes fixes-$fixes)" $((fixes + 1)) "--fixes $fixes makes $((fixes + 1)) passes"
done
ok 'the second prompt has the failure' grep -q 'is red' .git/agent/runs/fixes-1/prompt-2.md
exits 1 'limits.fixes' git -c agent.limits.fixes=1 agent issue issue.md --name by-config
is "$(passes by-config)" 2 'counts as well'
exits 129 '--fixes x' git agent issue issue.md --fixes x --name wrong
exits 129 '--fixes -1' git agent issue issue.md --fixes -1 --name wrong
ok 'leaves no run' [ ! -e .git/agent/runs/wrong ]

# an agent that mends its work when it is told what is red
agent <<'AGENT'
if grep -q '^## Pass 2' -; then echo right >answer; else echo wrong >answer; fi
AGENT
git config agent.gate.tests.run 'grep right answer'
git agent trust --yes >/dev/null 2>&1
exits 0 'a second pass that mends it' git agent issue issue.md --name mended
is "$(passes mended)" 2 'took two passes'
is "$(git rev-list --count main..agent/mended)" 1 'and is one commit'
is "$(git show agent/mended:answer)" right 'the right one'
git config --unset agent.gate.tests.run
unset AGENT_CMD

# --- keeping, output
exits 0 '--keep' git agent issue issue.md --simulate good --keep --name keep
ok 'keeps the checkout' [ -d "$(record keep 'r["work_dir"]')/tree" ]

exits 0 '-q' git agent issue issue.md --simulate good -q --name quiet
ok 'has no progress' not grep -q 'run quiet' "$SCRATCH/err"

exits 0 '--json' git agent issue issue.md --simulate good --json --name as-json
is "$(wc -l <"$SCRATCH/out")" 1 'standard output is one line'
is "$(json '(r["version"], len(r["runs"]), r["runs"][0]["id"], r["runs"][0]["state"])' <"$SCRATCH/out")" "(1, 1, 'as-json', 'proposed')" 'which is the record'
is "$(json 'r["runs"][0]["head_oid"]' <"$SCRATCH/out")" "$(git rev-parse agent/as-json)" 'with the commit'
is "$(json 'sorted(s["name"] + s["status"] for s in r["runs"][0]["gate"]["stages"])' <"$SCRATCH/out")" "['demogreen', 'secretsgreen', 'testsgreen']" 'and the stages'
exits 1 '--json of a red run' git agent issue issue.md --simulate bad --json
is "$(json '(r["runs"][0]["state"], r["runs"][0]["error"]["code"])' <"$SCRATCH/out")" "('rejected', 'red')" 'is the record too'
exits 128 '--json without a brief' git agent issue gone.md --simulate good --json
is "$(json '(len(r["runs"]), bool(r["error"]["message"]))' <"$SCRATCH/out")" '(0, True)' 'has an error'

mkdir -p deep/er && cd deep/er || exit 1
exits 0 'from a subdirectory' git agent issue ../../issue.md --simulate good --name deep
cd ../.. || exit 1
is "$(git diff --name-only main agent/deep | head -1)" git-agent-demo/discount.sh 'the change is at the top'
is "$(user_state)" "$before" 'after all this the checkout is as it was'
ok 'and git fsck is content' git fsck --strict --no-dangling

done_testing
