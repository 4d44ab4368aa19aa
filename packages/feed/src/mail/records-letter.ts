/**
 * Letters that hand signed records to a reader: `receipts` to observers, and `usage` from these to readers of mail. The answer says what came of each record, so that its sender need
 * not send it again. docs/protocol/fabric-usage.md says what the records mean.
 */
import { text } from "../field-writer.ts";
import { readAll, readName, readRecords, recordsFields } from "./body-fields.ts";
import { PAPERS_MAX } from "./limits.ts";

const VERSION = 1;

/** Octets that a letter has beside its records and their lengths: version, and how many records there are. */
export const RECORDS_LETTER_HEAD = 2;

/** @param records At most 16: `fitRecords` takes them */
export function writeRecordsLetter(records: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([Buffer.of(VERSION), ...recordsFields(records)]);
}

/** Undefined: it is none, or one of a later version. */
export function readRecordsLetter(body: Uint8Array): readonly Uint8Array[] | undefined {
  return readAll("records", body, (fields) => {
    if (fields.uint8() !== VERSION) throw fields.malformed("is of another version");
    return readRecords(fields);
  });
}

/** @param outcomes For each record of the letter, in their order: `taken`, or the reason against it */
export function writeRecordsAnswer(outcomes: readonly string[]): Uint8Array {
  return Buffer.concat([Buffer.of(VERSION, outcomes.length), ...outcomes.map(text)]);
}

/** Undefined: it is none, or one of a later version. */
export function readRecordsAnswer(body: Uint8Array): readonly string[] | undefined {
  return readAll("records", body, (fields) => {
    if (fields.uint8() !== VERSION) throw fields.malformed("is of another version");
    const count = fields.uint8();
    if (count > PAPERS_MAX) throw fields.malformed("has too many outcomes");
    return Array.from({ length: count }, () => readName(fields));
  });
}
