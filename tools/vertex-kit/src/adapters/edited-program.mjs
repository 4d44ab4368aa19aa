import { syncBuiltinESMExports } from "node:module";
import vm from "node:vm";

/**
 * Has the bundled program that this process is about to load run with other lines, without the code that V8 has made of those that it
 * has. For modules that are loaded before it (`--import`).
 *
 * @param {(program: string) => string} edit gets the whole program as it is in its bundle
 */
export function editProgram(edit) {
  vm.Script = class extends vm.Script {
    constructor(program, { filename }) {
      super(edit(program), { filename });
    }
  };
  syncBuiltinESMExports();
}
