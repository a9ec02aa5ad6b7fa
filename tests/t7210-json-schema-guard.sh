#!/bin/bash
# What git agent guard --json prints is what share/schema/guard.json says.
. "${BASH_SOURCE%/*}/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
schema=$TESTS_DIR/../share/schema/guard.json
. "$TESTS_DIR/lib-schema.sh"

token=$("$GIT_AGENT_BUILD/tests/h-secrets" one github-pat)
git init -q --bare "$SCRATCH/remote.git"
make_repo "$SCRATCH/repo"
mkdir tests && printf 'def test_one():\n    assert one() == 1\n' >tests/test_one.py && commit_all tests
git remote add origin "$SCRATCH/remote.git"
git push -q origin main
git fetch -q && git remote set-head origin main
git checkout -q -b topic
git rm -q tests/test_one.py
mkdir tests && echo "$token" >tests/key
git commit -q -m "a change" -m 'Agent-Run: a-run' && commit_all 'a secret'

exits 0 'refs' git agent guard refs --json
fits 'what is protected' refs
exits 4 'refs by name' git agent guard refs --json main topic refs/agent/base/x
fits 'of each its verdict' refs
exits 4 'a push that is refused' git agent guard push --json origin main topic
fits 'every refusal' push
git agent guard push --json "$SCRATCH/remote.git" topic >"$SCRATCH/out" 2>/dev/null
fits 'a push to a URL' push
exits 4 'secrets' git agent guard secrets --json
fits 'each of them' secrets
exits 0 'no secret' git agent guard secrets --json origin/main
fits 'an empty list of them' secrets
exits 4 'evidence' git agent guard evidence --json
fits 'each finding' evidence
is "$(json '[(b["author"], b["run"]) for b in r["findings"][0]["by"]]' <"$SCRATCH/out")" "[('A Person', 'a-run')]" 'with whose it is'
exits 0 'no finding' git agent guard evidence --json origin/main..origin/main
fits 'an empty list of them' evidence
exits 4 'a server without a hook' git agent guard server check --json "$SCRATCH/remote.git"
fits 'what there is' server_check
exits 0 'a hook that would be installed' git agent guard server install -n --json "$SCRATCH/remote.git"
fits 'what would be done' server_install
exits 0 'one that is installed' git agent guard server install --json "$SCRATCH/remote.git"
fits 'what was done' server_install
exits 0 'a server with a hook' git agent guard server check --json "$SCRATCH/remote.git"
fits 'that it is live' server_check

# What the schema would catch.
git agent guard evidence --json >"$SCRATCH/out" 2>/dev/null
while IFS='|' read -r name change; do
	ok "$name does not pass" not valid evidence < <(json "($change, __import__('json').dumps(r))[1]" <"$SCRATCH/out")
done <<'END'
another member|r.update(extra=1)
a missing member|r.pop('base_by')
an unknown status|r['findings'][0].update(status='fine')
a commit that is no id|r['findings'][0]['by'][0].update(commit='HEAD')
END
ok 'an unbroken one passes' valid evidence <"$SCRATCH/out"

done_testing
