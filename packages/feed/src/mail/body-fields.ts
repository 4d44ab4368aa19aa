/** Fields that bodies of letters of several kinds have. */
import { isName } from "@florenetes/operator-text";
import { Violation } from "../codes.ts";
import { FieldReader } from "../field-reader.ts";
import { uint32 } from "../field-writer.ts";
import { PAPERS_MAX } from "./limits.ts";

export function recordsFields(records: readonly Uint8Array[]): Uint8Array[] {
  return [Buffer.of(records.length), ...records.flatMap((octets) => [uint32(octets.length), octets])];
}

/** At most 16 records. */
export function readRecords(fields: FieldReader): Uint8Array[] {
  const count = fields.uint8();
  if (count > PAPERS_MAX) throw fields.malformed("has too many records");
  return Array.from({ length: count }, () => fields.octets(fields.uint32()));
}

/** A name: that of a node, or the reason for which a record is refused. */
export function readName(fields: FieldReader): string {
  const name = fields.text();
  if (!isName(name)) throw fields.malformed("has a name that is none");
  return name;
}

/** Whether there is more than stands in an answer. */
export function readMore(fields: FieldReader): boolean {
  const more = fields.uint8();
  if (more > 1) throw fields.malformed("says neither that there are more nor that there are not");
  return more === 1;
}

/**
 * Reads all of a body; undefined: it has another form.
 *
 * @param kind The kind of the letter
 */
export function readAll<Result>(
  kind: string,
  body: Uint8Array,
  read: (fields: FieldReader) => Result,
): Result | undefined {
  const fields = new FieldReader(kind, body);
  try {
    const result = read(fields);
    fields.end();
    return result;
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    return undefined;
  }
}
