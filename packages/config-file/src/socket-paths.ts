import { OperatorError } from "@florenetes/operator-text";
import type { ConfigDocument } from "./config-document.ts";
import type { ConfigFileErrorCode } from "./error-codes.ts";
import { SOCKET_PATH_SIZE_MAX } from "./limits.ts";
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
    const code: ConfigFileErrorCode = "ERR_CONFIG_SOCKET_DUPLICATE";
    const message = `the socket of line ${document.place(other).line} has this path`;
    document.problem(at, code, message, "Give each socket a path of its own.");
  }
}

/** Reports a socket path that is too long: for sockets of other programs, which many keys may name. */
export function checkSocketPath(document: ConfigDocument<unknown>, at: KeyPath, path: string): void {
  const error = checkSocketPathSize(path);
  if (error !== undefined) document.problem(at, error.code, error.message, error.advice);
}

/** Checks a socket path itself, whatever is on the disk; undefined: nothing is wrong. */
export function checkSocketPathSize(path: string): OperatorError | undefined {
  const size = Buffer.byteLength(path);
  if (size <= SOCKET_PATH_SIZE_MAX) return undefined;
  const code: ConfigFileErrorCode = "ERR_SOCKET_PATH_TOO_LONG";
  return new OperatorError(code, `a socket path of ${size} bytes; the system takes at most ${SOCKET_PATH_SIZE_MAX}`, {
    advice: "Choose a shorter directory or name.",
    where: { file: path },
  });
}
