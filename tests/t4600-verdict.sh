#!/bin/bash
# Verdicts that are known: the same is not judged twice, and nothing else is taken for the same.
# shellcheck disable=SC2016  # dollars in single quotes are for the stages
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
with_baseline

policy() {
	cat >.gitagent
	git commit -q -a --allow-empty -m policy
	git agent trust --yes >/dev/null 2>&1
}

# gate [<argument>...]: runs it; which stages were not run is in $cached: "tests lint".
gate() {
	run git agent gate --json "$@"
	cached=$(json '" ".join(s["name"] for s in r["gate"]["stages"] if s["cached"] and s["name"] != "secrets")' <"$SCRATCH/out")
}

# The first run makes the state directory below it, and a toolchain's place in HOME counts.
mkdir -p "$HOME/.local"
make_repo "$SCRATCH/repo"
policy <<'EOT'
[gate "tests"]
run = cat hello.txt
[gate "lint"]
run = echo looked; date +%s%N
EOT

# --- the same is known
gate
is "$cached" '' 'the first time every stage runs'
first=$(cat ".git/agent/gate/$(git rev-parse HEAD)/lint.log")
gate
is "$cached" 'tests lint' 'the second time none does'
is "$(cat ".git/agent/gate/$(git rev-parse HEAD)/lint.log")" "$first" 'the log is the one there was'
exits 0 'for people too' git agent gate
says 'lint .*\(cached\)' 'it says so'
git commit -q --allow-empty -m 'the same tree'
gate
is "$cached" 'tests lint' 'another commit of the same tree'
gate --no-cache
is "$cached" '' '--no-cache runs every stage'
ok 'in truth' [ "$(cat ".git/agent/gate/$(git rev-parse HEAD)/lint.log")" != "$first" ]
gate
is "$cached" 'tests lint' 'and what it found out is kept'
rm -r .git/agent/gate
gate
ok 'logs that were removed are there again' [ "$(cat ".git/agent/gate/$(git rev-parse HEAD)/tests.log")" = hello ]

# --- without a workspace, a checkout or a box
mv "$WORK_ROOT" "$SCRATCH/away" && echo 'in the way' >"$WORK_ROOT"
exits 0 'no work root is needed' git agent gate
rm "$WORK_ROOT" && mv "$SCRATCH/away" "$WORK_ROOT"

# --- what is not the same
echo other >hello.txt && commit_all other
gate
is "$cached" '' 'another tree'
gate
git -c agent.gate.lint.timeout=7m agent gate --json >"$SCRATCH/out" 2>/dev/null
is "$(json '[s["cached"] for s in r["gate"]["stages"][:2]]' <"$SCRATCH/out")" '[True, False]' 'another timeout of one stage'
export LANG=C
gate
is "$cached" '' 'another environment'
gate
mkdir "$SCRATCH/bin" && printf '#!/bin/sh\nexec /bin/date "$@"\n' >"$SCRATCH/bin/date" && chmod +x "$SCRATCH/bin/date"
PATH=$SCRATCH/bin:$PATH gate
is "$cached" '' 'another PATH'
PATH=$SCRATCH/bin:$PATH gate
is "$cached" 'tests lint' 'which is then known'
printf '#!/bin/sh\nexec  /bin/date "$@"\n' >"$SCRATCH/bin/date"
PATH=$SCRATCH/bin:$PATH gate
is "$cached" 'tests' 'a program of a stage that has changed: that stage'
git config core.autocrlf true
gate
is "$cached" '' 'another way to write files'
git config --unset core.autocrlf
gate
is "$cached" 'tests lint' 'and back again'
echo one >"$SCRATCH/opened" && git config agent.sandbox.read "$SCRATCH/opened"
gate
is "$cached" '' 'a place that is opened to the stages'
gate
is "$cached" 'tests lint' 'is one of what is known'
echo two, longer >"$SCRATCH/opened"
gate
is "$cached" '' 'and so is what is there'
git config --unset agent.sandbox.read
gate --wip
is "$cached" 'tests lint' '--wip where nothing was changed'
echo more >>hello.txt
gate --wip
is "$cached" '' '--wip where something was'
gate --wip
is "$cached" 'tests lint' 'which is then known as well'
git checkout -q hello.txt

