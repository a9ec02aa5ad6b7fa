#!/bin/bash
# The hook started directly: much input, no input, and input that is no push.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-hooks.sh"

push_repo work
HOOK=.git/hooks/pre-push
id=$(git rev-parse HEAD)

# direct <code> <name>: the hook with $SCRATCH/in as input.
direct() {
	status=0
	"$HOOK" origin https://example.com/x.git <"$SCRATCH/in" >"$SCRATCH/out" 2>"$SCRATCH/err" || status=$?
	is "$status" "$1" "$2" || sed 's/^/# /' "$SCRATCH/err" | head -5
	ok "$2: at most five lines" test "$(wc -l <"$SCRATCH/err")" -le 5
}

: >"$SCRATCH/in"
direct 0 'empty input'
awk -v id="$id" -v z="$ZERO" 'BEGIN { for (i = 0; i < 100000; i++) print "topic", id, "refs/heads/topic-" i, z }' >"$SCRATCH/in"
direct 0 '100,000 records'
echo "topic $id refs/heads/main $ZERO" >>"$SCRATCH/in"
direct 1 '100,000 records and main'
awk -v id="$id" -v z="$ZERO" 'BEGIN { for (i = 0; i < 100000; i++) print "topic", id, "refs/heads/release/" i, z }' >"$SCRATCH/in"
direct 1 '100,000 protected records'
says 'and 99999 more' 'says how many'
head -c 1000000 /dev/urandom >"$SCRATCH/in"
direct 1 'binary garbage'
head -c 1000000 /dev/zero >"$SCRATCH/in"
direct 1 'zeros'
head -c 1000000 /dev/zero | tr '\0' '\n' >"$SCRATCH/in"
direct 1 'newlines'
printf 'topic %s refs/heads/topic %s' "$id" "$ZERO" >"$SCRATCH/in"
direct 1 'a record cut off'
printf 'topic %s refs/heads/\033]0;x\007main %s\n' "$id" "$ZERO" >"$SCRATCH/in"
direct 0 'a ref with control characters, not protected'
printf 'topic %s refs/agent/\033]0;x\007\033[31m %s\n' "$id" "$ZERO" >"$SCRATCH/in"
direct 1 'a refused ref with control characters'
ok 'no control character reaches the terminal' not grep -q "$(printf '[\033\007]')" "$SCRATCH/err"
printf 'topic %s refs/heads/main %s\n' "$id" "$ZERO" >"$SCRATCH/in"
status=0
"$HOOK" <"$SCRATCH/in" 2>"$SCRATCH/err" || status=$?
is "$status" 1 'without arguments'
status=0
(cd / && "$SCRATCH/work/$HOOK" origin url <"$SCRATCH/in" 2>"$SCRATCH/err") || status=$?
is "$status" 1 'outside of a repository'

done_testing
