# "git agent ..." and aliases of it: read at the start of every fish, so nothing but the way to git-agent.fish.
function __git_agent_below_git
    functions -q __git_agent_words
    or complete -C 'git-agent -' >/dev/null
    set -l words (commandline -opc)
    set -l options
    set -l i 2
    while set -q words[$i]
        switch $words[$i]
            case -C
                set i (math $i + 1)
                set -a options -C $words[$i]
            case -c --work-tree --namespace
                set i (math $i + 1)
            case --git-dir
                set i (math $i + 1)
                set -a options --git-dir=$words[$i]
            case '--git-dir=*'
                set -a options $words[$i]
            case '-*'
            case '*'
                break
        end
        set i (math $i + 1)
    end
    __git_agent_words $options -- $words[(math $i + 1)..]
end

complete -c git -f -k -n '__fish_git_using_command agent' -a '(__git_agent_below_git)'
