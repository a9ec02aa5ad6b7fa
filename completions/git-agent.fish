# fish completion for git agent, for the words "git-agent ..." and, over the bridge in conf.d, "git agent ...".
# Nothing is listed here: commands, options and runs are asked of the binaries.

# Directories, and files with the given endings, below the directories given with -C.
function __git_agent_paths -a endings
    set -l begun "$(string unescape -- "$argv[2]")"
    set -l base ''
    for dir in $argv[3..]
        test "$dir" = -C
        and continue
        string match -q '/*' -- $dir
        and set base "$dir/"
        or set base "$base$dir/"
    end
    string match -q '/*' -- $begun
    and set base ''
    for path in "$base$begun"*
        set -l shown (string sub -s (math (string length -- "$base") + 1) -- $path)
        if test -d $path
            echo $shown/
        else if string match -qr "\.($endings)\$" -- $path
            echo $shown
        end
    end
end

# __git_agent_offer <kind> <word begun> <-C options of git agent...>
function __git_agent_offer -a kind begun
    set -l dirs $argv[3..]
    switch $kind
        case '=*'
            string split , -- (string sub -s 2 -- $kind)
        case file
            __git_agent_paths '[^/]*' "$begun" $dirs
            __git_agent_paths '.*' "$begun" $dirs
        case dir
            __git_agent_paths '$^' "$begun" $dirs
        case brief
            __git_agent_paths 'md|markdown|MD' "$begun" $dirs
        case patch
            __git_agent_paths 'patch|diff|mbox' "$begun" $dirs
            __git_agent_offer rev "$begun" $dirs
        case rev
            if functions -q __fish_git_refs; and not set -q dirs[1]
                __fish_git_refs
            else
                echo HEAD
                command git $dirs for-each-ref --format='%(refname:short)' 2>/dev/null
            end
        case run
            command git $dirs agent status --list-runs 2>/dev/null
        case program
            complete -C "$begun"
        case command
            command git agent --list-commands 2>/dev/null
    end
end

# The second field of the line that begins with the given name: the kind of an option's value.
function __git_agent_kind -a name
    for line in $argv[2..]
        set -l fields (string split \t -- $line)
        if test "$fields[1]" = "$name"
            echo $fields[2]
            return
        end
    end
end

# __git_agent_options <lines>: "name<TAB>help", with "=" where a value follows.
function __git_agent_options
    for line in $argv
        set -l fields (string split \t -- $line)
        string match -q -- '--*' $fields[1]
        and test "$fields[2]" != flag
        and set fields[1] $fields[1]=
        printf '%s\t%s\n' $fields[1] $fields[3]
    end
end

# __git_agent_words <-C options of git> -- <words after agent>: what fits at the end of the line.
function __git_agent_words
    set -l split (contains -i -- -- $argv)
    set -l dirs
    test $split -gt 1
    and set dirs $argv[1..(math $split - 1)]
    set -l words $argv[(math $split + 1)..]
    set -l current (commandline -ct)
    set -l called
    set -l given 0
    set -l only_arguments 0
    set -l i 1
    while test $i -le (count $words)
        switch $words[$i]
            case -C
                set i (math $i + 1)
                set -q words[$i]
                and set -a dirs -C $words[$i]
            case --
                set only_arguments 1
            case '-*'
            case '*'
                set -q called[1]
                and set given 1
                or set called $words[$i]
        end
        set i (math $i + 1)
    end
    if not set -q called[1]; or test "$called" = help
        set -l kind command
        test "$words[-1]" = -C
        and set kind dir
        __git_agent_offer $kind "$current" $dirs
        return
    end

    set -l lines (command git agent $called --list-options 2>/dev/null)
    string match -q \t'*' -- "$lines[1]"
    or return
    set -l argument (string split \t -- $lines[1])[2]
    set -l first (string split \t -- $lines[1])[3]
    test -n "$first" -a $given = 0
    and set argument $first
    set -e lines[1]
    if test $only_arguments = 1
        __git_agent_offer "$argument" "$current" $dirs
        return
    end
    set -l last $words[-1]
    string match -qr '^-[^-]' -- $last
    and set last -(string sub -s -1 -- $last)
    set -l kind (__git_agent_kind "$last" $lines)
    if test -n "$kind" -a "$kind" != flag
        __git_agent_offer "$kind" "$current" $dirs
        return
    end
    switch $current
        case '--*=*'
            set -l parts (string split -m 1 = -- $current)
            set kind (__git_agent_kind $parts[1] $lines)
            __git_agent_offer "$kind" "$parts[2]" $dirs | string replace -r -- '^' "$parts[1]="
        case '-*'
            __git_agent_options $lines
        case '*'
            __git_agent_offer "$argument" "$current" $dirs
    end
end

# "git-agent ...". fish's own completion of git asks this too, without git's options: there the bridge answers.
function __git_agent_alone
    status stack-trace | string match -q '*__fish_git_complete_custom_command*'
    and return
    set -l words (commandline -opc)
    __git_agent_words -- $words[2..]
end

complete -c git-agent -f -k -a '(__git_agent_alone)'
