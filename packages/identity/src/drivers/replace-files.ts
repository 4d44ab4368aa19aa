/**
 * Replaces the files of an identity folder all at once:
 *
 *     write  .next-x/{key,chain,trust}.pem ──▶ rename .next-x to next ──▶ move each file out of next ──▶ remove next
 *     └─ a crash here leaves the old ones ─┘   └─ from here on the new ones count; the next one finishes it ─┘
 *
 * Readers look through it (identity-files.ts). Two at a time do each other no harm: each commits by its own rename, and
 * what one has committed the other may finish.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { IdentityError } from "../errors.ts";
import { type NewFile, removeIfPossible, syncFolder, writeNewFile } from "./files.ts";
import { NEXT_FOLDER } from "./identity-files.ts";
import { codeOf, writeFailed } from "./system-errors.ts";

/** A file whose name ends with this stands for one that is to be removed. */
const REMOVAL = ".removed";
const STAGING = ".next-";

export interface Replacement {
  readonly files: readonly NewFile[];
  /** Names of files that are to be gone. */
  readonly removed: readonly string[];
  /** Done when the files are in their places; after a crash, by the next one. It may be done twice. */
  readonly afterwards: (folder: string) => void;
}

/** The folder is there. Throws ERR_IDENTITY_WRITE_FAILED; then the files are the old ones still. */
export function replaceFiles(folder: string, { files, removed, afterwards }: Replacement): void {
  finishReplacement(folder, afterwards);
  const marks = removed.map((name): NewFile => ({ name: `${name}${REMOVAL}`, text: "", isSecret: false }));
  let staging: string | undefined;
  try {
    removeLeftOvers(folder);
    staging = mkdtempSync(join(folder, STAGING));
    for (const { name, text, isSecret } of [...files, ...marks]) {
      writeNewFile(join(staging, name), text, isSecret ? 0o600 : 0o644);
    }
    chmodSync(staging, statSync(folder).mode & 0o777);
    syncFolder(staging);
    commit(folder, staging, afterwards);
    staging = undefined;
  } catch (error) {
    throw writeFailed(folder, error);
  } finally {
    if (staging !== undefined) removeIfPossible(staging);
  }
  finishReplacement(folder, afterwards);
}

/** Brings a replacement that was committed to its end; there may be none. Readers see no difference. */
export function finishReplacement(folder: string, afterwards: Replacement["afterwards"]): void {
  const next = join(folder, NEXT_FOLDER);
  if (!existsSync(next)) return;
  writing(folder, () => {
    for (const name of readdirSync(next)) {
      if (name.endsWith(REMOVAL)) {
        rmSync(join(folder, name.slice(0, -REMOVAL.length)), { force: true });
        rmSync(join(next, name), { force: true });
      } else unlessGone(() => renameSync(join(next, name), join(folder, name)));
    }
    syncFolder(folder);
    afterwards(folder);
    // Last, since it is what tells that something is to be finished.
    unlessGone(() => rmdirSync(next));
    syncFolder(folder);
  });
}

/** Makes the folder (0700) and those above it, as far as they are not there. Throws ERR_IDENTITY_WRITE_FAILED. */
export function makeFolder(folder: string): void {
  if (folder === "") throw new IdentityError("ERR_IDENTITY_WRITE_FAILED", "no folder is named");
  writing(folder, () => {
    mkdirSync(dirname(resolve(folder)), { recursive: true });
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  });
}

/** The errors that this throws name the folder. */
export function writing<Result>(folder: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw writeFailed(folder, error);
  }
}

/** A `next` that somebody else has committed meanwhile is finished first. */
function commit(folder: string, staging: string, afterwards: Replacement["afterwards"]): void {
  const next = join(folder, NEXT_FOLDER);
  try {
    renameSync(staging, next);
  } catch (error) {
    const code = codeOf(error);
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
    finishReplacement(folder, afterwards);
    renameSync(staging, next);
  }
  syncFolder(folder);
}

/** Removes what a crash left of replacements and requests that were never committed. */
export function removeLeftOvers(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (/^\.\.?(?:next|request)-/.test(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function unlessGone(action: () => void): void {
  try {
    action();
  } catch (error) {
    const code = codeOf(error);
    // Somebody else has done it, or begun the next one.
    if (code !== "ENOENT" && code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}
