import { readdirSync } from "node:fs";
import { join } from "node:path";
import { IdentityError } from "@florenetes/identity";
import { readRecordsFile, type RecordFile } from "./record-files.ts";

/** The end of the names of files with records. */
const RECORD_FILE = ".fact";

/** All records in the files `*.fact` of a folder. Throws ERR_IDENTITY_FILE_UNREADABLE when it cannot be listed, and as `readRecordsFile` does. */
export function readRecordFolder(folder: string): readonly RecordFile[] {
  return namesIn(folder)
    .filter((name) => name.endsWith(RECORD_FILE))
    .toSorted()
    .flatMap((name) => readRecordsFile(join(folder, name)));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const message = `cannot list it: ${(error as NodeJS.ErrnoException).code ?? String(error)}`;
    throw new IdentityError("ERR_IDENTITY_FILE_UNREADABLE", message, { where: { file: folder } });
  }
}
