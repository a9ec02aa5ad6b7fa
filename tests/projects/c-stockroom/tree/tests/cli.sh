#!/bin/sh
# cli.sh <program>: the program as a person types it.

program=$1
data=$(dirname "$0")/data
failed=0
count=0

# expect <exit status> <file with the wanted output, or -> <arguments...>
expect() {
	want_status=$1
	want=$2
	shift 2
	got=$("$program" "$@" 2>&1)
	status=$?
	count=$((count + 1))
	if [ "$status" != "$want_status" ]; then
		echo "cli: $*: exit status $status, want $want_status"
		failed=1
	elif [ "$want" != - ] && [ "$got" != "$(cat "$data/$want")" ]; then
		echo "cli: $*: printed:"
		echo "$got"
		failed=1
	fi
}

expect 0 shop.list "$data/shop.journal" list
expect 0 shop.low "$data/shop.journal" low
expect 0 shop.history "$data/shop.journal" history BOLT-M6
expect 0 - "$data/shop.journal" check
expect 1 - "$data/backwards.journal" check
expect 1 - "$data/overdrawn.journal" list
expect 1 - "$data/missing.journal" list
expect 2 - "$data/shop.journal" sing
expect 2 - "$data/shop.journal" history
expect 2 - "$data/shop.journal" list BOLT-M6
expect 2 -

echo "cli      $count checks"
exit $failed
