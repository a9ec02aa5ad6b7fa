#!/bin/bash
# git agent status: the list, one run, JSON; with 10,000 records; when the index or a record is damaged.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"

make_repo "$SCRATCH/repo"
index=.git/agent/runs/index.ndjson

exits 0 'no runs' git agent status
says '^no runs yet' 'says so'
exits 0 'no runs as JSON' git agent status --json
is "$(json '(r["version"], r["runs"])' <"$SCRATCH/out")" '(1, [])' 'is an empty list'
ok 'and nothing is made' [ ! -e .git/agent ]
run git agent status nothing
hinted 128 "no run 'nothing'" 'an unknown run'
run git agent status ../../HEAD
hinted 128 'no run' 'a name that is a path'

# One real record is the pattern of 10,000: every state that is over, one that is live and one whose owner is gone.
write_brief && commit_all brief
git agent issue issue.md --simulate good --trust --name pattern >/dev/null 2>&1
cat >"$SCRATCH/fill.py" <<'PY'
import json, os, sys
runs, count = ".git/agent/runs", int(sys.argv[1])
pattern = json.load(open(runs + "/pattern/run.json"))
over = ["proposed", "rejected", "failed", "refused", "interrupted", "stopped", "merged", "closed", "gave-up"]
for i in range(count):
    r = dict(pattern, id="run-%05d" % i, state=over[i % len(over)], title="Task %d: \"quoted\" \u00fcml" % i)
    r["branch"] = "agent/" + r["id"]
    r["started"] = r["finished"] = "2024-%02d-%02dT%02d:%02d:00Z" % (1 + i // 2000, 1 + i // 100 % 20, i // 10 % 10, i % 10)
    if r["id"] in sys.argv[2:]:
        r.update(state="working", finished=None, owner={"pid": 1, "start": 1, "boot": "gone"})
    os.mkdir(f"{runs}/{r['id']}")
    json.dump(r, open(f"{runs}/{r['id']}/run.json", "w"))
PY
"$PYTHON" "$SCRATCH/fill.py" 10000 run-00007
is "$(wc -l <$index)" 1 'the index does not know of them'
rm $index
exits 0 'a missing index' git agent status
is "$(wc -l <$index)" 10001 'is rebuilt'
is "$(head -1 $index | json 'r["id"]')" run-00000 'in the order of start'
is "$(grep -cE '^[a-z-]+ +[a-z0-9-]+ ' "$SCRATCH/out")" 21 'the list has the latest 20 and what was live'
says '^interrupted +run-00007 ' 'which reads as interrupted: its owner is gone'
says '^proposed +pattern ' 'the newest is there'
says '1113 proposed.* 1112 interrupted' 'and the counts of all'
says_not 'run-00001' 'and no old one'
exits 0 '-n' git agent status -n 3
is "$(grep -cE '^[a-z-]+ +(run|pattern)' "$SCRATCH/out")" 4 'shows as many'
exits 0 '-n 0' git agent status -n 0
is "$(grep -cE '^[a-z-]+ +(run|pattern)' "$SCRATCH/out")" 1 'only what is live'
exits 0 '--all' git agent status --all
is "$(wc -l <"$SCRATCH/out")" 10001 'shows every run'
exits 0 '--json' git agent status --json
is "$(json '(len(r["runs"]), r["runs"][0]["id"], r["runs"][0]["state"], r["runs"][-1]["id"])' <"$SCRATCH/out")" "(21, 'run-00007', 'interrupted', 'pattern')" 'is whole records'
exits 0 'one run' git agent status run-00003
says '^refused +run-00003 .*Task 3: "quoted" üml' 'its line'
says '^  stage   tests: green' 'and its stages'
exits 0 'one run as JSON' git agent status run-00003 --json
is "$(json '[(x["id"], x["state"]) for x in r["runs"]]' <"$SCRATCH/out")" "[('run-00003', 'refused')]" 'is one record'

# --- an index that is wrong
cp $index "$SCRATCH/right"
same() { ok "$1" cmp -s $index "$SCRATCH/right"; }
printf 'garbage\n' >>$index
exits 0 'a line that is none' git agent status
same 'is mended'
sed -i '5000s/$/x/' $index
exits 0 'a damaged line in the middle' git agent status
same 'is mended'
head -c 100000 "$SCRATCH/right" >$index
exits 0 'an index cut off in a line' git agent status
same 'is mended'
head -c 100000 /dev/urandom >$index
exits 0 'an index of rubbish' git agent status
same 'is mended'
head -n 5000 "$SCRATCH/right" >$index && : >.git/agent/runs/.pending
exits 0 'a change that was cut off' git agent status
same 'leaves a mark, and the index is rebuilt'
ok 'the mark is gone' [ ! -e .git/agent/runs/.pending ]

# --- a record that is damaged
printf '{"id": "run-00004", "state": ' >.git/agent/runs/run-00004/run.json
printf '{}' >.git/agent/runs/run-00005/run.json
printf '{"id": "run-00007", "state": "no-such"}' >.git/agent/runs/run-00007/run.json
run git agent status run-00004
hinted 128 "damaged record '.*run-00004/run.json'" 'a damaged record is named'
run git agent status run-00005
hinted 128 "damaged record '.*run-00005/run.json'" 'one that lacks all too'
exits 0 'the list is not broken by one' git agent status
says '^warning: damaged record .*run-00007' 'but names it'
says '^proposed +pattern ' 'and has the others'
exits 0 'nor is the JSON' git agent status --json
is "$(json 'len(r["runs"])' <"$SCRATCH/out")" 20 'it has the others'
rm $index
exits 0 'an index made without them' git agent status
is "$(wc -l <$index)" 9998 'has the others'
mkdir .git/agent/runs/empty .git/agent/runs/'Not a run' && : >.git/agent/runs/file && : >.git/agent/runs/.pending
exits 0 'what is no run' git agent status
is "$(wc -l <$index)" 9998 'is passed over'

# --- a run goes on in spite of all that
exits 0 'a new run among 10,000' git agent issue issue.md --simulate good --name newest
is "$(tail -1 $index | json '(r["id"], r["state"])')" "('newest', 'proposed')" 'is the last line of the index'
is "$(wc -l <$index)" 9999 'and there are no others'

# --- where it is asked
mkdir -p deep/er
git worktree add -q "$SCRATCH/linked" HEAD
git clone -q . "$SCRATCH/other"
for where in deep/er .git .git/refs "$SCRATCH/linked"; do
	ok "in $where the same runs" grep -q '^proposed *newest' <(cd "$where" && git agent status 2>/dev/null)
done
exits 0 '-C' git agent status -C "$SCRATCH/linked"
says '^proposed +newest' 'shows the same'
exits 0 'GIT_DIR' env -C / GIT_DIR="$PWD/.git" git agent status
says '^proposed +newest' 'shows the same'
exits 0 'a clone' git -C "$SCRATCH/other" agent status
says '^no runs yet' 'has none'
exits 128 'GIT_DIR that is none' env GIT_DIR=/no/where git agent status
exits 128 'GIT_CEILING_DIRECTORIES holds' env -C deep GIT_CEILING_DIRECTORIES="$PWD" "$GIT_AGENT_BUILD/libexec/git-agent/git-agent-status"

done_testing
