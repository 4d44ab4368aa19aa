/**
 * Loaded before a bundled program (`--import`): when the program ends, V8's code of all functions that have run in this process or in
 * earlier ones like it is written beside the program. `?in-mesh` behind the name of this file says that the process is a part of a mesh.
 */
import { renameSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import vm, { type ScriptOptions } from "node:vm";
import { compiledFile } from "./compiled-file.ts";

/** V8 throws away code that has not run for a while, and notes what it has made faster: other functions at each run. */
const CHANGING = ["flush-bytecode", "sparkplug", "maglev", "opt"];
/** Programs that run for long change these (`keepIdleMemorySmall` of packages/process-kit). */
const CHANGED = ["semi-space-growth-factor=2", "bytecode-old-age=6"];
/** The name of the script goes into the code. Whoever loads the code gives another one, so that the place of the checkout need not be in it. */
const NAME = "file:///program.cjs";

const rehearsed = new URL(import.meta.url).search === "?in-mesh" ? "in-mesh" : "alone";
for (const flag of CHANGING) setFlagsFromString(`--no-${flag}`);

vm.Script = class extends vm.Script {
  constructor(code: string, options: ScriptOptions & { readonly filename: string }) {
    const file = compiledFile(fileURLToPath(options.filename), rehearsed);
    super(code, { ...options, filename: NAME });
    process.on("exit", () => {
      // V8 takes code only under the flags under which it was made.
      for (const flag of [...CHANGING, ...CHANGED]) setFlagsFromString(`--${flag}`);
      const mine = `${file}.${process.pid}`;
      writeFileSync(mine, this.createCachedData());
      renameSync(mine, file);
    });
  }
};
syncBuiltinESMExports();
