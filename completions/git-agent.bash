# shellcheck shell=bash
# bash completion for git agent. git's own completion calls _git_agent with cur, words, cword and prev
# set. Nothing is listed here: commands, options and runs are asked of the binaries.
# shellcheck disable=SC2154 # cur, words, cword and prev are set by the caller

# The first field of "<name><TAB><text>" lines.
__git_agent_names ()
{
	local name
	while IFS=$'\t' read -r name _; do
		printf '%s\n' "$name"
	done
}

# __git_agent_option_kind <options> <--name or -x>: what its value is: "flag", "file", "=good,bad"...
__git_agent_option_kind ()
{
	local name kind
	while IFS=$'\t' read -r name kind _; do
		if [[ $name == "$2" ]]; then
			printf '%s\n' "$kind"
			return
		fi
	done <<<"$1"
}

# __git_agent_nothing: no match, and no file names instead of it.
__git_agent_nothing ()
{
	COMPREPLY=()
	compopt +o default +o bashdefault 2>/dev/null
}

# __git_agent_paths <glob> <path begun>: "d" or "f", a TAB and the name, for directories and for the
# files that match (for none with an empty glob), below what -C names.
__git_agent_paths ()
{
	local i
	for i in ${__git_C_args[@]+"${__git_C_args[@]}"} "${__git_agent_dirs[@]}"; do
		[[ $i == -C ]] || CDPATH='' cd -- "${i/#\~/$HOME}" >/dev/null 2>&1 || return
	done
	compgen -d -- "$2" | sed $'s/^/d\t/'
	[[ -z $1 ]] || compgen -f -X "!$1" -- "$2" | while IFS= read -r i; do
		[[ -d ${i/#\~/$HOME} ]] || printf 'f\t%s\n' "$i"
	done
}

# __git_agent_complete_paths <glob> <word>: adds them, quoted as the word is.
__git_agent_complete_paths ()
{
	local type name quote='' begun=$2
	case $begun in
	[\'\"]*)
		quote=${begun:0:1}
		begun=${begun:1}
		;;
	*)
		begun=${begun//\\/}
		;;
	esac
	while IFS=$'\t' read -r type name; do
		if [[ -z $quote ]]; then
			name=$(printf '%q' "$name")
			name=${name/#\\~/\~}
		fi
		case $type$quote in
		d*) name+=/ ;;
		f) name+=' ' ;;
		esac
		COMPREPLY+=("$name")
	done < <(shopt -s extglob; __git_agent_paths "$1" "$begun")
}

# __git_agent_offer <kind> <word>
__git_agent_offer ()
{
	local refs
	case $1 in
	file)
		COMPREPLY=()
		;;
	dir)
		__git_agent_complete_paths '' "$2"
		;;
	brief)
		__git_agent_complete_paths '*.@(md|markdown|MD)' "$2"
		;;
	patch)
		__git_complete_refs --cur="$2"
		refs=${#COMPREPLY[@]}
		__git_agent_complete_paths '*.@(patch|diff|mbox)' "$2"
		((refs + ${#COMPREPLY[@]})) || __git_agent_nothing
		;;
	rev)
		__git_complete_refs --cur="$2"
		;;
	run)
		__gitcomp_nl "$(__git "${__git_agent_dirs[@]}" agent status --list-runs)" '' "$2"
		;;
	command)
		__gitcomp_nl "$(__git agent --list-commands | __git_agent_names)" '' "$2"
		;;
	program)
		__gitcomp_nl "$(compgen -c -- "$2")" '' "$2"
		;;
	=*)
		__gitcomp_nl "$(tr ',' '\n' <<<"${1#=}")" '' "$2"
		;;
	*)
		__git_agent_nothing
		;;
	esac
	[[ $1 == file || $1 == program || ${#COMPREPLY[@]} -gt 0 ]] || __git_agent_nothing
}

# __git_agent_offer_options <options>: --name, --name= where a value follows, --no-name on request.
__git_agent_offer_options ()
{
	local name kind
	while IFS=$'\t' read -r name kind _; do
		[[ $name == --* ]] || continue
		case $kind in
		flag)
			name+=' '
			[[ $cur != --no-* ]] || name=--no-${name#--}
			;;
		*)
			name+='='
			;;
		esac
		[[ $name != "$cur"* ]] || COMPREPLY+=("$name")
	done <<<"$1"
	[[ ${#COMPREPLY[@]} -gt 0 ]] || __git_agent_nothing
}

_git_agent ()
{
	local i command='' options argument first='' kind='' only_arguments='' given=''
	local -a __git_agent_dirs=()

	for ((i = ${__git_cmd_idx:-1} + 1; i < cword; i++)); do
		case ${words[i]} in
		-C)
			((++i == cword)) || __git_agent_dirs+=(-C "${words[i]//\\/}")
			;;
		--)
			only_arguments=yes
			;;
		-*) ;;
		*)
			[[ -z $command ]] || given=yes
			[[ -n $command ]] || command=${words[i]}
			;;
		esac
	done
	if [[ -z $command ]]; then
		case $prev in
		-C) __git_agent_offer dir "$cur" ;;
		*) __git_agent_offer command "$cur" ;;
		esac
		return
	fi
	if [[ $command == help ]]; then
		__git_agent_offer command "$cur"
		return
	fi

	options=$(__git agent "$command" --list-options)
	if [[ $options != $'\t'* ]]; then
		__git_agent_nothing
		return
	fi
	IFS=$'\t' read -r argument first _ <<<"${options#$'\t'}"
	[[ -z $first || -n $given ]] || argument=$first
	options=${options#*$'\n'}
	if [[ -n $only_arguments ]]; then
		__git_agent_offer "$argument" "$cur"
		return
	fi
	case $prev in
	--*=*) ;;
	--?*) kind=$(__git_agent_option_kind "$options" "$prev") ;;
	-?*) kind=$(__git_agent_option_kind "$options" "-${prev: -1}") ;;
	esac
	if [[ -n $kind && $kind != flag ]]; then
		__git_agent_offer "$kind" "$cur"
		return
	fi
	case $cur in
	--*=*)
		kind=$(__git_agent_option_kind "$options" "${cur%%=*}")
		__git_agent_offer "$kind" "${cur#*=}"
		;;
	-?*)
		__git_agent_offer_options "$options"
		;;
	*)
		__git_agent_offer "$argument" "$cur"
		;;
	esac
}

# The same for the words "git-agent ..."; git's completion may have to be loaded first.
if ! declare -F __git_complete >/dev/null; then
	if declare -F _comp_load >/dev/null; then
		_comp_load git
	elif declare -F _completion_loader >/dev/null; then
		_completion_loader git
	fi
fi
if declare -F __git_complete >/dev/null; then
	__git_complete git-agent _git_agent
fi
