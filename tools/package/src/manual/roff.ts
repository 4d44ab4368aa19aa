/** Text as roff: the characters that mean something to it, and its requests. */

/** Characters that roff reads, or changes for print: those who read a page copy from it. */
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\\", "\\e"],
  ["-", "\\-"],
  ["'", "\\(aq"],
  ["`", "\\(ga"],
  ['"', "\\(dq"],
  ["^", "\\(ha"],
  ["~", "\\(ti"],
]);

/** A line of text; a dot at its beginning is no request. Where a long path may break, roff may break it. */
export function text(plain: string): string {
  const escaped = escape(plain).replaceAll(/(?<=\S)\/(?=\S)/g, "/\\:");
  return escaped.startsWith(".") ? `\\&${escaped}` : escaped;
}

export function bold(plain: string): string {
  return `\\fB${escape(plain)}\\fR`;
}

export function italic(plain: string): string {
  return `\\fI${escape(plain)}\\fR`;
}

/** Lines as they are, in the font of terminals. */
export function verbatim(lines: string): string[] {
  const shown = lines.split("\n").map((line) => {
    const escaped = escape(line);
    return escaped.startsWith(".") ? `\\&${escaped}` : escaped;
  });
  return [".nf", ...shown, ".fi"];
}

/** A term, and indented below it what it means. */
export function item(term: string, meaning: string): string[] {
  return [".TP", term, ...(meaning === "" ? ["\\&"] : [text(meaning)])];
}

function escape(plain: string): string {
  return plain.replaceAll(/[\\\-'`"^~]/g, (character) => ESCAPES.get(character) ?? character);
}
