/** Files that are a help after a restart and no more: a disk that takes none costs that help alone, and nothing is synced for them. */
import { renameSync, rmSync, writeFileSync } from "node:fs";

/** Puts a text in the place of a file, whole or not at all. */
export function keepHelpFile(path: string, text: string): void {
  const draft = `${path}.draft`;
  try {
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, path);
  } catch {
    removeQuietly(draft);
  }
}

/** A disk that takes no file may not give one up, either. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The next draft is written over it.
  }
}
