/** Records in files: as text, one block in each, or several where many are handed on together. */
import { type Fact, readRecordTexts, writeRecordText } from "@florenetes/facts";
import { AUTHORING_ERRORS, requireRecord } from "@florenetes/facts/authoring";
import { readTextFile, replaceFile, requireFreeFile } from "@florenetes/identity/authority";
import { OperatorError } from "@florenetes/operator-text";
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
  throw noRecord(file, `it holds ${records.length} records, and one is needed`);
}

/** Reads a file with one or several records. Throws as `readRecordFile` does. */
export function readRecordsFile(file: string): readonly RecordFile[] {
  const records = readRecordTexts(readTextFile(file).text);
  if (records === undefined) throw noRecord(file, "it is not one or several whole records as text");
  return records.map((octets) => ({ file, octets, fact: requireRecord(octets, file) }));
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

function noRecord(file: string, message: string): OperatorError {
  return new OperatorError("ERR_FABRIC_RECORD", message, {
    advice: AUTHORING_ERRORS.ERR_FABRIC_RECORD.advice,
    where: { file },
  });
}
