# shellcheck shell=bash
# lib-completion.sh: a repository to complete in, and what to expect there, shared by the shells. Sourced after
# lib.sh. Each shell's test defines `complete_line <line>`, which prints what it offers at the line's end, a word a line.

# shell_needed <program or file> <package>: without it there is nothing to test, and that is a failure.
shell_needed() {
	command -v "$1" >/dev/null || [ -e "$1" ] || {
		ok "the package $2 is installed (make deps)" false
		done_testing
		exit 1
	}
}

# completion_repos: "here" with two runs, a brief and a patch, and "elsewhere" with another run.
completion_repos() {
	make_repo "$SCRATCH/here"
	printf '# Greet\n\n## Acceptance criteria\n\n- there is a greeting\n' >issue.md
	cp issue.md 'my issue.md'
	git branch feature/one
	git tag v1.0
	echo more >>hello.txt && git diff >right.patch && git checkout -q hello.txt
	mkdir docs && echo '# Deep' >docs/deep.md
	git agent trust --yes >/dev/null 2>&1
	git agent try -q right.patch --name=first-run >/dev/null 2>&1
	git agent try -q right.patch --name=second-run >/dev/null 2>&1
	make_repo "$SCRATCH/elsewhere"
	echo '# Elsewhere' >elsewhere.md
	git agent trust --yes >/dev/null 2>&1
	echo more >>hello.txt && git diff >right.patch
	git agent try -q right.patch --name=third-run >/dev/null 2>&1
	cd "$SCRATCH/here" || exit 1
	is "$(git agent status --list-runs 2>/dev/null | paste -sd ' ')" 'first-run second-run' 'there are runs to complete'
}

# offers <line> <word>...: each word is among what is offered there.
offers() {
	local line=$1 word missing=''
	shift
	complete_line "$line" >"$SCRATCH/offered" 2>&1
	for word in "$@"; do
		grep -qxF -e "$word" "$SCRATCH/offered" || missing+=" $word"
	done
	is "$missing" '' "'$line' offers $*" || head -30 "$SCRATCH/offered" | sed 's/^/# offered: /'
}

# offers_only <line> <word>...: these and nothing else.
offers_only() {
	local line=$1
	shift
	complete_line "$line" >"$SCRATCH/offered" 2>&1
	is "$(sort -u "$SCRATCH/offered" | grep -v '^$' | paste -sd ' ')" "$(printf '%s\n' "$@" | sort | paste -sd ' ')" \
		"'$line' offers ${*:-nothing}"
}

# offers_none <line> <word>...: none of the words.
offers_none() {
	local line=$1 word found=''
	shift
	complete_line "$line" >"$SCRATCH/offered" 2>&1
	for word in "$@"; do
		grep -qxF -e "$word" "$SCRATCH/offered" && found+=" $word"
	done
	is "$found" '' "'$line' does not offer $*"
}

# completion_common: what every shell does alike. JOINED_SIMULATE, JOINED_COLOR and JOINED_BASE: what a shell repeats before a value joined
# to its option; ALWAYS: what it offers for any command of git.
completion_common() {
	# shellcheck disable=SC2046 # names, a word each
	offers 'git agent ' $(cut -f1 "$GIT_AGENT_BUILD/libexec/git-agent/commands") help
	offers_only 'git agent iss' issue
	offers_only 'git agent help sta' status
	offers_only 'git agent issue --simulate ' good bad
	offers_only 'git agent issue --simulate b' bad
	offers_only 'git agent issue --color=au' "${JOINED_COLOR-}auto"
	offers_only 'git agent issue --simulate=' "${JOINED_SIMULATE-}good" "${JOINED_SIMULATE-}bad"
	offers_only 'git agent drop ' first-run second-run
	offers_only 'git agent drop s' second-run
	offers_only 'git agent log -f f' first-run
	offers 'git agent gate ' main feature/one v1.0
	offers 'git agent try ' main feature/one right.patch
	offers 'git agent issue --base ' main feature/one v1.0
	offers 'git agent issue --base=' "${JOINED_BASE-}main" "${JOINED_BASE-}v1.0"
	offers 'git agent issue ' issue.md docs/
	offers_none 'git agent issue ' hello.txt right.patch
	offers_only 'git agent issue docs/' docs/deep.md
	offers 'git agent issue --dry-run ' issue.md
	offers_only 'git agent guard ' push refs secrets evidence server
	offers_only 'git agent guard ev' evidence
	offers 'git agent guard evidence ' main feature/one v1.0
	offers_only 'git agent issue --model ' ''
	offers_only 'git agent no-such-command '
	offers_only 'git agent no-such-command --' ${ALWAYS:+"$ALWAYS"}
	offers_only "git -C ../elsewhere agent drop " third-run
	offers_only "git agent drop -C ../elsewhere " third-run
	offers_only 'git -C ../elsewhere agent issue else' elsewhere.md
	offers_only 'git-agent drop ' first-run second-run
	git config alias.ag agent
	offers_only 'git ag iss' issue
}
