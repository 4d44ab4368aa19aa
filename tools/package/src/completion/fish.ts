import { allCommands, type Command } from "../help/command.ts";
import { functionName, lastName, type Offer, offerOfArgument, offerOfOption, optionsWithValues } from "./offer.ts";

/** The script by which fish completes the program's command lines. */
export function fishCompletion(program: Command): string {
  const name = lastName(program);
  const commands = allCommands(program);
  const at = `_${functionName(program.path)}_at`;
  const flags = (isVariadic: boolean): string[] =>
    commands.flatMap(({ path, ...rest }) =>
      optionsWithValues({ path, ...rest })
        .filter(({ value }) => value.isVariadic === isVariadic)
        .flatMap((option) => option.flags.map((flag) => quoted(`${path.join(" ")} ${flag}`))),
    );
  return `# Completion of ${name} for fish. Made of the help of its commands.

# Whether the words before the cursor end in a command, and behind it in so many arguments, where a number is given.
function ${at} --argument-names wanted arguments
    set -l commands ${commands
      .slice(1)
      .map(({ path }) => quoted(path.join(" ")))
      .join(" ")}
    set -l valued ${flags(false).join(" ")}
    set -l variadic ${flags(true).join(" ")}
    set -l words (commandline -opc)
    set -l path ${name}
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

complete -c ${name} -f
${commands.flatMap((command) => lines(command, name, at)).join("\n")}
`;
}

function lines(command: Command, name: string, at: string): string[] {
  const path = command.path.join(" ");
  const start = (places: string): string => `complete -c ${name} -n ${quoted(`${at} "${path}"${places}`)}`;
  const commands = command.commands.map(
    (child) => `${start(" 0")} -a ${quoted(lastName(child))} -d ${quoted(child.description)}`,
  );
  const options = command.options.map(({ flags, value, description }) => {
    const named = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
    const taken = value === undefined ? "" : valueOf(offerOfOption(value), value.isOptional);
    return `${start("")} ${named.join(" ")}${taken} -d ${quoted(description)}`;
  });
  const values = command.arguments.flatMap((argument, place) => {
    const offered = offering(offerOfArgument(argument));
    return offered === "" ? [] : [`${start(argument.isVariadic ? "" : ` ${place}`)}${offered}`];
  });
  return [...commands, ...options, ...values];
}

/** An option whose value may be left out has it in the same word only, as fish sees it. */
function valueOf(offer: Offer, isOptional: boolean): string {
  if (isOptional) return "";
  return `${offer === "files" ? " -r" : " -x"}${offering(offer)}`;
}

function offering(offer: Offer): string {
  if (offer === "nothing") return "";
  if (offer === "files") return " -F";
  if (offer === "folders") return " -a '(__fish_complete_directories)'";
  return ` -a ${quoted(offer.words.join(" "))}`;
}

/** A text between single quotes, in which fish reads a backslash before another one, and before a quote. */
function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}
