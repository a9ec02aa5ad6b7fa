#!/bin/bash
# Where a repository may lie: paths of every kind, places that cannot be written.
# shellcheck disable=SC2016 # what is in single quotes is for another shell, or a name
. "$(dirname "$0")/lib.sh"
export GIT_AGENT_GATE_BASELINE=off
. "$TESTS_DIR/lib-odd.sh"
EDITED=$'M\thello.txt'
agent_does 'echo more >>hello.txt; git add -A; git commit -qm own; git stash list >/dev/null'

# --- paths ----------------------------------------------------------------------------------------

for name in 'a space' "quo'te" 'double"quote' $'new\nline' '$(touch pwned)' 'back\slash' '-dash' $'latin-\xe9' ' ' '%s%n' '#hash' '*' 'semi;colon' \
	'.hidden' 'x:y' "$(printf 'long%.0s' {1..60})"; do
	make_repo "$SCRATCH/paths/$name"
	shown=$(printf %q "$name" | cut -c1-20)
	proposes "repository in $shown" "$EDITED"
	rm -rf "$HOME/.local"
	cd "$SCRATCH" || exit 1
done

# --shared: borrowed from a path with a newline and a quote
borrowed=$'bor"rowed\nobjects'
make_repo "$SCRATCH/$borrowed"
mkdir "$SCRATCH/borrower" && cd "$SCRATCH/borrower" && git init -q || exit 1
printf '"%s/bor\\"rowed\\nobjects/.git/objects"\n' "$SCRATCH" >.git/objects/info/alternates
git reset -q --hard "$(git -C "../$borrowed" rev-parse HEAD)"
proposes 'objects borrowed from such a path' "$EDITED"

# homes and work roots of such names
make_repo "$SCRATCH/roots"
root="$SCRATCH/work roots/of \"some\" body"
git config agent.workRoot "$root"
proposes 'agent.workRoot with blanks and quotes' "$EDITED"
ok 'agent.workRoot: it was there' [ -d "$root" ]
rm -rf .git/agent && git branch -q -D agent/issue
git config agent.workRoot "$SCRATCH/x/.git/work"
fails 128 'a work root below a .git' '^fatal: the work root .* lies below a .git directory' git agent issue --trust "$ISSUE"
git config agent.workRoot relative
fails 128 'a relative work root' "^fatal: agent.workRoot 'relative' is not an absolute path" git agent issue --trust "$ISSUE"
git config --unset agent.workRoot
exits 128 'no HOME: exit 128' env -u HOME git agent issue --trust "$ISSUE"
is "$(grep -c '^fatal: ' "$SCRATCH/err")" 1 'no HOME: one line'

# --- what cannot be written -----------------------------------------------------------------------

# as_nobody <command...>: without root's right to write everywhere.
as_nobody() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

open_build
make_repo "$SCRATCH/readonly"
chmod -R a+rX "$SCRATCH"
mkdir "$SCRATCH/state"
chmod 777 "$SCRATCH" "$SCRATCH/state"
git config --global safe.directory '*'
export XDG_STATE_HOME=$SCRATCH/state
before=$(snapshot)
chmod -R a-w .git
exits 128 'a read-only git directory: exit 128' as_nobody git agent issue --trust "$ISSUE"
is "$(grep -cE '^(fatal|error):' "$SCRATCH/err")" 1 'a read-only git directory: one line'
says "^fatal: .*\\.git/agent.*(Permission denied|Read-only)" 'a read-only git directory: names what and why'
chmod -R u+w .git
is "$(snapshot)" "$before" 'a read-only git directory: nothing changed'
is "$(find "$SCRATCH/state" -mindepth 1)" '' 'a read-only git directory: nothing is left'

mkdir -p .git/agent/runs
chmod -R a-w .git && chmod -R a+w .git/agent
exits 128 'read-only but for .git/agent: exit 128' as_nobody git agent issue --trust "$ISSUE"
is "$(grep -cE '^(fatal|error):' "$SCRATCH/err")" 1 'read-only but for .git/agent: one line'
is "$(snapshot)" "$before" 'read-only but for .git/agent: nothing changed'
chmod -R u+w .git && rm -rf .git/agent

mkdir "$SCRATCH/closed"
chmod 555 "$SCRATCH/closed"
export XDG_STATE_HOME=$SCRATCH/closed
mkdir -p .git/agent && chmod -R a+w .git
exits 128 'a work root that cannot be written: exit 128' as_nobody git agent issue --trust "$ISSUE"
is "$(grep -cE '^(fatal|error):' "$SCRATCH/err")" 1 'a work root that cannot be written: one line'
says "^fatal: .*closed.*Permission denied" 'a work root that cannot be written: names what and why'
is "$(git for-each-ref refs/heads/agent)" '' 'a work root that cannot be written: no proposal'

done_testing
