#!/bin/bash
# git agent guard evidence: what the commits of a range do to what proves the code, told to who reviews them, with the commit and its
# author; what a later commit puts back is none.
. "${BASH_SOURCE%/*}/lib.sh"
. "$TESTS_DIR/lib-runs.sh"

names() { git agent guard evidence --json "$@" 2>/dev/null | json '[f["name"] + " " + str(f["path"]) for f in r["findings"]]'; }
# by <name> [<range>]: the subjects of the commits that a finding names.
by() {
	local name=$1
	shift
	git agent guard evidence --json "$@" 2>/dev/null |
		json "' '.join(b['commit'] for f in r['findings'] if f['name'] == '$name' for b in f['by'])" |
		tr ' ' '\n' | grep . | xargs -rn1 git log -1 --format=%s | paste -sd,
}

make_repo "$SCRATCH/repo"
mkdir tests
cat >tests/test_price.py <<'END'
def test_one():
    assert price(1) == 2

def test_two():
    assert price(2) == 4
END
echo 'price = 1' >price.py
commit_all tests
git checkout -q -b topic

exits 128 'without a base nothing can be told' git agent guard evidence
says '^hint: .*git agent guard evidence <base>\.\.HEAD' 'and what to name is said'
exits 0 'a range without a change' git agent guard evidence main..topic
says '^no finding in 0 commits since [0-9a-f]{10} \(main\)$' 'has none'

echo 'price = 2' >price.py && commit_all 'the code'
exits 0 'a change of the code is none' git agent guard evidence main..topic
says '^no finding in 1 commit since' 'and is counted'
printf '\ndef test_three():\n    assert price(3) == 6\n' >>tests/test_price.py && commit_all 'a new test'
sed -i 's/price(3) == 6/price(3) is not None/' tests/test_price.py && commit_all 'the new test is edited'
exits 0 'what came with the range may change in it' git agent guard evidence main..topic
exits 4 'by itself that commit has a finding' git agent guard evidence 'HEAD^!'
says '^assertions-edited: tests/test_price.py:8: .*; in [0-9a-f]{10} by A Person$' 'with its line, its commit and its author'

# From anybody, and each to its commit.
sed -i 's/== 4/is not None/' tests/test_price.py
git commit -q -a -m 'an agent loosens' -m 'Agent-Run: mend-price' --author 'A Machine <m@example.com>'
sed -i '1i @pytest.mark.skip' tests/test_price.py && commit_all 'a person skips'
echo 'price = 3' >price.py && commit_all 'more code'
exits 4 'an edited and a skipped test' git agent guard evidence main..topic
says '^tests-skipped: tests/test_price.py:1: .* \(0 -> 1\); in [0-9a-f]{10} by A Person$' "the person's"
says '^assertions-edited: tests/test_price.py:6: .*; in [0-9a-f]{10} by A Machine, run mend-price$' "and the agent's"
says '^2 findings in 6 commits since [0-9a-f]{10} \(main\)$' 'and how many there are'
is "$(by tests-skipped main..)" 'a person skips' 'the commit, as JSON'
is "$(git agent guard evidence --json main.. 2>/dev/null | json '(r["commits"], r["open"], r["base_by"], r["commit"], r["base"])')" \
	"(6, 2, 'main', '$(git rev-parse topic)', '$(git rev-parse main)')" 'the range, as JSON'
exits 4 'three dots' git agent guard evidence main...topic
says '^2 findings in 6 commits' 'are the same'

# What the base does meanwhile is not the change's.
git checkout -q main
printf 'def test_four():\n    assert price(4) == 8\n' >tests/test_four.py && commit_all 'main goes on'
git checkout -q topic
is "$(names main..topic)" "['tests-skipped tests/test_price.py', 'assertions-edited tests/test_price.py']" 'the base goes on: the same findings'
git branch -q -u main
exits 4 'no remote, but an upstream' git agent guard evidence
says '^2 findings in 6 commits since [0-9a-f]{10} \(main\)$' 'is what it is compared with'
git checkout -q -b merged && git merge -q -m 'take main in' main
is "$(names main..merged)" "['tests-skipped tests/test_price.py', 'assertions-edited tests/test_price.py']" 'the base merged in: the same findings'
is "$(by tests-skipped main..merged)" 'a person skips' 'of the same commit'
git checkout -q topic

# What a person declares, and what the policy says.
exits 0 'paths that may change' git agent guard evidence --allow-path 'tests/**' main..topic
says '\(declared\); in' 'are told as declared'
is "$(git agent guard evidence --json --allow-path 'tests/**' main.. 2>/dev/null | json '(r["open"], {f["status"] for f in r["findings"]})')" "(0, {'declared'})" 'as JSON'
git config agent.evidence.mode off
exits 4 'asked by hand, the mode off tells all the same' git agent guard evidence main..topic
git config agent.evidence.mode block
is "$(git agent guard evidence --json main.. 2>/dev/null | json '{f["status"] for f in r["findings"]}')" "{'blocked'}" 'the mode block is in the record'
git config --unset agent.evidence.mode
git checkout -q main && printf '[gate "tests"]\nrun = true\n[evidence]\npaths = golden/**\n' >.gitagent
mkdir golden && echo 1 >golden/one && commit_all 'evidence of its own'
git checkout -q -b data && echo 2 >golden/one && commit_all 'other data'
is "$(names main..data)" "['fixture-edited golden/one']" 'the policy of the base says what is evidence'
printf '[gate "tests"]\nrun = true\n' >.gitagent && commit_all 'and not of the change'
is "$(names main..data)" "['policy-edited .gitagent', 'fixture-edited golden/one']" 'which cannot change it'

