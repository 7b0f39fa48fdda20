# What may come next on a command line of ./flm: read by the launcher, whose functions it uses.
#
#   complete_words WORD...    the words after flm, the last one as far as it is typed
#
# Prints a candidate a line, with its meaning after a tab; the line `:files` stands for the names of
# files. flags.txt tells what tasks take.

# Prints the names in the folder $1 without the ending $2, a line each, with the meaning $3.
name_lines() {
  for name in $(names_in "$1" "$2"); do printf '%s\t%s\n' "$name" "$3"; done
}

# Prints the candidates for a value that help texts call $1.
values() {
  case $1 in
    RECIPE) name_lines data .yaml recipe && printf ':files\n' ;;
    RUN) name_lines runs '' run && printf ':files\n' ;;
    SUBJECT) name_lines data .yaml recipe && name_lines runs '' run && printf ':files\n' ;;
    SHARDS) name_lines shards '' 'token shards' && printf ':files\n' ;;
    PATH | SOURCE | DIR | FOLDER) printf ':files\n' ;;
    # Capitals stand for something that no list has.
    *) printf '%s\n' "$1" | tr '|' '\n' | grep -v '[[:upper:]]' ;;
  esac
}

# Prints the file of the program that the task $1 runs.
program_of() {
  command=$(command_of "$1")
  while :; do
    case $command in 'deno task --quiet '*) ;; *) break ;; esac
    command=${command#deno task --quiet }
    command=$(command_of "${command%% *}")
  done
  printf '%s\n' "$command" | sed -n 's|.* \([a-z]*/[a-z_]*\.ts\).*|\1|p'
}

complete_words() {
  [ $# -gt 0 ] || set -- ''
  [ "$1" != help ] || [ $# -lt 2 ] || shift
  if [ $# -eq 1 ]; then
    list_tasks | cut -f 1,2
    printf 'help\tExplain a task\ncompletion\tPrint the completion of a shell\n'
    return
  fi
  task=$1
  before=
  current=
  for word; do
    before=$current
    current=$word
  done
  if [ "$task" = completion ]; then
    values 'bash|zsh|fish'
    return
  fi
  # A value after an equals sign is offered as the whole word.
  head=
  case $current in --*=*)
    before=${current%%=*}
    head=$before=
    ;;
  esac
  program=$(program_of "$task")
  what=$(awk -F '\t' -v program="$program" -v before="$before" -v current="$current" '
    $1 == program && $2 == "KEYS" { takesKeys = 1 }
    $1 == program && $2 !~ /^-/ && $2 != "KEYS" && subject == "" { subject = $2 }
    $1 == program && $2 == before { metavar = $3 }
    $1 == program && $2 !~ /^-/ && $3 == before { metavar = $2 }
    $1 == program && $2 ~ /^--/ { flags = flags $2 "\t" $4 "\n" }
    $1 == "KEYS" && takesKeys && $2 == before && metavar == "" { metavar = $3 }
    $1 == "KEYS" { keys = keys $2 "\t" $4 "\n" }
    END {
      if (before ~ /^--/ && metavar != "") print ":" metavar
      else if (current ~ /^--.*=/) exit
      else if (current ~ /^-/) printf "%s%s", flags, (takesKeys && current ~ /^--./ ? keys : "")
      else if (subject != "") print ":" subject
      else printf "%s", flags
    }' "$root/tasks/completion/flags.txt")
  case $what in
    '') ;;
    :*)
      values "${what#:}" | while IFS= read -r line; do
        case $line in :*) printf '%s\n' "$line" ;; *) printf '%s\n' "$head$line" ;; esac
      done
      ;;
    *) printf '%s\n' "$what" ;;
  esac
}
