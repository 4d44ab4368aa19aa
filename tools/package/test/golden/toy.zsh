#compdef toy
# Completion of toy for zsh. Made of the help of its commands.

_toy() {
  local curcontext=$curcontext state line
  local -A opt_args
  local -a commands=(
    'run:.profile is read first'
    'box:boxes of toys'
    'help:display help for command'
  )
  _arguments -S -C \
    '(-V --version)'{-V,--version}'[output the version number]' \
    '(-h --help)'{-h,--help}'[display help for command]' \
    '1:command:->command' \
    '*::argument:->rest' && return 0
  case $state in
    command) _describe -t commands 'command of toy' commands ;;
    rest) case $line[1] in
      run) _toy_run ;;
      box) _toy_box ;;
      help) _toy_help ;;
    esac ;;
  esac
}

_toy_run() {
  _arguments -S \
    '*'{-c+,--config=}'[the config]:file:_files' \
    '*--out=[the folder \[new\]\: it must not exist yet]:dir:_files -/' \
    '*--days=[days]:n: ' \
    '*--level=[how much is told; one of them (choices\: "low", "high", default\: "low")]:level:(low high)' \
    '*--tag=[tags]:*-*:name: ' \
    '*'{-w+,--watch=}'[again and again]::seconds: ' \
    '(-h --help)'{-h,--help}'[display help for command]' \
    '*:socket:_files'
}

_toy_box() {
  local curcontext=$curcontext state line
  local -A opt_args
  local -a commands=(
    'open:open one'
  )
  _arguments -S -C \
    '*--by=[size of the box]:n: ' \
    '(-h --help)'{-h,--help}'[display help for command]' \
    '1:command:->command' \
    '*::argument:->rest' && return 0
  case $state in
    command) _describe -t commands 'command of toy box' commands ;;
    rest) case $line[1] in
      open) _toy_box_open ;;
    esac ;;
  esac
}

_toy_box_open() {
  _arguments -S \
    '(-h --help)'{-h,--help}'[display help for command]' \
    ':kind:(red green)' \
    ':thing:_files'
}

_toy_help() {
  _arguments -S \
    '::command:(run box)'
}

# Zsh runs this file as the function, when it needs it for the first time.
if [[ $funcstack[1] == _toy ]]; then
  _toy "$@"
else
  compdef _toy toy
fi
