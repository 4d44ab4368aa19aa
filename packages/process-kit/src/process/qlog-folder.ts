import { accessSync, constants, lstatSync, type Stats } from "node:fs";
import { OperatorError } from "@florenetes/operator-text";
import type { ProcessKitErrorCode } from "../error-codes.ts";
import type { Logger } from "../logs/logger.ts";
import { type Environment, namedPath, type NamedPathReport, reportNamedPath } from "./named-path.ts";

/** The name that QUIC implementations and their tests use for this variable. */
const QLOG_VARIABLE = "QLOGDIR";
const WRITABLE_BY_OTHERS = 0o022;

/** The part of an engine's choice that decides whether qlogs are written. */
interface LoggingEngine {
  readonly name: "native" | "portable";
}

/**
 * Returns the folder that `QLOGDIR` names for qlogs, and warns of it in the log; undefined when the variable is not
 * set, or when the engine writes no qlogs, which the log then says.
 *
 * @throws OperatorError `ERR_QLOG_FOLDER` when others may write there, or it is no folder of this user
 */
export function findQlogFolder(
  log: Logger,
  { name }: LoggingEngine,
  environment: Environment = process.env,
): string | undefined {
  const path = namedPath(QLOG_VARIABLE, environment);
  if (path === undefined) return undefined;
  const problem = problemAt(path);
  if (problem !== undefined) throw problem;
  if (name === "portable") {
    log.warn(
      { code: "QLOG_UNAVAILABLE", folder: path },
      "the portable engine has no logs of packets: none are written",
    );
    return undefined;
  }
  log.warn(
    { code: "QLOG_WRITTEN", folder: path },
    "all packets of all connections are told in files: it costs time and space",
  );
  return path;
}

/** Reports for `check` whether qlogs would be written, and whether they could be. */
export function checkQlogFolder(environment: Environment = process.env): NamedPathReport {
  return reportNamedPath(namedPath(QLOG_VARIABLE, environment), problemAt, written);
}

function problemAt(path: string): OperatorError | undefined {
  try {
    const fault = faultOf(lstatSync(path));
    if (fault !== undefined) return refused(path, fault);
    accessSync(path, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return refused(path, "it may not be written", error);
  }
}

function faultOf(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return "it is a symbolic link";
  if (!stats.isDirectory()) return "it is no folder";
  if (stats.uid !== process.geteuid!()) return "it belongs to another user";
  if ((stats.mode & WRITABLE_BY_OTHERS) !== 0) return "others than its owner may write there";
  return undefined;
}

function refused(path: string, fault: string, cause?: unknown): OperatorError {
  const code: ProcessKitErrorCode = "ERR_QLOG_FOLDER";
  const advice = "Name a folder of this process's user that nobody else may write; or unset the variable.";
  return new OperatorError(code, `${QLOG_VARIABLE} names a folder for logs of packets, and ${fault}`, {
    advice,
    where: { file: path },
    cause,
  });
}

function written(path: string): OperatorError {
  const code: ProcessKitErrorCode = "ERR_QLOG_WRITTEN";
  const advice = `Unset ${QLOG_VARIABLE} unless you mean to look at packets, and remove the files afterwards.`;
  const message = "with the native engine all packets of all connections would be told in files there";
  return new OperatorError(code, message, { advice, where: { file: path } });
}
