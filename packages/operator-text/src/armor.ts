/**
 * Octets as text that survives mail and copy and paste: one block between BEGIN and END lines, as PEM has them, but with
 * one spelling only. What a mail program does to white space is undone (CRLF, blanks at the end of a line, empty lines before and
 * after); everything else is refused, so that no octet of a file can be changed without being noticed.
 */
const LINE_LENGTH = 64;

/** `-----BEGIN <label>-----`, base64 in lines of 64, `-----END <label>-----`; each line ends with LF. */
export function writeArmor(label: string, octets: Uint8Array): string {
  const lines =
    Buffer.from(octets)
      .toString("base64")
      .match(new RegExp(`.{1,${LINE_LENGTH}}`, "g")) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** Returns the octets of the block; undefined when the text is anything but one such block. */
export function readArmor(label: string, text: string): Buffer<ArrayBuffer> | undefined {
  const lines = text.split("\n").map(withoutBlanks);
  const first = lines.findIndex((line) => line !== "");
  const last = lines.findLastIndex((line) => line !== "");
  if (first === -1) return undefined;
  const octets = Buffer.from(lines.slice(first + 1, last).join(""), "base64");
  return writeArmor(label, octets) === `${lines.slice(first, last + 1).join("\n")}\n` ? octets : undefined;
}

/** Says whether the text begins as a block with this label does, and so is meant to be one, in order or not. */
export function isArmored(label: string, text: string): boolean {
  return text.trimStart().startsWith(`-----BEGIN ${label}-----`);
}

/** Trims by hand: a regular expression takes time by the square of a line's length, and a hostile line may have megabytes. */
function withoutBlanks(line: string): string {
  let end = line.length;
  while (end > 0 && " \t\r".includes(line[end - 1]!)) end--;
  return line.slice(0, end);
}
