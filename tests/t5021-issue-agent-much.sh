#!/bin/bash
# git agent issue with agents that make much: output, files, bytes.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
with_baseline

start_repo repo

agent <<<'head -c 104857600 /dev/zero | tr "\0" "x"; echo x >x'
cat >"$SCRATCH/measure.py" <<'PY'
import os, resource, subprocess, sys
code = subprocess.call(["git", "agent", "issue", "issue.md", "--name", "loud"])
open(os.environ["SCRATCH"] + "/peak", "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
PY
run "$PYTHON" "$SCRATCH/measure.py"
failed loud 3 output_limit 'output|printed'
ok 'loud: its log is not longer than the limit by much' [ "$(stat -c %s .git/agent/runs/loud/agent-1.log)" -le $((66 * 1024 * 1024)) ]
rm -f .git/agent/runs/loud/agent-1.log
[ -n "${ASAN_OPTIONS:-}" ] || [[ $GIT_AGENT_BUILD = */address* ]] ||
	ok 'loud: the supervisor stays small' [ "$(cat "$SCRATCH/peak")" -lt 40000 ]

# --- much
agent <<'AGENT'
mkdir many && cd many && seq 10000 | split -l 1 -a 4 - file-
AGENT
exits 0 '10,000 new files' git agent issue issue.md --name many
is "$(git ls-tree -r --name-only agent/many many | wc -l)" 10000 'are in the proposal'
agent <<'AGENT'
truncate -s 200M big
AGENT
exits 0 'a file of 200 MB' git agent issue issue.md --name big
is "$(git cat-file -s agent/big:big)" 209715200 'is in the proposal'
is "$(user_state)" "$before" 'after all this the checkout is as it was'
ok 'no pack is left locked' [ -z "$(find .git/objects/pack -name '*.keep')" ]

done_testing
