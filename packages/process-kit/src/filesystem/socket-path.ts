import { accessSync, constants, lstatSync, statSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { checkSocketPathSize } from "@florenetes/config-file";
import { OperatorError, type ErrorPlace } from "@florenetes/operator-text";
import type { ProcessKitErrorCode } from "../error-codes.ts";
import { SOCKET_PROBE_MS_MAX } from "../limits.ts";

/**
 * Whether this process could bind a socket there: the path fits, its directory exists and may be written, and nothing
 * but a socket is in its place. (Only binding finds out whether an existing socket is alive.)
 */
export function checkSocketToBind(path: string): OperatorError | undefined {
  return checkSocketPathSize(path) ?? checkDirectory(dirname(path), path) ?? checkPlace(path);
}

/**
 * Whether this process could connect to a socket there. A missing socket is no mistake, as the other process may be
 * down; a missing directory is one: a wrong path must not hide behind endless retries.
 */
export function checkSocketToConnect(path: string): OperatorError | undefined {
  return checkSocketPathSize(path) ?? checkDirectoryExists(dirname(path), path) ?? checkPlace(path);
}

/**
 * Makes a stream socket's path free to bind: a stale file is unlinked, a live one is left alone.
 *
 * @throws OperatorError `ERR_SOCKET_…`; `ERR_SOCKET_IN_USE` when another process answers there
 */
export async function freeStreamSocketPath(path: string): Promise<void> {
  const problem = checkSocketToBind(path);
  if (problem !== undefined) throw problem;
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
  const outcome = await probeStreamSocket(path);
  if (outcome === "alive") {
    throw socketError(
      "ERR_SOCKET_IN_USE",
      "another process listens there",
      "Stop the other instance, or give this one a socket path of its own.",
      { file: path },
    );
  }
  if (outcome === "denied") throw deniedError(path);
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw deniedError(path, error);
  }
}

function probeStreamSocket(path: string): Promise<"alive" | "stale" | "denied"> {
  return new Promise((done) => {
    const socket = connect(path);
    const finish = (outcome: "alive" | "stale" | "denied"): void => {
      socket.destroy();
      done(outcome);
    };
    // A live process may be too busy to accept: silence counts as life.
    socket.setTimeout(SOCKET_PROBE_MS_MAX, () => finish("alive"));
    socket.once("connect", () => finish("alive"));
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED" || error.code === "ENOENT") finish("stale");
      else if (error.code === "EACCES" || error.code === "EPERM") finish("denied");
      else finish("alive");
    });
  });
}

function checkDirectoryExists(directory: string, path: string): OperatorError | undefined {
  try {
    if (statSync(directory).isDirectory()) return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EACCES" || code === "EPERM") return directoryDenied(directory, path, error);
  }
  return socketError(
    "ERR_SOCKET_DIRECTORY_MISSING",
    `the directory ${directory} does not exist`,
    "Make it (mode 0750, with the group that both processes share), or mend the path.",
    { file: path },
  );
}

function checkDirectory(directory: string, path: string): OperatorError | undefined {
  const problem = checkDirectoryExists(directory, path);
  if (problem !== undefined) return problem;
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return directoryDenied(directory, path, error);
  }
}

function directoryDenied(directory: string, path: string, cause: unknown): OperatorError {
  return new OperatorError(
    code("ERR_SOCKET_DIRECTORY_DENIED"),
    `the directory ${directory} may not be written or entered`,
    {
      advice: "Let the user of this process own it, or run as the user that does.",
      where: { file: path },
      cause,
    },
  );
}

function checkPlace(path: string): OperatorError | undefined {
  let entry;
  try {
    entry = lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return directoryDenied(dirname(path), path, error);
  }
  if (entry === undefined || entry.isSocket()) return undefined;
  return socketError(
    "ERR_SOCKET_PATH_TAKEN",
    "something that is no socket is in its place",
    "Move it away, or mend the path: it is not removed for you.",
    { file: path },
  );
}

function deniedError(path: string, cause?: unknown): OperatorError {
  return new OperatorError(code("ERR_SOCKET_DENIED"), "a socket that this user may not use is in its place", {
    advice: "Run as the user that owns it, or choose another path.",
    where: { file: path },
    cause,
  });
}

function socketError(
  errorCode: ProcessKitErrorCode,
  message: string,
  advice: string,
  where: ErrorPlace,
): OperatorError {
  return new OperatorError(errorCode, message, { advice, where });
}

function code(value: ProcessKitErrorCode): ProcessKitErrorCode {
  return value;
}
