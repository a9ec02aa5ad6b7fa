#!/bin/bash
# git agent gate --ci: the whole gate as a required check: by the base's policy, in the words of the place that runs it.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
for name in GITHUB_ACTIONS GITHUB_BASE_REF GITHUB_EVENT_PATH GITLAB_CI CI_MERGE_REQUEST_TARGET_BRANCH_SHA \
	CI_MERGE_REQUEST_TARGET_BRANCH_NAME CI_MERGE_REQUEST_DIFF_BASE_SHA CI_COMMIT_BEFORE_SHA; do
	unset "$name"
done

# A clone as a runner makes it: a project, and its clone on the branch `change`.
git init -q project && cd project || exit 1
mkdir src tests
echo 'ok' >src/app
printf 'test_one\ntest_two\n' >tests/test_app.txt
printf '#!/bin/sh\ngrep -q ok src/app || { echo "src/app:1: this is not ok"; echo "nowhere/else:3: no"; echo "::error::mine"; exit 1; }\n' >check.sh
printf '[gate "tests"]\nrun = sh check.sh\n[gate "docs"]\nrun = true\nwhen = docs/**\n' >.gitagent
commit_all base
base=$(git rev-parse HEAD)
cd "$SCRATCH" && git clone -q project runner && cd runner && git checkout -q -b change || exit 1
fresh() { git checkout -q -f change && git reset -q --hard "$base" && git clean -fdq; }

# --- verdicts, without anything to approve
fresh
echo more >>src/app && commit_all more
exits 0 'a good change' git agent gate --ci
says "gate on $(git rev-parse HEAD | cut -c1-10) for this machine, by the policy of ${base:0:10} \(origin/HEAD\)" 'says by whose policy'
says '^gate green$' 'green'
says_not 'docs.*exit' 'a stage of other paths is not run'
ok 'nothing was approved' test ! -e .git/agent/trust
fresh
echo bad >src/app && commit_all bad
exits 1 'a bad one' git agent gate --ci
says '^error: tests: exit 1' 'says which stage'
says '^error: tests: src/app:1: this is not ok' 'and where, as the stage told'
says_not 'error: tests: nowhere' 'but of no file that is not there'
says '^--- tests' 'with its output'
says '^gate red$' 'red'
printf '[gate "tests"]\nrun = true\n' >.gitagent && commit_all 'an easier gate'
exits 1 'one that brings an easier gate' git agent gate --ci
says 'warning: paths: .*gitagent' 'a reviewer is told of protected paths'
fresh
printf '[gate "tests"]\nrun = false\n' >.gitagent && commit_all 'a harder gate'
exits 0 'one that brings a harder one' git agent gate --ci
exits 0 'with --base, which comes first' git agent gate --ci --base origin/main
exits 1 'its own policy, where it is the base' git agent gate --ci --base HEAD HEAD

# --- what is built in
fresh
printf '[gate "tests"]\nrun = true\n' >.gitagent && git add -A && git commit -q -m 'Make it easier

Agent-Run: easy-1'
exits 4 "an agent's change of a protected path" git agent gate --ci
says '^error: paths: .*gitagent.* protected path' 'is refused'
exits 0 'unless a person lets it' git agent gate --ci --allow-path .gitagent
fresh
git update-index --add --cacheinfo "160000,$base,sub" && git commit -q -m link
exits 4 'a nested repository' git agent gate --ci
says "^error: paths: 'sub' is a nested repository" 'is refused, whoever made it'
fresh
token=$("$GIT_AGENT_BUILD/tests/h-secrets" one github-pat)
echo "key = $token" >conf && commit_all 'with a secret' && git rm -q conf && git commit -q -m 'without it'
exits 1 'a secret in a commit below' git agent gate --ci
says '^error: secrets: conf:1: ' 'is told, with its line'
says_not "$token" 'and is not shown'
fingerprint=$(git agent guard secrets "$base..HEAD" 2>/dev/null | sed -n 's/.*\[\(.*\)\]$/\1/p')
ok 'its fingerprint' test -n "$fingerprint"
echo "$fingerprint it is the documentation's" >.gitagent-allow && commit_all allow
exits 1 'a change does not allow itself anything' git agent gate --ci
fresh
printf 'test_one\n' >tests/test_app.txt
printf '#!/bin/sh\nexit 0\n' >check.sh && commit_all 'weaker tests'
exits 0 'weaker evidence' git agent gate --ci
says '^warning: evidence: ' 'is told'
git config agent.evidence.mode block
exits 1 'and red where it blocks' git agent gate --ci
says '^error: evidence: ' 'as an error'
git config --unset agent.evidence.mode

