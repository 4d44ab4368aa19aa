/** Writes texts of certificates, lists and bundles in the form that they have in messages. */
import { foreignQuote, foreignText } from "@florenetes/operator-text";
import { DESCRIPTION_LENGTH_MAX, TEXT_LENGTH_MAX } from "./limits.ts";

/** A text for people, in whatever letters. */
export function printable(text: string): string {
  return foreignText(text, TEXT_LENGTH_MAX);
}

/** Several of them. */
export function printableList(texts: readonly string[], separator: string): string {
  return foreignText(texts.map(printable).join(separator), DESCRIPTION_LENGTH_MAX);
}

/** A text that should be of ASCII, in quotes. */
export function quote(text: string): string {
  return foreignQuote(text, TEXT_LENGTH_MAX);
}
