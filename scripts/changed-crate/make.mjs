// Makes native/made/quinn-proto, as a whole, and only when what it is made from has changed. Plain JavaScript for any Node from 18 on, as it runs in the
// set-up.
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { applyChange } from "./change.mjs";
import { CRATE, HAVE_OURS_BACK, NATIVE, readPublished } from "./published.mjs";

/** In the folder that was made: digests of what it was made from, and of what it held then. */
const STAMP = ".made-from";
/** Another process may come first as often; it has then made what is wanted. */
const TRIES = 100;

/**
 * Makes the changed crate, unless it is there.
 *
 * @param environment with the cargo that is to be asked on its PATH
 * @returns undefined, or in a sentence why it cannot be made, and what to do
 */
export function makeQuinnProto(environment = process.env) {
  const made = join(NATIVE, "made", CRATE);
  const { files: ours, changes, pin } = readOurs();
  const scripts = readTree(dirname(fileURLToPath(import.meta.url)));
  const origin = digestOf([["pin", pin], ...scripts, ...ours, ...changes]);
  if (isMade(made, origin)) return undefined;
  const published = readPublished(environment);
  if (published.fault !== undefined) return published.fault;
  const files = new Map([...published.files, ...ours]);
  for (const [name, change] of changes) {
    const fault = applyChange(files, change);
    if (fault !== undefined) return `native/${CRATE}/changes/${name} does not apply (${fault}): ${HAVE_OURS_BACK}`;
  }
  put(made, files, origin);
  return undefined;
}

/** Our files by their paths in the crate, our changes by name and in order, and the lock that pins the crate. */
export function readOurs() {
  const folder = join(NATIVE, CRATE);
  return {
    files: readTree(join(folder, "src"), "src/"),
    changes: [...readTree(join(folder, "changes"))].sort(),
    pin: readFileSync(join(folder, "Cargo.lock"), "utf8"),
  };
}

/** Texts of all files in a folder and below, by path behind a prefix. */
export function readTree(folder, prefix = "") {
  return new Map(
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return [...readTree(path, `${prefix}${entry.name}/`)];
      return [[prefix + entry.name, readFileSync(path, "utf8")]];
    }),
  );
}

/** @param files texts by path */
export function writeTree(folder, files) {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Puts the files in place with one renaming, unless another process has done so meanwhile. What is there and is not wanted is moved away before. */
function put(made, files, origin) {
  const work = join(dirname(made), `.${CRATE}-${process.pid}-${randomBytes(4).toString("hex")}`);
  const ready = join(work, "new");
  try {
    writeTree(ready, new Map([...files, [STAMP, stampOf(origin, files)]]));
    for (let tries = 0; !isMade(made, origin); tries += 1) {
      if (tries === TRIES) throw new Error(`${made} cannot be put in place`);
      if (!renameIfPossible(ready, made) && !isMade(made, origin)) renameIfPossible(made, join(work, `old-${tries}`));
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Returns false where there is nothing any more at the one, or something at the other. */
function renameIfPossible(from, to) {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (["ENOENT", "ENOTEMPTY", "EEXIST"].includes(error.code)) return false;
    throw error;
  }
}

function isMade(made, origin) {
  try {
    const files = readTree(made);
    const stamp = files.get(STAMP);
    files.delete(STAMP);
    return stamp === stampOf(origin, files);
  } catch {
    return false;
  }
}

function stampOf(origin, files) {
  return `${origin}\n${digestOf(files)}\n`;
}

/** @param files pairs of paths and texts, in any order */
function digestOf(files) {
  const hash = createHash("sha256");
  for (const part of [...files].sort(([a], [b]) => (a < b ? -1 : 1)).flat()) hash.update(part).update("\0");
  return hash.digest("hex");
}
