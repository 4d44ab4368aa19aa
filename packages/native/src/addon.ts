import { createRequire } from "node:module";
import { NativeError } from "./errors.ts";

/** Right from src/ and from dist/. */
const PATH = "../addon/build/Release/florenetes.node";

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

/** The add-on's file, for programs that go elsewhere and take it along. @throws Error when it is not there */
export function addonFile(): string {
  return createRequire(import.meta.url).resolve(PATH);
}

function load(): unknown {
  const require = createRequire(import.meta.url);
  try {
    return require(PATH);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new NativeError("ERR_NATIVE_ADDON_MISSING", `the native add-on could not be loaded: ${reason}`, { cause });
  }
}
