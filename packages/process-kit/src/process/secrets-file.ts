import { accessSync, closeSync, constants, fstatSync, lstatSync, openSync, type Stats, writeSync } from "node:fs";
import { dirname } from "node:path";
import { OperatorError } from "@florenetes/operator-text";
import type { ProcessKitErrorCode } from "../error-codes.ts";
import type { Logger } from "../logs/logger.ts";
import { type Environment, namedPath, type NamedPathReport, reportNamedPath } from "./named-path.ts";

/** The name that every program with TLS uses for this variable. */
const SECRETS_VARIABLE = "SSLKEYLOGFILE";
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;
const MODE = 0o600;
const OTHERS = 0o077;

/** The file for the secrets of connections, for operators who decrypt captured packets. */
export interface SecretsFile extends Disposable {
  /** Null: a write has failed, and nothing is written any more. */
  readonly path: string | null;
  /** Appends whole lines in one piece, as other processes may write to the same file. */
  readonly write: (lines: Uint8Array) => void;
}

/**
 * Opens the file that `SSLKEYLOGFILE` names, and warns of it in the log; undefined when the variable is not set. A
 * missing file is made for its owner alone.
 *
 * @throws OperatorError `ERR_SECRETS_FILE` when others may read it, or it is no file of this user
 */
export function openSecretsFile(log: Logger, environment: Environment = process.env): SecretsFile | undefined {
  const path = namedPath(SECRETS_VARIABLE, environment);
  if (path === undefined) return undefined;
  let descriptor: number | undefined = openOwn(path);
  const close = (): void => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };
  log.warn(
    { code: "SECRETS_WRITTEN", file: path },
    "the secrets of all connections are written to a file: who has it can read them",
  );
  return {
    get path() {
      return descriptor === undefined ? null : path;
    },
    write(lines) {
      if (descriptor === undefined) return;
      try {
        writeSync(descriptor, lines);
      } catch (err) {
        close();
        log.error({ code: "SECRETS_NOT_WRITTEN", file: path, err }, "no more secrets are written");
      }
    },
    [Symbol.dispose]: close,
  };
}

/** Reports for `check` whether secrets would be written, and whether they could be. Makes no file. */
export function checkSecretsFile(environment: Environment = process.env): NamedPathReport {
  return reportNamedPath(namedPath(SECRETS_VARIABLE, environment), problemAt, written);
}

function openOwn(path: string): number {
  let descriptor;
  try {
    // A symbolic link could lead anywhere, and a FIFO without a reader would block the process.
    descriptor = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, MODE);
  } catch (error) {
    throw problemAt(path) ?? refused(path, "it cannot be opened", error);
  }
  const fault = faultOf(fstatSync(descriptor));
  if (fault === undefined) return descriptor;
  closeSync(descriptor);
  throw refused(path, fault);
}

function problemAt(path: string): OperatorError | undefined {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    const fault = stats && faultOf(stats);
    if (fault !== undefined) return refused(path, fault);
    accessSync(stats === undefined ? dirname(path) : path, constants.W_OK);
    return undefined;
  } catch (error) {
    return refused(path, "it may not be written", error);
  }
}

function faultOf(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return "it is a symbolic link";
  if (!stats.isFile()) return "it is no file";
  if (stats.uid !== process.geteuid!()) return "it belongs to another user";
  if ((stats.mode & OTHERS) !== 0) return "others than its owner may use it";
  return undefined;
}

function refused(path: string, fault: string, cause?: unknown): OperatorError {
  const code: ProcessKitErrorCode = "ERR_SECRETS_FILE";
  const advice =
    "Name a file that is not there yet, or one of this process's user with mode 0600; or unset the variable.";
  return new OperatorError(code, `${SECRETS_VARIABLE} names a file for secrets, and ${fault}`, {
    advice,
    where: { file: path },
    cause,
  });
}

function written(path: string): OperatorError {
  const code: ProcessKitErrorCode = "ERR_SECRETS_WRITTEN";
  const advice = `Unset ${SECRETS_VARIABLE} unless you mean to read packets, and remove the file afterwards.`;
  const message = "the secrets of all connections would be written there: who has the file can read them";
  return new OperatorError(code, message, { advice, where: { file: path } });
}
