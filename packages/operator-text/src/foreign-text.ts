/**
 * How texts that others wrote (a peer, a file, a partner process) are shown to people. A text passes through here where it
 * enters; what is behind may log it, count by it and print it.
 *
 * Shown as they are: letters of all scripts, digits, punctuation, symbols, and the space. Everything that is not seen, or
 * that moves what is seen, becomes an escape of ASCII, `\u{202e}`:
 *
 * - controls (C0, DEL, C1), with line ends and what a terminal obeys;
 * - separators other than the space: of lines, of paragraphs, spaces of other widths;
 * - format characters: bidirectional marks, zero width, byte order mark, tags;
 * - whatever Unicode lets a reader ignore: fillers, variation selectors; and the blank Braille pattern;
 * - lone surrogates, code points for private use and those without a meaning;
 * - combining marks without a character to stand on, or beyond 8 on one.
 *
 * A backslash is shown as it is, so that a text can pretend to hold an escape. It can pretend to hold any word, too.
 * Letters of scripts that are written from right to left still order themselves, between themselves.
 */
import { MARKS_MAX } from "./limits.ts";

const plain = /^[ -~]*$/;
const plainLines = /^[ -~\n]*$/;
const unseen = /[[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u{2800}]--[ ]]/v;
const mark = /\p{M}/v;
/** The characters that are shown as they are in a quotation: none of them ends it, or looks like another character. */
const unmistakable = /[ !#-~]/;

/** The text as it is shown, in at most `lengthMax` code points (1 or more): where it is longer, `…` is the last one. */
export function foreignText(text: string, lengthMax: number): string {
  if (text.length <= lengthMax && plain.test(text)) return text;
  let marks = MARKS_MAX;
  return show(text, lengthMax, (character) => {
    marks = mark.test(character) ? marks + 1 : 0;
    return marks <= MARKS_MAX && !unseen.test(character);
  });
}

/** A text that should be of ASCII, in quotes: letters that only look like ASCII are escaped, too, and so are quotes. */
export function foreignQuote(text: string, lengthMax: number): string {
  return `"${show(text, lengthMax, (character) => unmistakable.test(character))}"`;
}

/** Whether a text is one that is shown as it is: for names, which are compared and never changed. */
export function isShownAsIs(text: string, lengthMax: number): boolean {
  return foreignText(text, lengthMax) === text;
}

/** Each line of a text as it is shown, however long: for a whole output that is about to reach a terminal. */
export function foreignLines(text: string): string {
  if (plainLines.test(text)) return text;
  return text
    .split("\n")
    .map((line) => foreignText(line, Number.POSITIVE_INFINITY))
    .join("\n");
}

/** JSON with the same meaning, in which every character is seen: a program reads the text as it was, a terminal obeys nothing. */
export function visibleJson(json: string): string {
  if (plainLines.test(json)) return json;
  return json.replaceAll(/[[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u{2800}]--[ \n]]/gv, (character) => {
    let escaped = "";
    for (let at = 0; at < character.length; at++) {
      escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
    }
    return escaped;
  });
}

/** Goes no further than what is shown: a long text costs no more. */
function show(text: string, lengthMax: number, isSeen: (character: string) => boolean): string {
  let shown = "";
  /** The longest beginning of `shown` that leaves room for `…`. */
  let cut = "";
  let length = 0;
  for (const character of text) {
    const part = isSeen(character) ? character : `\\u{${character.codePointAt(0)!.toString(16)}}`;
    length += part === character ? 1 : part.length;
    if (length > lengthMax) return `${cut}…`;
    shown += part;
    if (length < lengthMax) cut = shown;
  }
  return shown;
}
