#!/bin/bash
# The AppArmor profile: what the parser makes of it, the prefix it is installed for, and that the hint names it.
. "$(dirname "$0")/lib.sh"

profile=$TESTS_DIR/../share/apparmor/git-agent
PATH=$PATH:/sbin:/usr/sbin
command -v apparmor_parser >/dev/null || {
	ok 'the package apparmor is installed (make deps)' false
	done_testing
	exit 1
}

# parses <file>: read by the parser, not loaded into the kernel.
parses() { apparmor_parser -Q -K "$1" >"$SCRATCH/parser" 2>&1 || ! grep -v 'Cache read/write disabled' "$SCRATCH/parser" | sed 's/^/# /'; }

version=$(apparmor_parser --version | sed -n 's/^AppArmor parser version \([0-9]*\).*/\1/p')
if [ "$version" -ge 4 ]; then
	ok 'the parser takes it' parses "$profile"
else
	# This parser is older than the rule: the rest is read by it, and the rule is what the documentation of 4 says.
	sed '/^abi <abi\/4\.0>,$/d; /^  userns,$/d' "$profile" >"$SCRATCH/older"
	ok "the parser of version $version takes all but what version 4 brought" parses "$SCRATCH/older"
fi
is "$(grep -cx '  userns,' "$profile")$(grep -cx 'abi <abi/4.0>,' "$profile")" 11 'it allows user namespaces, by the ABI that has them'
ok 'a profile that is none is not taken' not parses <(sed 's/^profile /profil /; /^abi /d; /userns/d' "$profile")

exits 0 'it is installed' make -s -C "$TESTS_DIR/.." BUILD="$GIT_AGENT_BUILD" install DESTDIR="$SCRATCH/root" prefix=/opt/tools
installed=$SCRATCH/root/opt/tools/share/git-agent/apparmor/git-agent
is "$(sed -n 's/^@{git_agent_libexec} = //p' "$installed")" /opt/tools/libexec/git-agent 'for the programs of its prefix'
sed '/^abi /d; /userns,/d' "$installed" >"$SCRATCH/installed"
ok 'which the parser takes too' parses "$SCRATCH/installed"
apparmor_parser -Q -K -N "$SCRATCH/installed" 2>/dev/null >"$SCRATCH/names"
is "$(cat "$SCRATCH/names")" git-agent 'one profile'

# A machine that restricts: in a namespace where the switch is on and /proc is covered, so that no box can be made.
cat >"$SCRATCH/restricted.sh" <<'END'
mount -t tmpfs none /proc/sys/kernel && echo "$1" >/proc/sys/kernel/apparmor_restrict_unprivileged_userns || exit 99
shift
exec "$@"
END
restricted() { unshare -Urm --mount-proc -pf sh "$SCRATCH/restricted.sh" "$@"; }
if run restricted 1 true && [ "$status" = 0 ]; then
	cd / || exit 1
	exits 125 'where AppArmor restricts, more is refused' restricted 1 git agent sandbox --level full true
	says "^hint: sudo cp .*/share/git-agent/apparmor/git-agent /etc/apparmor.d/ && sudo apparmor_parser -r /etc/apparmor.d/git-agent; or " 'with the command that loads the profile'
	run restricted 1 git agent doctor
	says '! AppArmor +user namespaces are restricted, to git agent too' 'doctor says so'
	says '^ +sudo cp .*apparmor_parser -r ' 'with the same command'
	run restricted 0 git agent doctor
	says 'AppArmor +user namespaces are not restricted' 'and where it does not'
	says_not 'apparmor_parser' 'names no such command'
else
	echo "# no user namespaces here: the hint cannot be tried"
	[ -z "${GIT_AGENT_TEST_REQUIRE_SANDBOX:-}" ] || ok 'there are user namespaces' false
fi

done_testing
