/** Records in files: as text, one block in each, or several where many are handed on together. */
import { type Fact, readRecordTexts, writeRecordText } from "@florenetes/facts";
import { authoringError, requireRecord } from "@florenetes/facts/authoring";
import { readTextFile, replaceFile, requireFreeFile } from "@florenetes/identity/authority";
import type { Output } from "../output.ts";

export interface RecordFile {
  readonly file: string;
  readonly octets: Uint8Array;
  readonly fact: Fact;
}

/** Reads a file with one record that is in form. Throws ERR_FABRIC_RECORD, and what reading throws. */
export function readRecordFile(file: string): RecordFile {
  const records = readRecordsFile(file);
  const [record] = records;
  if (record !== undefined && records.length === 1) return record;
  throw authoringError("ERR_FABRIC_RECORD", `it holds ${records.length} records, and one is needed`, { file });
}

/** Reads a file with one or several records. Throws as `readRecordFile` does. */
export function readRecordsFile(file: string): readonly RecordFile[] {
  const records = readRecordTexts(readTextFile(file).text);
  if (records === undefined)
    throw authoringError("ERR_FABRIC_RECORD", "it is not one or several whole records as text", { file });
  return records.map((octets) => ({ file, octets, fact: requireRecord(octets, file) }));
}

/** Reads a root descriptor that is in form; nobody needs to have signed it. Throws ERR_FABRIC_NO_ROOT, and as `readRecordFile` does. */
export function readRootFile(file: string): Fact {
  const { fact } = readRecordFile(file);
  if (fact.kind === "root") return fact;
  throw authoringError("ERR_FABRIC_NO_ROOT", `it holds a record of the kind ${fact.kind}`, { file });
}

/** Puts a record into a new file, or shows it. Throws ERR_IDENTITY_FILE_IN_USE. */
export function writeNewRecord(file: string | undefined, octets: Uint8Array, output: Output): void {
  const text = writeRecordText(octets);
  if (file === undefined) return output.out(text.trimEnd());
  requireFreeFile(file);
  replaceFile(file, text, 0o644);
}

/** Puts a record into the place of what was in its file, whole or not at all; a file of another name has to be new. */
export function writeRecordAgain(file: string, from: string, octets: Uint8Array): void {
  if (file !== from) requireFreeFile(file);
  replaceFile(file, writeRecordText(octets), 0o644);
}
