# Completion of ./flm for fish: ./flm completion fish | source

function __flm_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in ($words[1] complete $words[2..] 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end
complete -c flm -f -a '(__flm_complete)'
