import type { EventFields, Logger } from "@florenetes/process-kit";

/** A log of lines for people: the time in milliseconds, the process, the event. */
export function lineLog(now: () => number, process: string, onLine: (line: string) => void): Logger {
  const write = (event: EventFields, text: string): void => {
    const { code, ...fields } = event;
    onLine(`${now().toFixed(2).padStart(10)} ${process} ${code} ${JSON.stringify(fields)} ${text}`);
  };
  const log: Logger = { debug: write, info: write, warn: write, error: write, child: () => log };
  return log;
}

export const silentLog: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLog };
