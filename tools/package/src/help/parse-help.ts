/** Reads the help of a command in the form in which commander writes it where there is no terminal. */
import assert from "node:assert/strict";
import type { Argument, Command, Option, Value } from "./command.ts";

/** The command by which commander shows the help of others. */
const HELP = "help";
const HEADINGS = ["Arguments:", "Options:", "Commands:"];
/** A term and its description, which stand apart by two spaces or more. Terms have single ones. */
const ITEM = /^ {2}(?<term>\S+(?: \S+)*)(?: {2,}(?<description>.*))?$/;
const OPTION = /^(?<flags>-\S+(?:, -\S+)*)(?: (?<value>[<[]\S+[>\]]))?$/;
const VALUE = /^(?:<(?<required>[^>]+)>|\[(?<optional>[^\]]+)\])$/;
const CHOICES = /\(choices: (?<choices>"[^"]*"(?:, "[^"]*")*)/;

/** The help of a single command. Its children are names: each has a help of its own. */
interface ParsedHelp extends Omit<Command, "commands"> {
  readonly children: readonly string[];
}

interface Item {
  readonly term: string;
  readonly description: string;
}

/**
 * Reads a command and all below it.
 *
 * @param ask Says what a command prints for `--help`.
 * @throws AssertionError if a help has another form.
 */
export function commandTree(path: readonly string[], ask: (path: readonly string[]) => string): Command {
  const { children, ...parsed } = parseHelp(path, ask(path));
  const others = children.filter((name) => name !== HELP);
  const commands = others.map((name) => commandTree([...path, name], ask));
  return { ...parsed, commands: others.length < children.length ? [...commands, helpCommand(path, others)] : commands };
}

function parseHelp(path: readonly string[], text: string): ParsedHelp {
  const [first = "", ...rest] = text.trimEnd().split("\n\n");
  const start = `Usage: ${path.join(" ")}`;
  assert(first.startsWith(start), `the help of \`${path.join(" ")}\` begins otherwise: ${first}`);
  const usage = first.slice(start.length).trim();
  const isHeaded = (block: string): boolean => HEADINGS.some((heading) => block.startsWith(`${heading}\n`));
  const headed = rest.findIndex((block) => isHeaded(block));
  assert.notEqual(headed, -1, `the help of \`${path.join(" ")}\` has no options`);
  const sections = new Map<string, Item[]>();
  let end = headed;
  for (; end < rest.length && isHeaded(rest[end] ?? ""); end++) {
    const [heading = "", ...lines] = (rest[end] ?? "").split("\n");
    sections.set(heading, itemsOf(lines));
  }
  return {
    path,
    usage,
    description: rest.slice(0, headed).map(unwrapped).join(" "),
    arguments: argumentsOf(usage, sections.get("Arguments:") ?? []),
    options: (sections.get("Options:") ?? []).map(optionOf),
    children: (sections.get("Commands:") ?? []).map(({ term }) => term.replace(/ .*$/, "")),
    epilogue: rest.slice(end).join("\n\n"),
  };
}

/** The command that shows the help of others, which has no help of its own. */
function helpCommand(parent: readonly string[], choices: readonly string[]): Command {
  return {
    path: [...parent, HELP],
    description: "display help for command",
    usage: "[command]",
    arguments: [{ name: "command", isOptional: true, isVariadic: false, description: "", choices }],
    options: [],
    commands: [],
    epilogue: "",
  };
}

/** Items of a section. A line that begins further right goes on with the description before it. */
function itemsOf(lines: readonly string[]): Item[] {
  const items: Item[] = [];
  for (const line of lines) {
    const { term, description = "" } = ITEM.exec(line)?.groups ?? {};
    if (term !== undefined) {
      items.push({ term, description });
      continue;
    }
    const before = items.pop();
    assert(before !== undefined && /^ {3,}\S/.test(line), `the help has a line of another form: ${line}`);
    items.push({ ...before, description: `${before.description} ${line.trim()}`.trim() });
  }
  return items;
}

/** Arguments by the usage, which has all of them; those that have a description stand in a section, too. */
function argumentsOf(usage: string, described: readonly Item[]): Argument[] {
  const words = usage.split(" ").filter((word) => word !== "" && word !== "[options]" && word !== "[command]");
  return words.map((word) => {
    const value = valueOf(word, "");
    const description = described.find(({ term }) => term === value.name)?.description ?? "";
    return { ...valueOf(word, description), description };
  });
}

function optionOf({ term, description }: Item): Option {
  const { flags = "", value } = OPTION.exec(term)?.groups ?? {};
  assert.notEqual(flags, "", `the help has an option of another form: ${term}`);
  return {
    flags: flags.split(", "),
    value: value === undefined ? undefined : valueOf(value, description),
    description,
  };
}

function valueOf(word: string, description: string): Value {
  const { required, optional } = VALUE.exec(word)?.groups ?? {};
  const name = required ?? optional;
  assert(name !== undefined, `the help has a value of another form: ${word}`);
  const listed = CHOICES.exec(description)?.groups?.["choices"];
  return {
    name: name.replace(/\.\.\.$/, ""),
    isOptional: optional !== undefined,
    isVariadic: name.endsWith("..."),
    choices: listed === undefined ? undefined : listed.slice(1, -1).split('", "'),
  };
}

function unwrapped(block: string): string {
  return block.replaceAll("\n", " ");
}
