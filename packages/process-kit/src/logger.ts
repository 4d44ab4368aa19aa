import { createRequire } from "node:module";
import { isatty } from "node:tty";
import { foreignLines, foreignText, visibleJson } from "@florenetes/foreign-text";
import { pino } from "pino";
import type { build as PinoPretty } from "pino-pretty";
import { LOG_BACKLOG_SIZE_MAX } from "./limits.ts";

/** What an event says for machines: a stable code, and whatever else names the thing it happened to. */
export interface EventFields {
  /** As `LINK_UP`: what an operator, or a rule of theirs, can wait for. */
  readonly code: string;
  readonly [field: string]: unknown;
}

/** One line for each event, never one for each packet. */
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
  /** Of the process, as `cluster-flor`. */
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
 * lines; one that is gone costs nothing. What is pending is written at exit. No line holds a character that is not seen: JSON has
 * escapes for them, and what a terminal shows has those of `foreignText`.
 */
export function createLogger(options: LoggerOptions): Logger {
  const stream = options.to === "stderr" ? process.stderr : process.stdout;
  const isPretty = options.pretty ?? isatty(stream.fd);
  const destination = isPretty ? openPretty(stream.fd) : openPlain(stream.fd);
  return pino(
    {
      name: options.name,
      level: options.level ?? "info",
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}

function openPlain(fd: number): pino.DestinationStream {
  // At exit, a pipe that is full is tried again for a second (the stream waits 100 ms each time), and then given up.
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
      // Nobody reads any more: there is no one to tell.
    }
    destination.flushSync = () => {};
  });
  return { write: (line) => void destination.write(visibleJson(line)) };
}

function openPretty(fd: number): pino.DestinationStream {
  const destination = pino.destination({ dest: fd, sync: true });
  destination.on("error", () => {});
  // Services do without: it would cost each of their starts 30 ms.
  const build = createRequire(import.meta.url)("pino-pretty") as typeof PinoPretty;
  const pretty = build({ destination, ignore: "pid,hostname,name", translateTime: "SYS:HH:MM:ss.l" });
  return { write: (line) => void pretty.write(`${JSON.stringify(JSON.parse(line, shownValue))}\n`) };
}

/** Lines of a text that has several (a stack) stay lines only where they are ours. */
function shownValue(key: string, value: unknown): unknown {
  if (typeof value !== "string") return value;
  return key === "stack" ? foreignLines(value) : foreignText(value, Number.POSITIVE_INFINITY);
}
