import { globSync } from "node:fs";
import { connect } from "node:net";
import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import type { ProcessKitErrorCode } from "../error-codes.ts";

/**
 * Finds the admin socket of the only process of a kind that runs on this node, for commands that name no socket.
 *
 * @param pattern where systemd's units have such sockets (glob)
 * @throws OperatorError `ERR_ADMIN_NOT_RUNNING` when there is none, `ERR_USAGE` when there are several
 */
export async function runningSocket(pattern: string): Promise<string> {
  const paths = globSync(pattern).toSorted();
  const answering = await Promise.all(paths.map(async (path) => ((await isServed(path)) ? [path] : [])));
  // A file that a killed process left counts only when no socket answers: asking there then tells what is wrong.
  const found = answering.flat().length === 0 ? paths : answering.flat();
  if (found.length === 1) return found[0]!;
  const advice = "Name the process by --config FILE or --admin SOCKET.";
  if (found.length > 1) throw new OperatorError("ERR_USAGE", `several run here: ${found.join(", ")}`, { advice });
  const code: ProcessKitErrorCode = "ERR_ADMIN_NOT_RUNNING";
  const message = `nothing that this user can see runs at ${pattern}`;
  throw new OperatorError(code, message, { advice, exitCode: EXIT_CODES.unreachable });
}

function isServed(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once("connect", () => resolve(true));
  // A socket that this user may not use counts: asking there reports that.
  socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code === "EACCES"));
  return promise.finally(() => socket.destroy());
}