# Put back: nothing.
git revert --no-edit HEAD HEAD~1 >/dev/null
exits 0 'what is put back is no finding' git agent guard evidence main..data
# Moved over two commits: nothing is gone.
git checkout -q -b moved main && git rm -q tests/test_price.py && git commit -q -m 'take it out'
exits 4 'a file of tests that is gone' git agent guard evidence main..moved
says '^tests-deleted: tests/test_price.py' 'is told'
git show main:tests/test_price.py >tests/test_all_prices.py
commit_all 'put it elsewhere'
exits 0 'moved by two commits it is not gone' git agent guard evidence main..moved

# What a clone has: a pushed branch is compared with what it goes to.
git init -q --bare "$SCRATCH/remote.git"
git push -q "$SCRATCH/remote.git" main topic
git clone -q "$SCRATCH/remote.git" "$SCRATCH/clone" && cd "$SCRATCH/clone" || exit 1
exits 0 'nothing to tell of what is there' git agent guard evidence
git switch -q topic
exits 4 'a branch that was pushed' git agent guard evidence
says '^2 findings in 6 commits since [0-9a-f]{10} \(origin/HEAD\)$' 'against the branch it goes to'
exits 4 'by its name, from elsewhere' git agent guard evidence origin/topic
sed -i '1i @pytest.mark.skip' price.py && printf 'def test_five():\n    assert 1 == 2\n' >tests/test_five.py && commit_all 'a test'
exits 0 'commits that are not pushed' git agent guard evidence
says '^no finding in 1 commit since [0-9a-f]{10} \(origin/topic\)$' 'against the upstream'
cd "$SCRATCH/repo" || exit 1

# Bad input, and odd repositories.
exits 128 'an unknown revision' git agent guard evidence nope
exits 128 'an unknown side of a range' git agent guard evidence main..nope
exits 128 'an option' git agent guard evidence -- --all
exits 129 'two ranges' git agent guard evidence main..topic main..data
exits 4 'a first commit' git agent guard evidence "$(git rev-list --max-parents=0 main)^!"
says '^policy-edited: .gitagent: added' 'has nothing before it, so all of it is new'
is "$(git agent guard evidence --json "$(git rev-list --max-parents=0 main)^!" 2>/dev/null | json 'r["base"]')" None 'as JSON'
git agent guard evidence --sarif main..topic >"$SCRATCH/sarif" 2>/dev/null
is "$(json '[(x["level"], x["locations"][0]["physicalLocation"]["region"]["startLine"]) for x in r["runs"][0]["results"]]' <"$SCRATCH/sarif")" \
	"[('warning', 1), ('warning', 6)]" 'as SARIF'
git checkout -q main && git checkout -q --orphan apart && git commit -q -m apart && git rm -q tests/test_price.py && git commit -q -m 'without tests'
exits 4 'no merge base: all that differs' git agent guard evidence main..apart
cd "$SCRATCH/remote.git" || exit 1
exits 4 'in a bare repository' git agent guard evidence main..topic

git init -q --object-format=sha256 "$SCRATCH/wide" && cd "$SCRATCH/wide" || exit 1
mkdir tests && printf 'def test_one():\n    assert one() == 1\n' >tests/test_one.py && commit_all one
printf 'def test_one():\n    assert one()\n' >tests/test_one.py && commit_all 'two'
exits 4 'SHA-256' git agent guard evidence HEAD~1..
says '^assertion.*: tests/test_one.py:2: .*; in [0-9a-f]{10} by A Person$' 'is the same'
exits 0 'and its first commit' git agent guard evidence 'HEAD~1^!'

# A hostile name is shown as text, and means itself alone.
cd "$SCRATCH/repo" && git checkout -q -b odd main || exit 1
printf 'def test_a():\n    assert a() == 1\n' >$'tests/test_\e[31m*.py' && commit_all 'an odd name'
git branch -q odd-base
printf 'def test_a():\n    pass\n' >$'tests/test_\e[31m*.py'
git commit -q -a -m 'odd' --author $'E\e[2Jvil <e@example.com>'
exits 4 'an odd name of a file' git agent guard evidence odd-base..odd
ok 'is shown without its escapes' not grep -q $'\e' "$SCRATCH/out" "$SCRATCH/err"
is "$(by assertions-fewer odd-base..odd)" odd 'and is found'

done_testing
