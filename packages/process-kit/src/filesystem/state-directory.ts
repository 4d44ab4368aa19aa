import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import type { ProcessKitErrorCode } from "../error-codes.ts";
import { OperatorError } from "@florenetes/operator-text";

/** Checks that this process may write into a directory, or make a missing one; undefined when it may. */
export function checkStateDirectory(path: string): OperatorError | undefined {
  const nearest = nearestExisting(path);
  const code: ProcessKitErrorCode = "ERR_STATE_DIRECTORY";
  if (!nearest.isDirectory) {
    const advice = "Move it away, or name another directory.";
    return new OperatorError(code, `${nearest.path} is no directory`, { advice, where: { file: path } });
  }
  try {
    accessSync(nearest.path, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const message =
      nearest.path === path ? "it may not be written" : `it does not exist, and ${nearest.path} may not be written`;
    const advice = "Make it, owned by the user of this process.";
    return new OperatorError(code, message, { advice, where: { file: path }, cause: error });
  }
}

/** The path itself, or the nearest existing one above it. The root always exists. */
function nearestExisting(path: string): { readonly path: string; readonly isDirectory: boolean } {
  for (let at = path; ; at = dirname(at)) {
    try {
      return { path: at, isDirectory: statSync(at).isDirectory() };
    } catch {
      if (at === dirname(at)) return { path: at, isDirectory: true };
    }
  }
}
