#!/bin/bash
# 10,000 files. In memory where there is room: a disk may take longer to make them than all the other tests need.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "$(dirname "$0")/lib.sh"
export GIT_AGENT_GATE_BASELINE=off
. "$TESTS_DIR/lib-odd.sh"

make_repo "$SCRATCH/many"
python3 - <<'FILES' | git fast-import --quiet
print('commit refs/heads/main\ncommitter A Person <person@example.com> 1700000000 +0000\ndata 4\nmany\nfrom refs/heads/main^0')
for n in range(10000):
    print(f'M 644 inline d/{n // 100}/{n % 100}\ndata {len(str(n))}\n{n}')
FILES
git reset -q --hard
agent_does 'echo more >>d/50/50; rm -r d/99; mkdir -p e/f; echo new >e/f/g'
before=$(snapshot)
exits 0 '10,000 files: proposed' git agent issue --trust "$ISSUE"
is "$(snapshot)" "$before" '10,000 files: what is the user'\''s is as it was'
is "$(changed agent/issue | cut -f1 | sort | uniq -c | tr -s ' \n' ' ')" ' 1 A 100 D 1 M ' '10,000 files: the proposal holds what the agent changed'
nothing_left '10,000 files'

done_testing
