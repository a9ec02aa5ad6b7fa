#!/bin/bash
# Completion in fish: a real fish, asked with `complete -C`, for "git agent" over the bridge and for "git-agent".
. "${BASH_SOURCE%/*}/lib.sh"
. "$TESTS_DIR/lib-completion.sh" || exit 1

shell_needed fish fish
vendor=$SCRATCH/data/fish
mkdir -p "$vendor/vendor_completions.d" "$vendor/vendor_conf.d"
cp "$TESTS_DIR/../completions/git-agent.fish" "$vendor/vendor_completions.d/"
cp "$TESTS_DIR/../completions/git-agent-bridge.fish" "$vendor/vendor_conf.d/git-agent.fish"
export XDG_DATA_DIRS=$SCRATCH/data:/usr/local/share:/usr/share
completion_repos

# What fish shows after a tab is the description. Words are offered as they would stand on the line.
# shellcheck disable=SC2016 # $argv is fish's
complete_line() { fish -c 'complete -C $argv[1]' -- "$1" | cut -f1; }

export JOINED_SIMULATE=--simulate= JOINED_COLOR=--color= JOINED_BASE=--base= ALWAYS=--help
completion_common
offers_only 'git agent issue --sim' --simulate=
offers_only 'git agent issue --kee' --keep
offers_only 'git agent issue my' 'my issue.md'
offers 'git agent -C d' docs/
offers 'git agent issue -' --keep --base= -n
offers_none 'git agent issue --' --list-options
is "$(fish -c 'complete -C "git agent iss"')" "issue	$(grep ^issue "$GIT_AGENT_BUILD/libexec/git-agent/commands" | cut -f2)" \
	'a command is described'

done_testing
