#!/bin/bash
# git agent doctor about the machine: what it gives, what it does not, and what mends that; outside of any repository.
. "$(dirname "$0")/lib.sh"
. "$TESTS_DIR/lib-runs.sh"
. "$TESTS_DIR/lib-doctor.sh"

DENY=$GIT_AGENT_BUILD/tests/h-deny
mkdir "$SCRATCH/nowhere" && cd "$SCRATCH/nowhere" || exit 1

doctor git agent doctor --json
is "$(json '[c["name"] for c in r["checks"] if c["name"] in ("repository", "policy", "gate", "remotes", "hooks")]' <"$SCRATCH/report")" '[]' 'without a repository: the machine alone'
full=$(json 'r["level"]' <"$SCRATCH/report")
if [ -n "${GIT_AGENT_TEST_REQUIRE_SANDBOX:-}" ]; then
	is "$full" full 'this machine gives all of it'
fi
told 'git agent' ok "$GIT_AGENT_BUILD/libexec" '' 'where it is installed'
told git ok "^$(git version | sed 's/git version //')$" '' 'the version of git'
told libraries ok "libgit2 $(pkg-config --modversion libgit2), pcre2 $(pkg-config --modversion libpcre2-8), jansson $(pkg-config --modversion jansson), libseccomp $(pkg-config --modversion libseccomp), cmark $(pkg-config --modversion libcmark), inih $(pkg-config --modversion inih)" '' 'and of each library'
told kernel ok "$(uname -s) $(uname -r) $(uname -m)" '' 'the kernel'

if [ "$full" = full ]; then
	told namespaces ok 'user, mount, pid, ipc and net' '' 'namespaces'
	told Landlock ok '^ABI [0-9]+$' '' 'Landlock'
	told seccomp ok filters '' 'seccomp'
	told sandbox ok '^level full, partial is required$' '' 'the level'
	doctor "$DENY" namespaces -- git agent doctor --json
	told namespaces weak 'not permitted' 'where user namespaces may be made' 'without namespaces'
	told sandbox weak '^level partial, partial is required: namespaces: ' '' 'the level is less, and will do'
	told Landlock ok '^ABI' '' 'what else there is stays'
	is "$status" 0 'and nothing is broken'
	doctor "$DENY" landlock -- git agent doctor --json
	told Landlock weak 'not supported' '6\.12' 'without Landlock'
	told sandbox weak '^level partial' '' 'the level is less'
	doctor "$DENY" seccomp -- git agent doctor --json
	told seccomp weak 'seccomp|filter|nvalid' CONFIG_SECCOMP_FILTER 'without seccomp'
	told sandbox broken "'none'.*requires 'partial'" "none" 'there is no sandbox'
	is "$status" 1 'which is broken'
	doctor "$DENY" namespaces landlock -- git agent doctor --json
	told sandbox broken "'none'.*requires 'partial'.*namespaces.*Landlock" '--sandbox none' 'nor without both'
	run "$DENY" namespaces -- git agent doctor
	says '^! namespaces +.*not permitted' 'a line for people'
	says '^ +run it where user namespaces may be made' 'and below it what mends it'
	says '^[0-9]+ ok, 1 weak|^[0-9]+ ok, 2 weak' 'and how many there are'

	# Here the switch of the kernel's own is closed, in a namespace that is ours alone.
	printf 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"\n' >"$SCRATCH/closed.sh"
	if run unshare -Ur sh "$SCRATCH/closed.sh" true && [ "$status" = 0 ]; then
		doctor unshare -Ur sh "$SCRATCH/closed.sh" git agent doctor --json
		told namespaces weak 'No space|Invalid|not permitted' '^sudo sysctl -w user.max_user_namespaces=' 'with user namespaces switched off: the switch'
	fi
fi
doctor env GIT_AGENT_SANDBOX=external "$DENY" namespaces landlock -- git agent doctor --json
told sandbox broken "'external'|requires" . 'a container is not partial'

# --- git
mkdir "$SCRATCH/bin"
fake_git() { printf '#!/bin/sh\n[ "$1" = --version ] || exec %s "$@"\necho "git version %s"\n' "$(command -v git)" "$1" >"$SCRATCH/bin/git" && chmod +x "$SCRATCH/bin/git"; }
DOCTOR=$GIT_AGENT_BUILD/libexec/git-agent/git-agent-doctor
fake_git 2.25.1
doctor env PATH="$SCRATCH/bin:$PATH" "$DOCTOR" --json
told git weak '2\.25\.1' 'install git 2\.39' 'an old git'
fake_git 3.0.0.rc1
doctor env PATH="$SCRATCH/bin:$PATH" "$DOCTOR" --json
told git ok '3\.0\.0' '' 'a newer one'
doctor env PATH="$SCRATCH/nowhere" "$DOCTOR" --json
told git broken 'git was not found' 'install git' 'none'

# --- what it is installed with
mkdir -p "$SCRATCH/prefix/libexec/git-agent" "$SCRATCH/prefix/share/git-agent"
cp -R "$GIT_AGENT_BUILD/libexec/git-agent/." "$SCRATCH/prefix/libexec/git-agent"
cp -RL "$GIT_AGENT_BUILD/share/git-agent/." "$SCRATCH/prefix/share/git-agent"
doctor "$SCRATCH/prefix/libexec/git-agent/git-agent-doctor" --json
told 'git agent' ok "$SCRATCH/prefix" '' 'another prefix'
rm "$SCRATCH/prefix/libexec/git-agent/git-agent--proxy"
doctor "$SCRATCH/prefix/libexec/git-agent/git-agent-doctor" --json
told 'git agent' broken "git-agent--proxy' is missing" 'make install' 'a file that is missing'

# --- root's processes, and other users
if [ "$(id -u)" = 0 ]; then
	chmod 755 "$SCRATCH" "$SCRATCH/nowhere"
	doctor setpriv --reuid=65533 --regid=65533 --clear-groups env HOME=/nonexistent PATH=/usr/bin:/bin "$DOCTOR" --json
	told processes ok 'limited' '' 'an ordinary user'
fi

LC_ALL=C run git agent doctor
says '^ok     git agent' 'words, where there is no UTF-8'
LC_ALL=C run "$DENY" seccomp -- git agent doctor
says '^BROKEN sandbox' 'of every kind'
exits 129 'a duration that is none' git agent doctor --timeout soon
exits 129 'an argument' git agent doctor now

done_testing
