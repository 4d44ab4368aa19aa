import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

const folders = (process.env["PATH"] ?? "").split(delimiter);

/**
 * Whether all these are here: programs by name, other files by their absolute path. Otherwise says on standard error what is left
 * out, and why.
 */
export function areInstalled(tests: string, ...programs: readonly string[]): boolean {
  const missing = programs.filter((program) => !isInstalled(program));
  if (missing.length > 0) process.stderr.write(`left out: ${tests} (not installed: ${missing.join(", ")})\n`);
  return missing.length === 0;
}

function isInstalled(program: string): boolean {
  const places = isAbsolute(program) ? [program] : folders.map((folder) => join(folder, program));
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
