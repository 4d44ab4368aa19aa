/** Files and messages with several records as text, one block behind the other. */
import { readRecordText } from "./envelope.ts";

const END = /^-----END FLORENETES FACT-----[ \t\r]*$/gm;

/** The octets of one or several records as text; undefined when the text has anything besides whole blocks, or none. */
export function readRecordTexts(text: string): Buffer<ArrayBuffer>[] | undefined {
  const records: Buffer<ArrayBuffer>[] = [];
  let from = 0;
  for (const { index, 0: line } of text.matchAll(END)) {
    const octets = readRecordText(text.slice(from, index + line.length));
    if (octets === undefined) return undefined;
    records.push(octets);
    from = index + line.length;
  }
  return records.length > 0 && text.slice(from).trim() === "" ? records : undefined;
}
