import { constants, openSync } from "node:fs";
import { createRequire } from "node:module";
import { isatty } from "node:tty";
import { foreignLines, foreignText, visibleJson } from "@florenetes/operator-text";
import { pino } from "pino";
import type { prettyFactory as PrettyFactory } from "pino-pretty";
import { LOG_BACKLOG_SIZE_MAX } from "../limits.ts";

/** The fields of an event, for machines: a stable code, and the names of what the event is about. */
export interface EventFields {
  /** Code of the event, such as `LINK_UP`, for which operators and their rules can wait. */
  readonly code: string;
  readonly [field: string]: unknown;
}

/** Writes one line for each event, never one for each packet. */
export interface Logger {
  debug(event: EventFields, message: string): void;
  info(event: EventFields, message: string): void;
  warn(event: EventFields, message: string): void;
  error(event: EventFields, message: string): void;
  /** A logger whose lines all carry these fields, as `{ link: "a" }`. */
  child(fields: Readonly<Record<string, unknown>>): Logger;
}

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  /** Name of the process, such as `cluster-flor`. */
  readonly name: string;
  /** Default `info`. */
  readonly level?: LogLevel;
  /** Default `stdout`. */
  readonly to?: "stdout" | "stderr";
  /** Default: when the output is a terminal. */
  readonly pretty?: boolean;
}

/**
 * Logs JSON lines, or lines for people on a terminal. A slow reader costs bounded memory and, beyond that, lines, which
 * are counted (`LOG_LINES_LOST`); a reader that has gone costs nothing. The process never waits for a reader, not even
 * for a terminal that was stopped by Ctrl-S. Pending lines are written at exit. Invisible characters never appear: JSON
 * escapes them, and a terminal shows the escapes of `foreignText`.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { fd } = options.to === "stderr" ? process.stderr : process.stdout;
  const isTerminal = isatty(fd);
  const destination = openDestination(isTerminal ? openTerminal(fd) : fd);
  const shown = (options.pretty ?? isTerminal) ? prettyLine() : visibleJson;
  const log = pino(
    {
      name: options.name,
      level: options.level ?? "info",
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => void destination.write(shown(line)) },
  );
  let lost = 0;
  destination.on("drop", () => lost++);
  destination.on("drain", () => {
    if (lost === 0) return;
    const lines = lost;
    lost = 0;
    log.warn({ code: "LOG_LINES_LOST", lines }, `${lines} lines of this log are lost, as nobody read it`);
  });
  return log;
}

/**
 * Opens a terminal once more, so that writes to it do not wait: its inherited file is shared with other programs, and
 * Node waits for each write to it. The terminal of another user (after su(1)) cannot be opened, and is written to as it
 * is: a thread waits then.
 */
function openTerminal(fd: number): number {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
  try {
    return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return fd;
  }
}

function openDestination(fd: number): ReturnType<typeof pino.destination> {
  // At exit, a write that the output does not accept is tried again for a second (the stream waits 100 ms each time),
  // and then given up.
  let triesLeft = Number.POSITIVE_INFINITY;
  const destination = pino.destination({
    dest: fd,
    sync: false,
    maxLength: LOG_BACKLOG_SIZE_MAX,
    retryEAGAIN: () => --triesLeft > 0,
  });
  destination.on("error", () => {});
  // Runs before pino's own listener, which would try without end.
  process.prependOnceListener("exit", () => {
    triesLeft = 10;
    try {
      destination.flushSync();
    } catch {
      // A stream without a reader cannot tell of its own failure.
    }
    destination.flushSync = () => {};
  });
  return destination;
}

/** Turns a line of JSON into one for people. */
function prettyLine(): (line: string) => string {
  // Loaded only for terminals: loading costs 30 ms of a start.
  const { prettyFactory } = createRequire(import.meta.url)("pino-pretty") as { prettyFactory: typeof PrettyFactory };
  const pretty = prettyFactory({ ignore: "pid,hostname,name", translateTime: "SYS:HH:MM:ss.l" });
  return (line) => pretty(JSON.parse(line, shownValue));
}

/** Text of several lines (a stack) keeps its lines only when it is our own. */
function shownValue(key: string, value: unknown): unknown {
  if (typeof value !== "string") return value;
  return key === "stack" ? foreignLines(value) : foreignText(value, Number.POSITIVE_INFINITY);
}
