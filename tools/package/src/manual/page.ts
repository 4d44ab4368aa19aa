/** The page of a program in the manual. */
import { allCommands, type Argument, type Command, type Option } from "../help/command.ts";
import { bold, italic, item, text, verbatim } from "./roff.ts";

/** Parts of a page that the program does not say of itself. */
export interface PageContext {
  /** The manual's section: 1, or 8 for what the system's operator runs. */
  readonly section: number;
  /** Day of the sources, as 2026-11-27. */
  readonly date: string;
  readonly version: string;
  /** Paths, and what stands there. */
  readonly files: readonly Entry[];
  /** Exit codes, and their meanings. */
  readonly exitCodes: readonly Entry[];
  /** Names of other pages, as `link-flor(8)`. */
  readonly pages: readonly string[];
  /** Paths of documents, and their titles. */
  readonly documents: readonly Entry[];
}

/** A name and its meaning. */
export type Entry = readonly [name: string, meaning: string];

/** Flags that every command has. */
const EVERYWHERE = "--help";

/** The page as roff, for `man`. */
export function manualPage(program: Command, context: PageContext): string {
  const name = program.path.join(" ");
  const lines = [
    `.TH ${text(name.toUpperCase())} ${context.section} ${text(context.date)} "${text(`Florenetes ${context.version}`)}" Florenetes`,
    // Paths are longer than words: lines with them would be stretched.
    ".ad l",
    ".nh",
    ".SH NAME",
    `${text(name)} \\- ${text(asName(program.description))}`,
    ".SH SYNOPSIS",
    synopsis(program),
    ".SH DESCRIPTION",
    text(program.description.replace(/\.?$/, ".")),
    ".SH OPTIONS",
    ...program.options.flatMap(optionItem),
    ".SH COMMANDS",
    ...allCommands(program).slice(1).flatMap(commandPart),
    ...(program.epilogue === "" ? [] : [".SH EXAMPLES", ...verbatim(program.epilogue)]),
    ".SH FILES",
    ...context.files.flatMap(([path, meaning]) => item(italic(path), meaning)),
    ".SH EXIT STATUS",
    ...context.exitCodes.flatMap(([code, meaning]) => item(bold(code), meaning)),
    ".SH SEE ALSO",
    context.pages.map(pageReference).join(",\n"),
    ...context.documents.flatMap(([path, title]) => item(italic(path), title)),
  ];
  return `${lines.join("\n")}\n`;
}

/** A description as whatis shows it: not a sentence. */
function asName(description: string): string {
  return description.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase()).replace(/\.$/, "");
}

function commandPart(command: Command): string[] {
  const options = command.options.filter(({ flags }) => !flags.includes(EVERYWHERE));
  return [
    `.SS ${text(command.path.join(" "))}`,
    synopsis(command),
    ".PP",
    text(command.description),
    ...command.arguments.filter(({ description }) => description !== "").flatMap(argumentItem),
    ...options.flatMap(optionItem),
  ];
}

function synopsis({ path, usage }: Command): string {
  const rest = usage === "" ? "" : ` ${italic(usage)}`;
  return `${bold(path.join(" "))}${rest}`;
}

function argumentItem({ name, description }: Argument): string[] {
  return item(italic(name), description);
}

function optionItem({ flags, value, description }: Option): string[] {
  const named = flags.map((flag) => bold(flag)).join(", ");
  if (value === undefined) return item(named, description);
  const shown = `${value.name}${value.isVariadic ? "..." : ""}`;
  return item(`${named} ${italic(value.isOptional ? `[${shown}]` : `<${shown}>`)}`, description);
}

function pageReference(page: string): string {
  const [, name = page, section = ""] = /^(.*)(\(\d\))$/.exec(page) ?? [];
  return `${bold(name)}${section}`;
}
