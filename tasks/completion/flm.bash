# Completion of ./flm for bash: eval "$(./flm completion bash)"

_flm() {
  local line=${COMP_LINE:0:COMP_POINT} words current word head breaks
  read -ra words <<<"$line"
  [[ $line != *[[:space:]] ]] || words+=('')
  current=${words[${#words[@]} - 1]}
  [[ $current != --*=* ]] || head=${current%%=*}=
  COMPREPLY=()
  while IFS=$'\t' read -r word _; do
    if [[ $word == :files ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r word; do COMPREPLY+=("$head$word"); done < <(compgen -f -- "${current#"$head"}")
    elif [[ $word == "$current"* ]]; then
      COMPREPLY+=("$word")
    fi
  done < <("${words[0]}" complete "${words[@]:1}" 2>/dev/null)
  # Of a word with a colon or an equals sign bash replaces what follows the last one.
  breaks=${COMP_WORDBREAKS//[^:=]/}
  if [[ -n $breaks && $current == *[$breaks]* ]]; then
    COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*[$breaks]}"}"}")
  fi
}
complete -F _flm flm
