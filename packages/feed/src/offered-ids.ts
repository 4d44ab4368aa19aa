import { readEnvelope, recordIdOf } from "@florenetes/facts";

/** Since this version an id is that of a copy, with its signatures; before, it was the record's, which all copies share. */
const VERSION_OF_COPIES = 2;

/** The id by which a copy is offered and asked for in a version; undefined: the octets are no record. */
export function offeredIdOf(octets: Uint8Array, copyId: string, version: number): string | undefined {
  if (version >= VERSION_OF_COPIES) return copyId;
  const envelope = readEnvelope(octets);
  return typeof envelope === "string" ? undefined : recordIdOf(envelope.payload);
}
