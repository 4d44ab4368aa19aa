import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

const folders = (process.env["PATH"] ?? "").split(delimiter);

/** The programs that are not installed here: by their names, and other files by their absolute paths. */
export function missingPrograms(programs: readonly string[]): string[] {
  return programs.filter((program) => !isInstalled(program));
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
