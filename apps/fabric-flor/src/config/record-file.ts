import { closeSync, openSync, readSync } from "node:fs";
import { ENVELOPE_SIZE_MAX } from "@florenetes/facts";

/**
 * The text of a file with so many records at most, each in base64 with line ends and the lines around it. Throws the error of the system. What is behind that size is
 * not read: a file with more is none with whole records.
 */
export function readRecordFile(file: string, records: number): string {
  const handle = openSync(file, "r");
  try {
    const buffer = Buffer.alloc(2 * ENVELOPE_SIZE_MAX * records);
    return buffer.toString("utf8", 0, readSync(handle, buffer));
  } finally {
    closeSync(handle);
  }
}
