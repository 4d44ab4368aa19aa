import { closeSync, constants, fsyncSync, openSync } from "node:fs";

/** Has the names in a folder on the disk: a file that was put there is not before. @throws the system's error */
export function syncFolder(path: string): void {
  const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