# --- changed in the moment the index was written: told by the index's time alone
git config core.trustctime false && git config core.checkStat minimal
printf 'right\n' >raced.txt && touch -d @1700000000 raced.txt && commit_all raced
gate
printf 'wrong\n' >raced.txt && touch -d @1700000000 raced.txt .git/index
gate --wip
is "$cached" '' 'what git tells by that is in --wip'
git checkout -q raced.txt && git config --unset core.trustctime && git config --unset core.checkStat

# --- damaged
for file in .git/agent/verdicts/????*; do printf 'x' >>"$file"; done
gate
is "$cached" '' 'files that are not whole are none'
is "$status" 0 'and no fault'
chmod 0 .git/agent/verdicts/????* && rm -rf .git/agent/verdicts && echo >.git/agent/verdicts
gate
is "$status $cached" '0 ' 'where none can be kept the gate judges all the same'
rm .git/agent/verdicts

# --- red, and what is never kept
policy <<'EOT'
[gate "red"]
run = echo it fails; exit 3
[gate "never"]
run = true
cache = false
[gate "missing"]
run = no-such-tool
[gate "slow"]
run = sleep 60
timeout = 1s
EOT
gate
is "$status" 1 'red'
gate
is "$cached" 'red' 'red is known, but not with cache = false, a missing program or a clock that ran out'
exits 1 'red again' git agent gate
says '^it fails' 'with what it printed'
says 'red .*\(cached\)  exit 3' 'and how it ended'

# --- runs
policy <<'EOT'
[gate "tests"]
run = ! grep -q wrong *.txt
EOT
write_brief && commit_all brief
agent <<'EOT'
echo right >made.txt
EOT
exits 0 'a run' git agent issue issue.md --name one
is "$(record one '[s["cached"] for s in r["gate"]["stages"][:1]]')" '[False]' 'is judged'
exits 0 'one that makes the same tree' git agent issue issue.md --name two
is "$(record two '[s["cached"] for s in r["gate"]["stages"][:1]]')" '[True]' 'is not judged again'
ok 'its branch is there' git show-ref -q refs/heads/agent/two
ok 'and the log' [ -f .git/agent/runs/two/gate-1/tests.log ]
ok 'the report says so' grep -q 'cached' .git/agent/runs/two/report.md
exits 0 'issue --no-cache' git agent issue issue.md --name three --no-cache
is "$(record three '[s["cached"] for s in r["gate"]["stages"][:1]]')" '[False]' 'judges it'
exits 0 'try' git agent try agent/one --name four
is "$(record four '[s["cached"] for s in r["gate"]["stages"][:1]]')" '[True]' 'knows it too'
git agent gate agent/one >/dev/null 2>&1
git agent gate agent/one --json >"$SCRATCH/out" 2>/dev/null
is "$(json 'r["gate"]["stages"][0]["cached"]' <"$SCRATCH/out")" True 'and the gate'

# --- at another level
if [ -z "${GIT_AGENT_TEST_LEVEL:-}" ]; then
	GIT_AGENT_SANDBOX_REQUIRE=none git agent gate --no-cache >/dev/null 2>&1
	GIT_AGENT_SANDBOX_REQUIRE=none git agent gate --json >"$SCRATCH/out" 2>/dev/null
	is "$(json 'r["gate"]["stages"][0]["cached"]' <"$SCRATCH/out")" True 'without a box, where it was made without one'
	gate
	is "$cached" '' 'in a box, what was made without one counts for nothing'
fi

# --- sparse
git sparse-checkout set --no-cone '/*' 2>/dev/null
gate
gate
is "$cached" '' 'in a sparse checkout nothing is known'
done_testing
