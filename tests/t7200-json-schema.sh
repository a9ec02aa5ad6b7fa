#!/bin/bash
# What --json prints is what share/schema/runs.json says, for every way a run can end.
. "${BASH_SOURCE%/*}/lib.sh"
. "$TESTS_DIR/lib-runs.sh"

schema=$TESTS_DIR/../share/schema/runs.json
. "$TESTS_DIR/lib-schema.sh"

start_repo here
exits 0 'no run yet' git agent status --json
fits 'an empty list'
exits 0 'a good issue' git agent issue issue.md --simulate good --json
fits 'proposed'
is "$(json 'r["runs"][0]["state"]' <"$SCRATCH/out")" proposed 'and that is its state'
exits 1 'a bad one' git agent issue issue.md --simulate bad --json
fits 'rejected'
git diff hello.txt >"$SCRATCH/right.patch"
exits 0 'a patch' git agent try "$SCRATCH/right.patch" --name a-patch --json --base HEAD
fits 'try'
is "$(json 'r["runs"][0]["agent"]' <"$SCRATCH/out")" None 'which has no agent'

agent <<'END'
echo more >>.gitagent
END
exits 4 'a change to a protected path' git agent issue issue.md --name protected --json
fits 'refused'
agent <<'END'
exit 7
END
exits 3 'an agent that fails' git agent issue issue.md --name failing --json
fits 'failed'
is "$(json 'r["runs"][0]["error"]["code"]' <"$SCRATCH/out")" exit_7 'with the reason'
AGENT_CMD=no-such-program exits 3 'an agent that is missing' git agent issue issue.md --json
fits 'not found'
exits 128 'a brief that is missing' git agent issue no-such.md --json
fits 'a failure before there is a run'

exits 0 'all of them' git agent status --all --json
fits 'a list'
ok 'of several' test "$(json 'len(r["runs"])' <"$SCRATCH/out")" -ge 5
exits 0 'one of them' git agent status issue --json
fits 'one run'
for record in .git/agent/runs/*/run.json; do
	ok "$record is a run" valid run <"$record"
done

# A run at work has an owner and no end.
agent <<'END'
until [ -e "$TMPDIR/go" ]; do sleep 0.1; done
echo word >word.txt
END
git agent issue issue.md --name at-work >"$SCRATCH/work.log" 2>&1 &
until git agent status at-work --json 2>/dev/null | grep -q '"working"'; do
	kill -0 $! 2>/dev/null || break
	sleep 0.1
done
exits 0 'a run at work' git agent status at-work --json
fits 'at work'
is "$(json 'r["runs"][0]["finished"], r["runs"][0]["owner"] is None' <"$SCRATCH/out")" '(None, False)' 'has an owner and no end'
git-agent status --all --follow --json >"$SCRATCH/followed" 2>"$SCRATCH/err" &
follower=$!
until grep -q '"working"' "$SCRATCH/followed"; do
	kill -0 "$follower" 2>/dev/null || break
	sleep 0.1
done
kill "$follower"
wait "$follower"
ok 'what is followed is a record a line' valid run lines <"$SCRATCH/followed"
touch "$(echo "$WORK_ROOT"/*/at-work/tmp)/go"
wait
exits 0 'and when it is over' git agent status at-work --json
fits 'over'

# What the schema would catch.
break_record() { json "(r['runs'][0].update($1), r['runs'][0].pop('title', None) if $2 else 0, __import__('json').dumps(r))[2]" <"$SCRATCH/out"; }
while IFS='|' read -r name change drop; do
	ok "$name does not pass" not valid < <(break_record "$change" "$drop")
done <<'END'
another member|{'extra': 1}|False
an unknown state|{'state': 'done'}|False
a missing member|{}|True
a time without a zone|{'started': '2026-01-01T00:00:00'}|False
an id that leaves the directory|{'id': '../x'}|False
a stage that is neither red nor green|{'gate': {'status': 'green', 'stages': [{'name': 'x', 'status': 'ok', 'detail': None, 'seconds': 1, 'cached': False}]}}|False
END
ok 'an unbroken one passes' valid < <(break_record '{}' False)

done_testing
