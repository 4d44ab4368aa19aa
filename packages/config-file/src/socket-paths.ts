import type { ConfigDocument } from "./config.ts";
import type { ProcessKitErrorCode } from "./error-codes.ts";
import { checkSocketPathSize } from "./socket-path.ts";
import type { KeyPath } from "./yaml-document.ts";

/** Reports socket paths that are too long, and those that an earlier key of the file has, too. */
export function checkSocketPaths(
  document: ConfigDocument<unknown>,
  sockets: Iterable<readonly [at: KeyPath, path: string]>,
): void {
  const first = new Map<string, KeyPath>();
  for (const [at, path] of sockets) {
    checkSocketPath(document, at, path);
    const other = first.get(path);
    if (other === undefined) {
      first.set(path, at);
      continue;
    }
    const code: ProcessKitErrorCode = "ERR_CONFIG_SOCKET_DUPLICATE";
    const message = `the socket of line ${document.place(other).line} has this path`;
    document.problem(at, code, message, "Give each socket a path of its own.");
  }
}

/** Reports a socket path that is too long: for sockets of other programs, which many keys may name. */
export function checkSocketPath(document: ConfigDocument<unknown>, at: KeyPath, path: string): void {
  const error = checkSocketPathSize(path);
  if (error !== undefined) document.problem(at, error.code, error.message, error.advice);
}
