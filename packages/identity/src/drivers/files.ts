/** Reading and writing the files of identities. What is written is there whole or not at all, also after a crash. */
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { secretMemory } from "@florenetes/native";
import { IdentityError } from "../errors.ts";
import { FILE_SIZE_MAX } from "../limits.ts";
import { codeOf, unreadable, writeFailed } from "./system-errors.ts";

export interface FileContent {
  readonly text: string;
  /** Permission bits. */
  readonly mode: number;
}

/** Reads a text file of at most so many bytes. Throws ERR_IDENTITY_FILE_MISSING or _FILE_UNREADABLE. */
export function readTextFile(path: string, sizeMax: number = FILE_SIZE_MAX): FileContent {
  return withOpenFile(path, sizeMax, (descriptor, stats) => ({
    text: readFileSync(descriptor, "utf8"),
    mode: stats.mode & 0o777,
  }));
}

/** Reads a private key; refuses it when others than its owner may use it. Throws ERR_IDENTITY_KEY_EXPOSED besides. */
export function readKeyFile(path: string): string {
  return withKeyFile(path, (descriptor) => readFileSync(descriptor, "utf8"));
}

/** Reads a private key as `readKeyFile` does, into memory for secrets: for processes that hold it for long. */
export function readKeyOctets(path: string): Uint8Array {
  return withKeyFile(path, (descriptor, { size }) => {
    const octets = secretMemory(Math.max(size, 1));
    let length = 0;
    for (let read = 1; read > 0 && length < size; length += read)
      read = readSync(descriptor, octets, length, size - length, null);
    return octets.subarray(0, length);
  });
}

function withKeyFile<Result>(path: string, read: (descriptor: number, stats: Stats) => Result): Result {
  // The mode is that of the opened file, checked before a byte is read: nobody can change the file in between.
  return withOpenFile(path, FILE_SIZE_MAX, (descriptor, stats) => {
    const mode = stats.mode & 0o777;
    if ((mode & 0o077) === 0) return read(descriptor, stats);
    const message = `the private key has mode 0${mode.toString(8)}: others than its owner can use it`;
    throw new IdentityError("ERR_IDENTITY_KEY_EXPOSED", message, { where: { file: path } });
  });
}

/**
 * Throws ERR_IDENTITY_FOLDER_EXPOSED when everybody may replace the files of a folder. Where only owners may remove what is
 * theirs (the sticky bit), as in mounted secrets of containers, they may not.
 */
export function requireGuardedFolder(folder: string): void {
  const mode = statSync(folder, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o002) === 0 || (mode & 0o1000) !== 0) return;
  const message = `the folder has mode 0${(mode & 0o777).toString(8)}: everybody can replace what is in it`;
  throw new IdentityError("ERR_IDENTITY_FOLDER_EXPOSED", message, { where: { file: folder } });
}

function withOpenFile<Result>(
  path: string,
  sizeMax: number,
  action: (descriptor: number, stats: Stats) => Result,
): Result {
  let descriptor: number | undefined;
  try {
    // Not blocking: a named pipe in a key's place must not hold the process.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw unreadable(path, "it is not a regular file");
    if (stats.size > sizeMax) throw unreadable(path, `it has ${stats.size} bytes`);
    return action(descriptor, stats);
  } catch (error) {
    if (error instanceof IdentityError) throw error;
    const code = codeOf(error);
    if (code !== "ENOENT" && code !== "ENOTDIR") throw unreadable(path, code);
    throw new IdentityError("ERR_IDENTITY_FILE_MISSING", "there is no such file", { where: { file: path } });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** A file to be written: its name in the folder, its text, and whether it is secret. */
export interface NewFile {
  readonly name: string;
  readonly text: string | Uint8Array;
  readonly isSecret: boolean;
}

/** Throws ERR_IDENTITY_FOLDER_IN_USE when `writeFolder` would: for those who must know before they do something else. */
export function requireFreeFolder(folder: string): void {
  if (!existsSync(folder)) return;
  if (statSync(folder).isDirectory() && readdirSync(folder).length === 0) return;
  throw folderInUse(folder);
}

/**
 * Makes a folder (0700) with the files in it (secret ones 0600) in one step: they are written into a temporary folder
 * beside it, flushed, and the folder is renamed. Throws ERR_IDENTITY_FOLDER_IN_USE when there is a folder that is not
 * empty, ERR_IDENTITY_WRITE_FAILED when the system refuses.
 */
export function writeFolder(folder: string, files: readonly NewFile[]): void {
  const target = resolve(folder);
  const parent = dirname(target);
  let temporary: string | undefined;
  try {
    mkdirSync(parent, { recursive: true });
    temporary = mkdtempSync(join(parent, `.${basename(target)}.new-`));
    for (const file of files) writeNewFile(join(temporary, file.name), file.text, file.isSecret ? 0o600 : 0o644);
    syncFolder(temporary);
    // Renaming onto an empty folder replaces it; onto any other it fails, so that nothing is ever written over.
    renameSync(temporary, target);
    temporary = undefined;
    syncFolder(parent);
  } catch (error) {
    const code = codeOf(error);
    if ((code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR") && existsSync(target)) {
      throw folderInUse(folder);
    }
    throw writeFailed(folder, error);
  } finally {
    if (temporary !== undefined) removeIfPossible(temporary);
  }
}

function folderInUse(folder: string): IdentityError {
  const message = "it is there already, and not an empty folder";
  return new IdentityError("ERR_IDENTITY_FOLDER_IN_USE", message, { where: { file: folder } });
}

/**
 * Writes a file in one step, over one that is there: readers find the old one or the new one, whole, also after a crash. What
 * a crash leaves beside it is written over by the next one; nobody else may replace the file at the same time. Throws
 * ERR_IDENTITY_WRITE_FAILED, and the old file is still there.
 */
export function replaceFile(path: string, text: string, mode: number): void {
  const temporary = join(dirname(path), `.${basename(path)}.new`);
  try {
    rmSync(temporary, { force: true });
    writeNewFile(temporary, text, mode);
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    removeIfPossible(temporary);
    throw writeFailed(path, error);
  }
}

export function writeNewFile(path: string, text: string | Uint8Array, mode: number): void {
  const descriptor = openSync(path, "wx", mode);
  try {
    fchmodSync(descriptor, mode);
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Removes a file or folder, and hides that it fails. To be used after a failure, which is what has to be told. */
export function removeIfPossible(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // The failure is hidden: the next writer removes what is left over.
  }
}

/** Makes what was created, renamed or removed in a folder last. */
export function syncFolder(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