# --- where the base is
fresh
echo bad >src/app && commit_all bad
event() { printf '%s' "$1" >"$SCRATCH/event.json"; }
by() { says "\($1" "the base by $1"; }
event "{\"pull_request\": {\"base\": {\"sha\": \"$base\"}}}"
exits 1 'GitHub, by the branch' env GITHUB_ACTIONS=true GITHUB_BASE_REF=main git agent gate --ci
by 'GITHUB_BASE_REF, origin/main'
exits 1 'GitHub, by the event' env GITHUB_ACTIONS=true GITHUB_BASE_REF= GITHUB_EVENT_PATH="$SCRATCH/event.json" git agent gate --ci
by 'pull_request.base.sha'
event "{\"merge_group\": {\"base_sha\": \"$base\"}}"
exits 1 'GitHub, a merge queue' env GITHUB_ACTIONS=true GITHUB_EVENT_PATH="$SCRATCH/event.json" git agent gate --ci
by 'merge_group.base_sha'
event "{\"before\": \"$base\"}"
exits 1 'GitHub, a push' env GITHUB_ACTIONS=true GITHUB_EVENT_PATH="$SCRATCH/event.json" git agent gate --ci
by before
exits 1 'GitLab, merged results' env GITLAB_CI=true CI_MERGE_REQUEST_TARGET_BRANCH_SHA="$base" git agent gate --ci
by CI_MERGE_REQUEST_TARGET_BRANCH_SHA
exits 1 'GitLab, a merge request' env GITLAB_CI=true CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main git agent gate --ci
by 'CI_MERGE_REQUEST_TARGET_BRANCH_NAME, origin/main'
exits 1 'GitLab, a push' env GITLAB_CI=true CI_COMMIT_BEFORE_SHA="$base" git agent gate --ci
by CI_COMMIT_BEFORE_SHA
git update-ref -d refs/remotes/origin/HEAD
run env GITLAB_CI=true CI_COMMIT_BEFORE_SHA="${base//[0-9]/0}" git agent gate --ci
hinted 128 'merged into, or it is not in this clone' 'an id that is not here'
run env GITHUB_ACTIONS=true GITHUB_BASE_REF='main^{/x}' GITHUB_EVENT_PATH=/nonexistent git agent gate --ci
hinted 128 'merged into' 'a branch that is none'
git checkout -q -b merged "$base" && git merge -q --no-ff -m merge change
exits 1 'a merge to be looked at' git agent gate --ci
by 'the first parent of the merge'
git checkout -q change
git update-ref refs/remotes/origin/HEAD "$base"
run git agent gate --ci --base nothing
is "$status" 128 'a base that is none'
git checkout -q -b older "$base~0" && git rm -q .gitagent && git commit -q -m 'before there was a policy'
old=$(git rev-parse HEAD)
git checkout -q -b first && printf '[gate "tests"]\nrun = false\n' >.gitagent && commit_all 'the first policy'
exits 0 'a base without a policy' git agent gate --ci --base "$old"
says '^notice: gate: the base has no policy yet' 'says so'
is "$(git agent gate --ci --json --base "$old" 2>/dev/null | json '[r["verdict"], r["gate"]["status"], [(s["name"], s["status"]) for s in r["gate"]["stages"]]]')" "['green', 'green', [('secrets', 'green')]]" 'and as JSON'

# --- formats
fresh
echo bad >src/app && commit_all bad
exits 1 'for GitHub' env GITHUB_ACTIONS=true GITHUB_BASE_REF=main git agent gate --ci
says '^::group::tests$' 'output is folded'
says '^::endgroup::$' 'and closed'
says '^::error title=tests::exit 1' 'the stage'
says '^::error file=src/app,line=1,title=tests::this is not ok' 'and the line'
is "$(grep -c '^::error::mine' "$SCRATCH/out")" 0 'what a stage prints commands nothing'
exits 1 'for GitLab' env GITLAB_CI=true CI_COMMIT_BEFORE_SHA="$base" git agent gate --ci
says 'section_start:[0-9]+:tests\[collapsed=true\]' 'output is folded'
says 'section_end:[0-9]+:tests' 'and closed'
run git agent gate --ci --format codequality
is "$status" 1 'code quality: red'
is "$(json 'sorted((x["check_name"], x["location"]["path"], x["location"]["lines"]["begin"], x["severity"]) for x in r)' <"$SCRATCH/out")" \
	"[('tests', '.gitagent', 1, 'major'), ('tests', 'src/app', 1, 'major')]" 'each with its place'
is "$(json 'len({x["fingerprint"] for x in r}) == len(r)' <"$SCRATCH/out")" True 'and its fingerprint'
run git agent gate --ci --format sarif
is "$(json '[r["version"], r["runs"][0]["tool"]["driver"]["name"], [x["ruleId"] for x in r["runs"][0]["results"]], r["runs"][0]["results"][1]["locations"][0]["physicalLocation"]["region"]["startLine"]]' <"$SCRATCH/out")" \
	"['2.1.0', 'git-agent', ['tests', 'tests'], 1]" 'SARIF'
run git agent gate --ci --json
is "$(json '[r["verdict"], r["base"], r["gate"]["status"], [(x["level"], x["rule"], x["path"], x["line"]) for x in r["annotations"]]]' <"$SCRATCH/out")" \
	"['red', '$base', 'red', [('error', 'tests', None, 0), ('error', 'tests', 'src/app', 1)]]" 'JSON'
exits 129 'a format that is none' git agent gate --ci --format none
exits 129 '--wip has no base' git agent gate --ci --wip
exits 129 '--format alone' git agent gate --format sarif
exits 0 'in a bare clone' git -C ../runner agent gate --ci --base "$base" "$base"
git clone -q --bare . ../bare.git
exits 1 'a bare repository' git -C ../bare.git agent gate --ci --base "$base" change

done_testing
