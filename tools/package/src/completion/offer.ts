import assert from "node:assert/strict";
import type { Argument, Command, Option, Value } from "../help/command.ts";

/** Values that a shell offers: words, paths of files or folders, or nothing, where it cannot know any. */
export type Offer = { readonly words: readonly string[] } | "files" | "folders" | "nothing";

/** Names of values that are paths of files. */
const FILES = ["file", "socket", "path"];
const FOLDER = "dir";
/** Words that stand in scripts of all shells as they are. */
const PLAIN = /^[\w@%+:,./-]+$/;

export function offerOfOption(value: Value): Offer {
  if (value.choices !== undefined) return { words: value.choices.map(plain) };
  if (value.name === FOLDER) return "folders";
  return FILES.includes(value.name) ? "files" : "nothing";
}

/** Arguments have names that say what a file is for: their descriptions tell that they are files. */
export function offerOfArgument(argument: Argument): Offer {
  const offer = offerOfOption(argument);
  return offer === "nothing" && /\bfile\b/.test(argument.description) ? "files" : offer;
}

/** Options that take a value, which may be the next word. */
export function optionsWithValues(command: Command): (Option & { readonly value: Value })[] {
  return command.options.flatMap(({ value, ...rest }) => (value === undefined ? [] : [{ ...rest, value }]));
}

export function lastName({ path }: Command): string {
  return plain(path.at(-1) ?? "");
}

export function flagsOf({ options }: Command): string[] {
  return options.flatMap(({ flags }) => flags.map(plain));
}

/** A name in which shells see that of a function. */
export function functionName(path: readonly string[]): string {
  return `_${path.map((name) => plain(name).replaceAll(/\W/g, "_")).join("_")}`;
}

/** A text between single quotes, in which bash and zsh read nothing. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** @throws AssertionError if a shell would read something into the word. */
function plain(word: string): string {
  assert.match(word, PLAIN, "a name of a command, an option or a choice means something to shells");
  return word;
}
