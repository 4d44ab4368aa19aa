import { constants, openSync } from "node:fs";
import { createRequire } from "node:module";
import { isatty } from "node:tty";
import { foreignLines, foreignText, visibleJson } from "@florenetes/operator-text";
import { pino } from "pino";
import type { prettyFactory as PrettyFactory } from "pino-pretty";
import { LOG_BACKLOG_SIZE_MAX } from "../limits.ts";

/** The fields of an event, for machines: a stable code, and the names of what it happened to. */
export interface EventFields {
  /** Code of the event, such as `LINK_UP`: an operator, or a rule of theirs, can wait for it. */
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
 * Logs JSON lines (or lines for people, on a terminal). A reader that does not read costs bounded memory and, after that,
 * lines, which are counted (`LOG_LINES_LOST`); one that is gone costs nothing. Nothing waits for either: a terminal that somebody has
 * stopped by Ctrl-S holds no process. What is pending is written at exit. No line holds a character that is not seen: JSON has
 * escapes for them, and what a terminal shows has those of `foreignText`.
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
 * Opens a terminal once more, so that writes to it do not wait: the file that we were given is shared with other programs, and Node has
 * it wait for each write. A terminal of another user's (after su(1)) cannot be opened, and is written to as it is: a thread waits then.
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
  // At exit, what takes nothing at present is tried again for a second (the stream waits 100 ms each time), and then given up.
  let triesLeft = Number.POSITIVE_INFINITY;
  const destination = pino.destination({
    dest: fd,
    sync: false,
    maxLength: LOG_BACKLOG_SIZE_MAX,
    retryEAGAIN: () => --triesLeft > 0,
  });
  destination.on("error", () => {});
  // Before pino's own listener, which would try without end.
  process.prependOnceListener("exit", () => {
    triesLeft = 10;
    try {
      destination.flushSync();
    } catch {
      // A stream that nobody reads any more cannot tell of its own failure.
    }
    destination.flushSync = () => {};
  });
  return destination;
}

/** Makes a line of JSON one for people. */
function prettyLine(): (line: string) => string {
  // Services do without: it would cost each of their starts 30 ms.
  const { prettyFactory } = createRequire(import.meta.url)("pino-pretty") as { prettyFactory: typeof PrettyFactory };
  const pretty = prettyFactory({ ignore: "pid,hostname,name", translateTime: "SYS:HH:MM:ss.l" });
  return (line) => pretty(JSON.parse(line, shownValue));
}

/** Lines of a text that has several (a stack) stay lines only where they are ours. */
function shownValue(key: string, value: unknown): unknown {
  if (typeof value !== "string") return value;
  return key === "stack" ? foreignLines(value) : foreignText(value, Number.POSITIVE_INFINITY);
}
