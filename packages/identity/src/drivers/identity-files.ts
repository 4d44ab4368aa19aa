/**
 * The files of an identity folder, which an install replaces all at once: it writes the new ones into a folder of their
 * own, renames that to `next`, which is the moment from which on they count, and moves them out of it one by one. Whoever
 * reads takes each file from `next` while it is there, and reads all once more when something changed in between.
 */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { type CredentialsPem, IDENTITY_FILES } from "../credentials.ts";
import { READS_MAX } from "../limits.ts";
import { readKeyOctets, readTextFile, requireGuardedFolder } from "./files.ts";
import { codeOf } from "./system-errors.ts";

/** New files of a folder, from the moment that they count until each is in its place. */
export const NEXT_FOLDER = "next";

/** The present place of a file of the folder; it need not be there. */
export function currentFile(folder: string, name: string): string {
  const next = join(folder, NEXT_FOLDER, name);
  return existsSync(next) ? next : join(folder, name);
}

export interface IdentityFiles extends CredentialsPem {
  /** The private key; whoever reads it wipes it. */
  readonly key: Uint8Array;
  readonly fileOf: (part: keyof CredentialsPem) => string;
}

/**
 * The texts of key, chain and trust bundle, as they were at one moment. Throws ERR_IDENTITY_FILE_MISSING, _FILE_UNREADABLE
 * or _KEY_EXPOSED with the file, or _FOLDER_EXPOSED.
 */
export function readIdentityFiles(folder: string): IdentityFiles {
  return readUnchanged(folder, Object.values(IDENTITY_FILES), (pathOf) => {
    const fileOf = (part: keyof CredentialsPem): string => pathOf(IDENTITY_FILES[part]);
    const key = readKeyOctets(fileOf("key"));
    requireGuardedFolder(folder);
    return { key, chain: readTextFile(fileOf("chain")).text, trust: readTextFile(fileOf("trust")).text, fileOf };
  });
}

/**
 * Reads files of a folder, and again while any of them is another one after reading than before. Each of them was there
 * from before the last reading until after it, so that they were there together.
 */
function readUnchanged<Result>(
  folder: string,
  names: readonly string[],
  read: (pathOf: (name: string) => string) => Result,
): Result {
  let seen = lookAt(folder, names);
  for (let reads = 1; ; reads++) {
    const { paths } = seen;
    const outcome = attempt(() => read((name) => paths.get(name)!));
    const now = lookAt(folder, names);
    if (now.stamp === seen.stamp || reads === READS_MAX) {
      if ("error" in outcome) throw outcome.error;
      return outcome.result;
    }
    seen = now;
  }
}

function lookAt(
  folder: string,
  names: readonly string[],
): { readonly paths: ReadonlyMap<string, string>; readonly stamp: string } {
  const paths = new Map(names.map((name) => [name, currentFile(folder, name)]));
  return { paths, stamp: [...paths.values()].map(stampOf).join("\n") };
}

function stampOf(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [path, dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch (error) {
    // The reading says what is wrong.
    return `${path} ${codeOf(error)}`;
  }
}

function attempt<Result>(action: () => Result): { readonly result: Result } | { readonly error: unknown } {
  try {
    return { result: action() };
  } catch (error) {
    return { error };
  }
}
