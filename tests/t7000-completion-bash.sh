#!/bin/bash
# Completion in bash: git's own completion finds ours where bash-completion looks for it, and it asks the binaries.
. "${BASH_SOURCE%/*}/lib.sh"
. "$TESTS_DIR/lib-completion.sh" || exit 1

loader=/usr/share/bash-completion/bash_completion
shell_needed "$loader" bash-completion
mkdir -p "$SCRATCH/data/bash-completion/completions"
cp "$TESTS_DIR/../completions/git-agent.bash" "$SCRATCH/data/bash-completion/completions/git-agent"
export BASH_COMPLETION_USER_DIR=$SCRATCH/data/bash-completion
completion_repos

# What bash does at the end of a line: words split, the command's function found and called.
cat >"$SCRATCH/complete.bash" <<'END'
. "$1"
COMP_LINE=$2
COMP_POINT=${#COMP_LINE}
COMP_TYPE=9
COMP_KEY=9
# Blanks divide words but for the one a backslash stands before; so does '=', which is a word of its own.
words=${COMP_LINE//\\ /$'\001'}
words=${words//=/ = }
read -ra COMP_WORDS <<<"$words"
COMP_WORDS=("${COMP_WORDS[@]//$'\001'/\\ }")
[[ $COMP_LINE == *[\ ] ]] && COMP_WORDS+=('')
[[ $COMP_LINE == *= ]] && COMP_WORDS[${#COMP_WORDS[@]} - 1]='='
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_completion_loader "${COMP_WORDS[0]}"
read -ra spec <<<"$(complete -p "${COMP_WORDS[0]}")"
for i in "${!spec[@]}"; do
	[[ ${spec[i]} != -F ]] || function=${spec[i + 1]}
done
"$function" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]% }"
END
complete_line() { bash --norc "$SCRATCH/complete.bash" "$loader" "$1"; }

completion_common
offers_only 'git agent issue --sim' --simulate=
offers_only 'git agent issue --kee' --keep
offers_only 'git agent issue --no-kee' --no-keep
offers_only 'git agent issue -- --' ''
offers_only 'git agent issue my' 'my\ issue.md'
offers_only 'git agent issue my\ is' 'my\ issue.md'
offers_only 'git agent -C d' docs/
offers_only 'git --git-dir=../elsewhere/.git agent drop ' third-run
is "$(complete_line 'git agent issue --li')" '' 'what only the build asks is not offered'

done_testing
