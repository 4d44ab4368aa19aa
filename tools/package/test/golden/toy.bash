# Completion of toy for bash. Made of the help of its commands.

# Sets what there is at a command: further commands, options, and options that take one value or several.
_toy_at() {
  commands= options= valued= variadic=
  case $1 in
    "toy") commands="run box help" options="-V --version -h --help" ;;
    "toy run") options="-c --config --out --days --level --tag -w --watch -h --help" valued="-c --config --out --days --level -w --watch" variadic="--tag" ;;
    "toy box") commands="open" options="--by -h --help" valued="--by" ;;
    "toy box open") options="-h --help" ;;
  esac
}

# Sets what is offered for an option's value.
_toy_value() {
  case "$1 $2" in
    "toy run -c" | "toy run --config") offer=files ;;
    "toy run --out") offer=folders ;;
    "toy run --level") words="low high" ;;
  esac
}

# Sets what is offered for an argument, by its place.
_toy_argument() {
  case "$1 $2" in
    "toy run "*) offer=files ;;
    "toy box open 0") words="red green" ;;
    "toy box open 1") offer=files ;;
    "toy help 0") words="run box" ;;
  esac
}

_toy() {
  local current=${COMP_WORDS[COMP_CWORD]} path=toy option= several= offer= words= word
  local commands options valued variadic
  local -i index place=0
  _toy_at "$path"
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=${COMP_WORDS[index]}
    if [[ $word == = ]]; then
      continue
    elif [[ $word == -?* ]]; then
      option= several=
      [[ " $valued $variadic " == *" $word "* ]] && option=$word
      [[ " $variadic " == *" $word "* ]] && several=yes
    elif [[ -n $option ]]; then
      [[ -n $several ]] || option=
    elif [[ " $commands " == *" $word "* ]]; then
      path+=" $word"
      place=0
      _toy_at "$path"
    else
      place+=1
    fi
  done
  [[ $current == = ]] && current=
  if [[ -n $option && $current != -* ]]; then
    _toy_value "$path" "$option"
  elif [[ $current == -* ]]; then
    words=$options
  else
    words=$commands
    _toy_argument "$path" "$place"
  fi
  COMPREPLY=()
  case $offer in
    files) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    folders) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") ;;
  esac
  # Bash then puts marks behind folders, and before characters of names that it would read.
  [[ -n $offer ]] && compopt -o filenames 2>/dev/null
  return 0
}

complete -F _toy toy
