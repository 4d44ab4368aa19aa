/** How texts that others have written are shown in messages: with nothing that a terminal obeys, and not too long. */
import { DESCRIPTION_LENGTH_MAX, TEXT_LENGTH_MAX } from "./limits.ts";

/** A text for people, in whatever letters. */
export function printable(text: string): string {
  return cut(text.replaceAll(/[\p{Cc}\p{Cf}\u{2028}\u{2029}]/gu, "?"), TEXT_LENGTH_MAX);
}

/** Several of them. */
export function printableList(texts: readonly string[], separator: string): string {
  return cut(texts.map(printable).join(separator), DESCRIPTION_LENGTH_MAX);
}

/** A text that should be of ASCII, in quotes: letters that only look like ASCII are escaped, so that they can be seen. */
export function quote(text: string): string {
  return JSON.stringify(cut(text, TEXT_LENGTH_MAX)).replaceAll(
    /[^ -~…]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
