# Completion of ./flm for fish: ./flm completion fish | source

function __flm_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l head (string match -r -- '^--[^=]*=' $words[-1])
    for line in ($words[1] complete $words[2..] 2>/dev/null)
        if test "$line" = :files
            for path in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' $words[-1]))
                echo "$head$path"
            end
        else
            echo $line
        end
    end
end
complete -c flm -f -a '(__flm_complete)'
