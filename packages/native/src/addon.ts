import { createRequire } from "node:module";
import { NativeError } from "./errors.ts";

let loaded: unknown;

/**
 * Loads the add-on's exports, one part for each file in addon/source/: each caller knows the type of its own.
 *
 * @throws NativeError `ERR_NATIVE_ADDON_MISSING`
 */
export function addon(): unknown {
  loaded ??= load();
  return loaded;
}

function load(): unknown {
  const require = createRequire(import.meta.url);
  try {
    // The path is right from src/ and from dist/.
    return require("../addon/build/Release/florenetes.node");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new NativeError("ERR_NATIVE_ADDON_MISSING", `the native add-on could not be loaded: ${reason}`, { cause });
  }
}
