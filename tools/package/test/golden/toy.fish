# Completion of toy for fish. Made of the help of its commands.

# Whether the words before the cursor end in a command, and behind it in so many arguments, where a number is given.
function __toy_at --argument-names wanted arguments
    set -l commands 'toy run' 'toy box' 'toy box open' 'toy help'
    set -l valued 'toy run -c' 'toy run --config' 'toy run --out' 'toy run --days' 'toy run --level' 'toy run -w' 'toy run --watch' 'toy box --by'
    set -l variadic 'toy run --tag'
    set -l words (commandline -opc)
    set -l path toy
    set -l place 0
    set -l option
    for word in $words[2..-1]
        if string match -q -- '-?*' $word
            set option
            if contains -- "$path $word" $valued $variadic
                set option "$path $word"
            end
        else if test -n "$option"
            if not contains -- "$option" $variadic
                set option
            end
        else if contains -- "$path $word" $commands
            set path "$path $word"
            set place 0
        else
            set place (math $place + 1)
        end
    end
    test "$path" = "$wanted"; and begin
        test -z "$arguments"; or test "$arguments" -eq $place
    end
end

complete -c toy -f
complete -c toy -n '__toy_at "toy" 0' -a 'run' -d '.profile is read first'
complete -c toy -n '__toy_at "toy" 0' -a 'box' -d 'boxes of toys'
complete -c toy -n '__toy_at "toy" 0' -a 'help' -d 'display help for command'
complete -c toy -n '__toy_at "toy"' -s V -l version -d 'output the version number'
complete -c toy -n '__toy_at "toy"' -s h -l help -d 'display help for command'
complete -c toy -n '__toy_at "toy run"' -s c -l config -r -F -d 'the config'
complete -c toy -n '__toy_at "toy run"' -l out -x -a '(__fish_complete_directories)' -d 'the folder [new]: it must not exist yet'
complete -c toy -n '__toy_at "toy run"' -l days -x -d 'days'
complete -c toy -n '__toy_at "toy run"' -l level -x -a 'low high' -d 'how much is told; one of them (choices: "low", "high", default: "low")'
complete -c toy -n '__toy_at "toy run"' -l tag -x -d 'tags'
complete -c toy -n '__toy_at "toy run"' -s w -l watch -d 'again and again'
complete -c toy -n '__toy_at "toy run"' -s h -l help -d 'display help for command'
complete -c toy -n '__toy_at "toy run"' -F
complete -c toy -n '__toy_at "toy box" 0' -a 'open' -d 'open one'
complete -c toy -n '__toy_at "toy box"' -l by -x -d 'size of the box'
complete -c toy -n '__toy_at "toy box"' -s h -l help -d 'display help for command'
complete -c toy -n '__toy_at "toy box open"' -s h -l help -d 'display help for command'
complete -c toy -n '__toy_at "toy box open" 0' -a 'red green'
complete -c toy -n '__toy_at "toy box open" 1' -F
complete -c toy -n '__toy_at "toy help" 0' -a 'run box'
