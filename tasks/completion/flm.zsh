#compdef flm
# Completion of ./flm for zsh, after compinit: eval "$(./flm completion zsh)"

_flm() {
  local -a found
  local word text files
  while IFS=$'\t' read -r word text; do
    if [[ $word == :files ]]; then files=1
    else found+=("${word//:/\\:}${text:+:$text}")
    fi
  done < <("${words[1]}" complete "${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe -V flm found
  [[ -z $files ]] || { compset -P 1 '--*='; _files }
}
compdef _flm flm
