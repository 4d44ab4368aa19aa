import { allCommands, type Command } from "../help/command.ts";
import {
  flagsOf,
  functionName,
  lastName,
  type Offer,
  offerOfArgument,
  offerOfOption,
  optionsWithValues,
} from "./offer.ts";

/** The script by which bash completes the program's command lines. */
export function bashCompletion(program: Command): string {
  const name = lastName(program);
  const complete = functionName(program.path);
  const commands = allCommands(program);
  return `# Completion of ${name} for bash. Made of the help of its commands.

# Sets what there is at a command: further commands, options, and options that take one value or several.
${complete}_at() {
  commands= options= valued= variadic=
  case $1 in
${commands.flatMap((command) => commandCase(command)).join("\n")}
  esac
}

# Sets what is offered for an option's value.
${complete}_value() {
  case "$1 $2" in
${commands.flatMap((command) => valueCases(command)).join("\n")}
  esac
}

# Sets what is offered for an argument, by its place.
${complete}_argument() {
  case "$1 $2" in
${commands.flatMap((command) => argumentCases(command)).join("\n")}
  esac
}

${complete}() {
  local current=\${COMP_WORDS[COMP_CWORD]} path=${name} option= several= offer= words= word
  local commands options valued variadic
  local -i index place=0
  ${complete}_at "$path"
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
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
      ${complete}_at "$path"
    else
      place+=1
    fi
  done
  [[ $current == = ]] && current=
  if [[ -n $option && $current != -* ]]; then
    ${complete}_value "$path" "$option"
  elif [[ $current == -* ]]; then
    words=$options
  else
    words=$commands
    ${complete}_argument "$path" "$place"
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

complete -F ${complete} ${name}
`;
}

function commandCase(command: Command): string[] {
  const withValues = optionsWithValues(command);
  const flags = (isVariadic: boolean): string[] =>
    withValues.filter(({ value }) => value.isVariadic === isVariadic).flatMap((option) => option.flags);
  const lists = [
    ["commands", command.commands.map(lastName)],
    ["options", flagsOf(command)],
    ["valued", flags(false)],
    ["variadic", flags(true)],
  ] as const;
  const set = lists.filter(([, words]) => words.length > 0).map(([name, words]) => `${name}="${words.join(" ")}"`);
  return set.length === 0 ? [] : [`    "${command.path.join(" ")}") ${set.join(" ")} ;;`];
}

function valueCases(command: Command): string[] {
  return optionsWithValues(command).flatMap(({ flags, value }) =>
    cases(flags.map((flag) => `"${command.path.join(" ")} ${flag}"`).join(" | "), offerOfOption(value)),
  );
}

function argumentCases(command: Command): string[] {
  return command.arguments.flatMap((argument, place) => {
    const start = command.path.join(" ");
    // Only the last one can be several.
    return cases(argument.isVariadic ? `"${start} "*` : `"${start} ${place}"`, offerOfArgument(argument));
  });
}

/** A line of a `case`, unless nothing is offered there. */
function cases(pattern: string, offer: Offer): string[] {
  if (offer === "nothing") return [];
  return [`    ${pattern}) ${typeof offer === "string" ? `offer=${offer}` : `words="${offer.words.join(" ")}"`} ;;`];
}
