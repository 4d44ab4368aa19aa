import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";

/**
 * Puts octets, or a text, in the place of a file: whole, and on the disk, or not at all. Its folder is there.
 *
 * @param mode who may use the file: its owner alone, where nothing else is said
 * @throws the system's error
 */
export function putFile(path: string, content: Uint8Array | string, mode = 0o600): void {
  const next = `${path}.next`;
  // A file left by a crash may have any owner.
  rmSync(next, { force: true });
  const file = openSync(next, "wx", mode);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(next, path);
}
