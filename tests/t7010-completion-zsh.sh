#!/bin/bash
# Completion in zsh: a real interactive zsh on a terminal of its own, asked what it offers.
. "${BASH_SOURCE%/*}/lib.sh"
. "$TESTS_DIR/lib-completion.sh" || exit 1

shell_needed zsh zsh
mkdir "$SCRATCH/fpath"
cp "$TESTS_DIR/../completions/_git-agent" "$SCRATCH/fpath/"
completion_repos

# compadd is asked what it would add (-O); the list is printed between two marks, and nothing is inserted.
cat >"$SCRATCH/.zshrc" <<'END'
PROMPT='READY>'
fpath=($SCRATCH/fpath $fpath)
autoload -Uz compinit
compinit -u -d $SCRATCH/zcompdump
zstyle ':completion:*' completer _complete
setopt no_beep no_list_beep no_auto_list no_auto_menu
zmodload zsh/zle
compadd () {
	local -a __hits __dirs
	if [[ ${@[(I)-[OAD]*]} -gt 0 ]]; then
		builtin compadd "$@"
		return
	fi
	builtin compadd -O __hits "$@"
	local __prefix=
	local -i __i=${@[(i)-p]}
	(( __i >= $# )) || __prefix=${@[__i + 1]}
	local __hit
	for __hit in $__hits; do
		[[ ${@[(I)-f]} -gt 0 || ${@[(r)-*f*]} == -[qQ]#f ]] && [[ -d $__prefix$__hit ]] && __hit+=/
		print -r -- "$__prefix$__hit" >>$SCRATCH/zsh-offered
	done
	builtin compadd "$@"
}
say-offered () {
	: >$SCRATCH/zsh-offered
	zle complete-word
	BUFFER=
	print -r -- done >$SCRATCH/zsh-done
}
zle -N say-offered
bindkey '^X^O' say-offered
bindkey '^U' kill-whole-line
END
cat >"$SCRATCH/drive.zsh" <<'END'
zmodload zsh/zpty
zmodload zsh/zselect
unset ZDOTDIR
zpty shell "ZDOTDIR=$SCRATCH SCRATCH=$SCRATCH TERM=dumb zsh -i"
zpty -r shell ready '*READY>*'
while IFS= read -r line; do
	rm -f $SCRATCH/zsh-done
	zpty -w -n shell $'\C-U'"$line"$'\C-X\C-O'
	repeat 1500; do
		[[ ! -e $SCRATCH/zsh-done ]] || break
		zselect -t 1
	done
	zpty -r -t shell rest 2>/dev/null
	[[ -e $SCRATCH/zsh-done ]] || print -r -- 'no answer'
	[[ ! -s $SCRATCH/zsh-offered ]] || cat $SCRATCH/zsh-offered
	print -r -- 'END OF OFFER'
done
zpty -d shell
END
coproc ZSH { exec zsh -f "$SCRATCH/drive.zsh"; }
exec 7<&"${ZSH[0]}" 8>&"${ZSH[1]}"
complete_line() {
	local word
	printf '%s\n' "$1" >&8
	while IFS= read -r word <&7 && [ "$word" != 'END OF OFFER' ]; do
		printf '%s\n' "$word"
	done
}

completion_common
offers 'git agent issue --sim' --simulate
offers 'git agent issue --kee' --keep
offers_only 'git agent issue my' 'my\ issue.md'
offers 'git agent issue -' --keep --base -n
offers_none 'git agent issue --' --list-options

done_testing
