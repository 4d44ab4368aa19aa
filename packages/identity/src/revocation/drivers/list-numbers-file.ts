/** `crl-numbers` of an identity folder. Writers only ever add to it. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { inFile } from "../../credentials.ts";
import { type NewFile, readTextFile, replaceFile } from "../../drivers/files.ts";
import { currentFile, NEXT_FOLDER } from "../../drivers/identity-files.ts";
import { codeOf } from "../../drivers/system-errors.ts";
import { IdentityError } from "../../errors.ts";
import type { NumbersReading } from "../first-lists.ts";
import { formatListNumbers, type ListNumbers, mergeListNumbers, parseListNumbers } from "../list-numbers.ts";

/** The name of the file of list numbers in an identity folder. */
const LIST_NUMBERS_FILE = "crl-numbers";

/** Returns no numbers when there is no file. Throws ERR_IDENTITY_FILE_UNREADABLE or _LIST_NUMBERS_BROKEN with the file. */
export function readListNumbers(folder: string): ListNumbers {
  // An unfinished install has the later file in `next`, with all numbers of the other one.
  const file = currentFile(folder, LIST_NUMBERS_FILE);
  if (!existsSync(file)) return new Map();
  return inFile(file, () => parseListNumbers(readTextFile(file).text));
}

/** Reads the files of many folders. The readable ones count, whatever is wrong with the others. */
export function readAllListNumbers(folders: readonly string[]): NumbersReading {
  const stamp = listNumbersStamp(folders);
  const problems: IdentityError[] = [];
  const known = folders.map((folder) => {
    try {
      return readListNumbers(folder);
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      problems.push(error);
      return new Map();
    }
  });
  return { known: mergeListNumbers(...known), stamp, problems };
}

/** Adds new numbers to the file. Throws as `readListNumbers` does, or ERR_IDENTITY_WRITE_FAILED. */
export function noteListNumbers(folder: string, numbers: ListNumbers): void {
  const present = readListNumbers(folder);
  const text = formatListNumbers(mergeListNumbers(present, numbers));
  if (text !== formatListNumbers(present)) replaceFile(join(folder, LIST_NUMBERS_FILE), text, 0o644);
}

/** The numbers in the form of a new file for a folder that is being written. */
export function listNumbersFile(numbers: ListNumbers): NewFile {
  return { name: LIST_NUMBERS_FILE, text: formatListNumbers(numbers), isSecret: false };
}

/**
 * Returns a text that changes when the file changes in one of the folders. Callers ask about once a second; the look is
 * synchronous.
 */
export function listNumbersStamp(folders: readonly string[]): string {
  const places = folders.flatMap((folder) => {
    return [join(folder, NEXT_FOLDER, LIST_NUMBERS_FILE), join(folder, LIST_NUMBERS_FILE)];
  });
  const stamps = places.map((path) => {
    try {
      const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
      return stats === undefined ? "" : [stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(" ");
    } catch (error) {
      return codeOf(error);
    }
  });
  return stamps.join("\n");
}
