import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Script } from "node:vm";
import { mapText } from "../../packages/native/src/mapped-text.ts";
import { compiledFile } from "./compiled-file.ts";

/** The value of a bundled program: a function with those parameters of a CommonJS module that it uses. */
type Program = (require: NodeJS.Require, filename: string, dirname: string) => void;

/**
 * Runs a program that is bundled into one file of ASCII characters. Its functions need not be compiled if the code of an earlier run
 * lies beside it. V8 takes that code only when this V8 has made it under the flags of this process, and else compiles as ever.
 *
 * @param place the file's URL, which stacks will name
 */
export function runCompiled(place: URL): void {
  const file = fileURLToPath(place);
  const script = new Script(readProgram(file), {
    filename: place.href,
    cachedData: readCompiled(file),
  });
  const program = script.runInThisContext() as Program;
  program(createRequire(file), file, dirname(file));
}

/** V8 keeps the text for functions that are compiled later: 2 MB, most of which it never looks at. */
function readProgram(file: string): string {
  try {
    return mapText(file);
  } catch {
    // Without the add-on the program only takes more memory.
    return readFileSync(file, "latin1");
  }
}

/** A program that ran in a mesh had run alone before. Packages, which are the same each time, only have the code of that. */
function readCompiled(file: string): Buffer | undefined {
  for (const rehearsed of ["in-mesh", "alone"] as const) {
    try {
      return readFileSync(compiledFile(file, rehearsed));
    } catch {
      // The program only starts more slowly.
    }
  }
  return undefined;
}
