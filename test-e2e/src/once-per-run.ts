/** Folders that several files of a run need and that are dear to make: the first file makes one, beside the bundles, and the run's end removes it. */
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * @param make fills an empty folder, if no file of this run has made that one before. Files that ask at a time may each make it, and share the first
 * @returns the folder of that name, which nobody may change
 */
export async function oncePerRun(name: string, make: (folder: string) => void | Promise<void>): Promise<string> {
  const made = join(process.env["FLORENETES_BUNDLES"]!, name);
  if (existsSync(made)) return made;
  const folder = mkdtempSync(`${made}-`);
  // Some hold systems whose users are many.
  chmodSync(folder, 0o755);
  await make(folder);
  try {
    renameSync(folder, made);
  } catch (error) {
    if (!existsSync(made)) throw error;
    rmSync(folder, { recursive: true });
  }
  return made;
}
