/**
 * Loaded before a bundled program (`--import`): when the program ends, V8's code of all functions that have run in this process or in
 * earlier ones like it is written beside the program.
 */
import { renameSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { fileURLToPath } from "node:url";
import vm, { type ScriptOptions } from "node:vm";
import { compiledFile } from "./compiled-file.ts";

vm.Script = class extends vm.Script {
  constructor(code: string, options: ScriptOptions & { readonly filename: string }) {
    super(code, options);
    const file = compiledFile(fileURLToPath(options.filename));
    process.on("exit", () => {
      writeFileSync(`${file}.new`, this.createCachedData());
      renameSync(`${file}.new`, file);
    });
  }
};
syncBuiltinESMExports();
