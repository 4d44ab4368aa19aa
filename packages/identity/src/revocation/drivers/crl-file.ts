/** `crl.pem` of an identity folder: what it holds, and whether it has changed. */
import { createHash } from "node:crypto";
import { constants, type Stats, stat } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { IdentityError } from "../../errors.ts";
import { LIST_FILE_SIZE_MAX } from "../../limits.ts";

/** Its name in an identity folder. */
export const REVOCATION_FILE = "crl.pem";

export interface ListFileContent {
  readonly path: string;
  readonly text: Uint8Array;
  readonly digest: string;
  readonly stamp: string;
}

/** An install that was committed and not finished has its files in `next`, and they count. */
function placesOf(folder: string): readonly string[] {
  return [join(folder, "next", REVOCATION_FILE), join(folder, REVOCATION_FILE)];
}

/** What changes when the file does; undefined while there is none. */
export async function stampOf(folder: string): Promise<string | undefined> {
  for (const path of placesOf(folder)) {
    const found = await new Promise<string | undefined>((resolve) => {
      stat(path, (error, stats) =>
        resolve(error === null ? stamp(stats) : isAbsence(error.code) ? undefined : error.code),
      );
    });
    if (found !== undefined) return found;
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

/** Undefined when there is none. Throws ERR_IDENTITY_FILE_UNREADABLE. */
export async function readListFileAt(path: string): Promise<ListFileContent | undefined> {
  try {
    // Not blocking: a named pipe in the file's place must not hold a thread.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) throw unreadable(path, "it is not a regular file");
    if (stats.size > LIST_FILE_SIZE_MAX) throw unreadable(path, `it has ${stats.size} bytes`);
    const text = await file.readFile();
    const digest = createHash("sha256").update(text).digest("hex");
    return { path, text, digest, stamp: stamp(stats) };
  } catch (error) {
    if (error instanceof IdentityError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    if (isAbsence(code)) return undefined;
    throw unreadable(path, code);
  }
}

function isAbsence(code: string | undefined): boolean {
  return code === "ENOENT" || code === "ENOTDIR";
}

function stamp({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return [dev, ino, size, mtimeMs, ctimeMs].join(" ");
}

function unreadable(path: string, reason: string): IdentityError {
  return new IdentityError("ERR_IDENTITY_FILE_UNREADABLE", `cannot read it: ${reason}`, { where: { file: path } });
}
