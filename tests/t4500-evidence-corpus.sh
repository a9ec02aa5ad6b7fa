#!/bin/bash
# The evidence of a change: the corpus of honest and cheating changes is judged exactly as it was, and the manual holds the table.
. "$(dirname "$0")/lib.sh"

cd "$TESTS_DIR/.." || exit 1
corpus=$GIT_AGENT_BUILD/tests/u-evidence-corpus
exits 0 'the corpus is judged without a miss and without a false alarm' "$corpus"
"$corpus" --table >"$SCRATCH/table" 2>&1
sed 's/^/# /' "$SCRATCH/table"
is "$(grep -c '^# \(miss\|false alarm\)' "$SCRATCH/table")" 0 'none is missed, none is a false alarm'
is "$(grep '^of ' "$SCRATCH/table")" 'of 216 changes 66 are honest' 'the corpus is whole'
is "$(awk '/^all/ { print $2, $3, $4, $5 }' "$SCRATCH/table" | head -1)" '216 163 0 0' 'changes, hits, misses, false alarms'
is "$(awk '/^language/, /^$/' "$SCRATCH/table" | grep -cE '^[a-z]+ +[0-9]+' )" 16 'languages'

# The page of the manual holds the same numbers.
page=$TESTS_DIR/../man/gitagent-evidence.7
mapfile -t kinds < <(awk '/^finding/ { on = 1; next } /^of/ { on = 0 } on && /^[a-z]/ { print $1 }' "$SCRATCH/table")
for kind in "${kinds[@]}"; do
	[ "$kind" = all ] || ok "the page explains $kind" grep -q "^\.It Ic $kind\$" "$page"
done
sed -n '/^\.Bd -literal$/,/^\.Ed/p' "$page" | grep -E '^[a-z]' >"$SCRATCH/kept"
grep -E '^[a-z+]+ ' "$SCRATCH/table" | sed '/^finding/,$d' | grep -v '^#' >"$SCRATCH/now"
is "$(cat "$SCRATCH/kept")" "$(cat "$SCRATCH/now")" 'and its table is this one'
done_testing
