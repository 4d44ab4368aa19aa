/** The header `Range` (RFC 9110, 14.2). Pure. */

/** Octets of a file, from `first` to `last`. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Reads the header against the size of a file. `whole`: all of it is to be sent, also where the header is none that we know, as the RFC has it; several ranges
 * are one of these, since answers of many parts cost more than they are worth. `none`: the file has no such octets.
 */
export function readByteRange(header: string | undefined, size: number): ByteRange | "whole" | "none" {
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (from === undefined || to === undefined || (from === "" && to === "")) return "whole";
  if (from === "") {
    const octets = Math.min(Number(to), size);
    return octets === 0 ? "none" : { first: size - octets, last: size - 1 };
  }
  const first = Number(from);
  const last = to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== "" && Number(to) < first) return "whole";
  return first >= size ? "none" : { first, last };
}
