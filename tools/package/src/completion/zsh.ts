import { allCommands, type Argument, type Command, type Option, type Value } from "../help/command.ts";
import { functionName, lastName, type Offer, offerOfArgument, offerOfOption, quoted } from "./offer.ts";

/** The function by which zsh completes the program's command lines. */
export function zshCompletion(program: Command): string {
  const name = lastName(program);
  const functions = allCommands(program).map((command) => commandFunction(command));
  return `#compdef ${name}
# Completion of ${name} for zsh. Made of the help of its commands.

${functions.join("\n\n")}

# Zsh runs this file as the function, when it needs it for the first time.
if [[ $funcstack[1] == ${functionName(program.path)} ]]; then
  ${functionName(program.path)} "$@"
else
  compdef ${functionName(program.path)} ${name}
fi
`;
}

function commandFunction(command: Command): string {
  const specs = [...command.options.map(optionSpec), ...command.arguments.map(argumentSpec)];
  const isLeaf = command.commands.length === 0;
  const shown = (isLeaf ? specs : [...specs, `'1:command:->command'`, `'*::argument:->rest'`]).map(
    (spec) => ` \\\n    ${spec}`,
  );
  const name = functionName(command.path);
  if (isLeaf) return `${name}() {\n  _arguments -S${shown.join("")}\n}`;
  const described = command.commands.map((child) =>
    quoted(`${lastName(child)}:${escaped(child.description, /[\\:]/g)}`),
  );
  const cases = command.commands.map((child) => `      ${lastName(child)}) ${functionName(child.path)} ;;`);
  return `${name}() {
  local curcontext=$curcontext state line
  local -A opt_args
  local -a commands=(
${described.map((each) => `    ${each}`).join("\n")}
  )
  _arguments -S -C${shown.join("")} && return 0
  case $state in
    command) _describe -t commands ${quoted(`command of ${command.path.join(" ")}`)} commands ;;
    rest) case $line[1] in
${cases.join("\n")}
    esac ;;
  esac
}`;
}

/** An option with a value is offered again behind itself: some may be given several times. */
function optionSpec({ flags, value, description }: Option): string {
  const start = value === undefined ? (flags.length === 1 ? "" : `(${flags.join(" ")})`) : "*";
  const taking = value === undefined ? flags : flags.map(withValue);
  const text = `[${escaped(description, /[\\[\]:]/g)}]${value === undefined ? "" : valueSpec(value)}`;
  if (taking.length === 1) return quoted(`${start}${taking[0]}${text}`);
  return `${quoted(start)}{${taking.join(",")}}${quoted(text)}`;
}

/** The value may stand in the same word, too: behind "=" where the flag is long. */
function withValue(flag: string): string {
  return flag.startsWith("--") ? `${flag}=` : `${flag}+`;
}

function valueSpec(value: Value): string {
  const start = value.isVariadic ? ":*-*:" : value.isOptional ? "::" : ":";
  return `${start}${escaped(value.name, /[\\:]/g)}:${action(offerOfOption(value))}`;
}

function argumentSpec(argument: Argument): string {
  const start = argument.isVariadic ? "*:" : argument.isOptional ? "::" : ":";
  return quoted(`${start}${escaped(argument.name, /[\\:]/g)}:${action(offerOfArgument(argument))}`);
}

function action(offer: Offer): string {
  if (offer === "files") return "_files";
  if (offer === "folders") return "_files -/";
  // A space: nothing is offered, and the name is shown.
  return offer === "nothing" ? " " : `(${offer.words.join(" ")})`;
}

function escaped(text: string, characters: RegExp): string {
  return text.replaceAll(characters, String.raw`\$&`);
}
