#!/bin/bash
# The manual pages say what the binaries take, no more and no less, and every way to open one works.
. "${BASH_SOURCE%/*}/lib.sh"

man=$TESTS_DIR/../man
commands=$(cut -f1 "$GIT_AGENT_BUILD/libexec/git-agent/commands")

# in_page <page>: the options a page describes: --name and -x.
in_page() { grep -E '^\.It Fl' "$1" | grep -oE 'Fl [^ ,]+' | sed 's/^Fl /-/' | sort -u; }
in_binary() { git agent "$1" --list-options | sed 1d | cut -f1 | sort -u; }

# Common is what every command takes; an option of that name in a command's own table would be its own.
for command in $commands; do
	in_binary "$command" >"$SCRATCH/$command.options"
	if [ -e "$SCRATCH/common" ]; then
		comm -12 "$SCRATCH/common" "$SCRATCH/$command.options" >"$SCRATCH/both"
		mv "$SCRATCH/both" "$SCRATCH/common"
	else
		cp "$SCRATCH/$command.options" "$SCRATCH/common"
	fi
done
is "$(in_page "$man/git-agent.1")" "$(cat "$SCRATCH/common")" 'git-agent.1 has the common options'
for command in $commands; do
	is "$(in_page "$man/git-agent-$command.1")" "$(comm -13 "$SCRATCH/common" "$SCRATCH/$command.options")" \
		"git-agent-$command.1 has the options of $command"
	is "$(sed -n 's/^\.Nd //p' "$man/git-agent-$command.1")" \
		"$(git agent "$command" --list-summary | cut -f2 | sed 's/./\L&/')" "git-agent-$command.1 says what $command is for"
	ok "git-agent.1 refers to it" grep -q "^\.It Xr git-agent-$command 1\$" "$man/git-agent.1"
done
is "$(find "$man" -name 'git-agent-*.1' | wc -l)" "$(wc -w <<<"$commands")" 'there is no page without a command'

# The keys of gitagent.5 with the built-in values it tells, against the policy as the program writes it.
make_repo "$SCRATCH/repo"
printf '[gate "tests"]\nrun = true\n[worktree]\nsetup = true\n' >.gitagent
printf '# Greet\n\n## Acceptance criteria\n\n- there is a greeting\n' >issue.md
commit_all policy
git agent trust --yes >/dev/null 2>&1
exits 0 'a dry run prints the policy' git agent issue issue.md --simulate good --dry-run
sed -n '/^# policy/,/^# prompt/p' "$SCRATCH/out" | grep -E '^[a-z]+\.[A-Za-z.]+ =' | sed 's/ = *$/ =/; s/ =$//' | sort >"$SCRATCH/written"
awk '
	/^\.Ss Section gate of a stage/ { section = "gate.tests"; next }
	/^\.Ss Section / { section = $3; next }
	/^\.S[sh] / { section = "" }
	section != "" && /^\.It Ic / { sub(/^\.It Ic /, ""); print section "." $0 }
' "$man/gitagent.5" | sort >"$SCRATCH/told"
is "$(sed 's/ =.*//' "$SCRATCH/told" | sort)" "$({ sed 's/ =.*//' "$SCRATCH/written"; printf '%s\n' agent.policyFile agent.trust; } | sort)" \
	'gitagent.5 has every key and no other'
is "$(grep ' = ' "$SCRATCH/told" | comm -23 - "$SCRATCH/written")" '' 'the built-in values it tells are the real ones'
is "$(grep ' = ' "$SCRATCH/written" | grep -vE '^(gate.tests.run|worktree.setup|evidence.paths|protect.paths|worktree.setup.inputs) =' |
	comm -23 - "$SCRATCH/told")" '' 'and none is left out'
tr '\n' ' ' <"$man/gitagent.5" | sed 's/ , / /g' >"$SCRATCH/flat"
sed -n 's/^protect.paths = //p' "$SCRATCH/written" | tr -d ',' | tr ' ' '\n' | while read -r glob; do
	grep -qF " $glob " "$SCRATCH/flat" || echo "$glob"
done >"$SCRATCH/missing"
is "$(cat "$SCRATCH/missing")" '' 'the protected paths are all there'

# Opening them: by git, by git agent, and by the option.
export MANPAGER=cat PAGER=cat MANWIDTH=80
opens() {
	local name=$1
	shift
	exits 0 "$*" "$@"
	says "^NAME" 'shows a page'
	says "$name - |$name — " "which is that of $name"
}
pages=$GIT_AGENT_BUILD/share/man
MANPATH=$pages opens git-agent-issue git help agent-issue
MANPATH=$pages opens git-agent git help agent
MANPATH=$pages opens gitagent git help gitagent
for command in $commands; do
	opens "git-agent-$command" git agent help "$command"
done
opens git-agent-issue git-agent issue --help
opens git-agent git-agent --help

run mandoc -T lint -W style "$man"/*
is "$(grep -v 'referenced manual not found' "$SCRATCH/out")" '' 'mandoc finds nothing to say'

done_testing
