#!/bin/bash
# The sandbox on machines that have less, as root and as an ordinary user: what each form stops, and that less than what is
# asked for is refused, never passed over.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
with_baseline

open_build
DENY=$GIT_AGENT_BUILD/tests/h-deny
ATTACK=$GIT_AGENT_BUILD/tests/u-sandbox-attack
COPY=$GIT_AGENT_BUILD/tests/u-sandbox-cow

# reaches <level> <command...>: what u-sandbox-attack says of the machine it is on, and none of its attacks works; copies
# are made wherever there are namespaces.
reaches() {
	local level=$1 name=$2 copies=1

	shift 2
	case "$level $*" in none* | *namespaces*) copies=0 ;; esac
	run env -u GIT_AGENT_TEST_REQUIRE_SANDBOX "$@" "$ATTACK"
	is "$(sed -n 's/^# level //p' "$SCRATCH/out")" "$level" "$name: level $level"
	is "$status" 0 "$name: what it is to stop it stops" || grep '^not ok' -A3 "$SCRATCH/out" | sed 's/^/# /'
	run env -u GIT_AGENT_TEST_REQUIRE_SANDBOX "$@" "$COPY"
	is "$status" 0 "$name: what is put elsewhere or copied is" || grep '^not ok' -A3 "$SCRATCH/out" | sed 's/^/# /'
	is "$(grep -c 'what lies below is as it was' "$SCRATCH/out")" "$copies" "$name: copy-on-write: $copies"
}

full=$("$ATTACK" level)
if [ -n "${GIT_AGENT_TEST_REQUIRE_SANDBOX:-}" ]; then
	is "$full" full 'this machine gives all of it'
fi
forms() {
	local who=$1

	shift
	[ "$full" != full ] || reaches full "$who, all" "$@"
	reaches partial "$who, no Landlock" "$@" "$DENY" landlock --
	reaches partial "$who, no namespaces" "$@" "$DENY" namespaces --
	reaches none "$who, neither" "$@" "$DENY" namespaces landlock --
	reaches none "$who, no seccomp" "$@" "$DENY" seccomp --
}

if [ "$full" = full ]; then
	forms "$(id -un)" env
	if [ "$(id -u)" = 0 ]; then
		forms 'an ordinary user' setpriv --reuid=65533 --regid=65533 --clear-groups env HOME=/nonexistent PATH=/usr/bin:/bin
	fi
else
	echo "# this machine reaches '$full': the forms cannot be compared"
fi

# --- a run is made in what is asked for, or not at all
start_repo repo
for form in landlock namespaces; do
	exits 0 "no $form: partial will do" "$DENY" "$form" -- git agent issue issue.md --simulate good --sandbox partial --name "no-$form"
	is "$(record "no-$form" 'r["sandbox"]')" partial "no $form: the record says partial"
	exits 4 "no $form: full is refused" "$DENY" "$form" -- git agent issue issue.md --simulate good --sandbox full --name "x-$form"
	says "^error: .*level 'partial'.*requires 'full'" "no $form: with both levels"
	says '^hint: ' "no $form: and what to do"
	ok "no $form: no run is left" [ ! -e ".git/agent/runs/x-$form" ]
done
exits 4 'neither: partial is refused' "$DENY" namespaces landlock -- git agent issue issue.md --simulate good --sandbox partial --name nothing
says 'namespaces: .*Landlock: ' 'and the reason of each is told'
export GIT_AGENT_SANDBOX=external
exits 4 'a container does not make it partial' "$DENY" namespaces landlock -- git agent issue issue.md --simulate good --sandbox partial --name nothing
exits 0 'but external' "$DENY" namespaces landlock -- git agent issue issue.md --simulate good --sandbox external --name in-container
is "$(record in-container 'r["sandbox"]')" external 'which the record says'
unset GIT_AGENT_SANDBOX
is "$(user_state)" "$before" 'the checkout is as it was'

done_testing
