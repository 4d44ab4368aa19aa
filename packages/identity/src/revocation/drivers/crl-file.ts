/** `crl.pem` of an identity folder: what it holds, and whether it has changed. */
import { type BigIntStats, constants, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { NEXT_FOLDER } from "../../drivers/identity-files.ts";
import { codeOf, unreadable } from "../../drivers/system-errors.ts";
import { IdentityError } from "../../errors.ts";
import { LIST_FILE_SIZE_MAX, LIST_SETTLED_MS } from "../../limits.ts";

/** The name of the file of revocation lists in an identity folder. */
export const REVOCATION_FILE = "crl.pem";

export interface ListFileContent {
  readonly path: string;
  readonly text: Uint8Array;
  /** SHA-256 of the text. */
  readonly digest: string;
  /** Equal to a later `stampOf` as long as the file is not touched. */
  readonly stamp: string;
}

/** An unfinished install keeps the newer file in `next`. */
function placesOf(folder: string): readonly string[] {
  return [join(folder, NEXT_FOLDER, REVOCATION_FILE), join(folder, REVOCATION_FILE)];
}

/**
 * Returns a text that changes when the file does; undefined while there is no file. Callers ask about once a second.
 * The look is synchronous: the thread pool would wake the process up once more for each place.
 */
export function stampOf(folder: string): string | undefined {
  for (const path of placesOf(folder)) {
    try {
      const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
      if (stats !== undefined) return formatStamp(stats);
    } catch (error) {
      return codeOf(error);
    }
  }
  return undefined;
}

/** Undefined when there is none. Throws ERR_IDENTITY_FILE_UNREADABLE. */
export async function readCrlFile(folder: string): Promise<ListFileContent | undefined> {
  const places = placesOf(folder);
  // The file may move from the one place to the other between two looks.
  for (const path of [...places, ...places]) {
    const content = await readListFileAt(path);
    if (content !== undefined) return content;
  }
  return undefined;
}

async function readListFileAt(path: string): Promise<ListFileContent | undefined> {
  const found = await readFileAt(path, LIST_FILE_SIZE_MAX);
  if (found === undefined) return undefined;
  const { text, stats } = found;
  // A file that was written a moment ago may change again without a new time: it is read once more.
  const isSettled = Math.abs(Date.now() - Number(stats.mtimeMs)) > LIST_SETTLED_MS;
  return { path, text, digest: await sumOf(text), stamp: isSettled ? formatStamp(stats) : "new" };
}

/** Undefined when there is none. Throws ERR_IDENTITY_FILE_UNREADABLE. */
export async function readFileAt(
  path: string,
  sizeMax: number,
): Promise<{ readonly text: Uint8Array<ArrayBuffer>; readonly stats: BigIntStats } | undefined> {
  try {
    // Opened without blocking: a named pipe in the file's place must not hold a thread.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat({ bigint: true });
    if (!stats.isFile()) throw unreadable(path, "it is not a regular file");
    if (stats.size > sizeMax) throw unreadable(path, `it has ${stats.size} bytes`);
    return { text: await file.readFile(), stats };
  } catch (error) {
    if (error instanceof IdentityError) throw error;
    if (isAbsence(error)) return undefined;
    throw unreadable(path, codeOf(error));
  }
}

/** SHA-256 in lower-case hex, computed in another thread: a file may be large. */
export async function sumOf(octets: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await crypto.subtle.digest("SHA-256", octets)).toString("hex");
}

function formatStamp({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}

function isAbsence(error: unknown): boolean {
  return codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
}
