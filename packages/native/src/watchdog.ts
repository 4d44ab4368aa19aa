import { untilRound } from "@florenetes/scheduling";
import { addon } from "./addon.ts";
import { errnoName } from "./errno.ts";
import { NativeError } from "./errors.ts";
import { WATCHDOG_TICKS } from "./limits.ts";

interface WatchdogPart {
  startWatchdog(limitMs: number, tickMs: number, exitCode: number, lastWords: string): number;
  feedWatchdog(): void;
}

export interface WatchdogOptions {
  /** How long the event loop may stand still. */
  readonly limitMs: number;
  /** Exit code of the process that is ended. */
  readonly exitCode: number;
  /** Written to stderr before, when somebody reads there. */
  readonly lastWords: string;
}

/**
 * From now on a thread ends the process (_exit(2): no core, no handler runs) when the event loop of the caller stands still for `limitMs`,
 * whether it calculates or waits. Only its own time counts: not that in which the process was stopped or the machine asleep, nor that
 * in which others had the CPU. Once for a process.
 *
 * @throws NativeError `ERR_NATIVE_…`
 */
export function startWatchdog({ limitMs, exitCode, lastWords }: WatchdogOptions): void {
  const part = addon() as WatchdogPart;
  const tickMs = Math.ceil(limitMs / WATCHDOG_TICKS);
  const errno = part.startWatchdog(limitMs, tickMs, exitCode, lastWords);
  if (errno !== 0) throw new NativeError("ERR_NATIVE_REFUSED", `no watchdog could be started: ${errnoName(errno)}`);
  feedEach(tickMs, () => part.feedWatchdog());
}

/** At multiples of the time, as all that a process does once a second: it does not wake up for this alone. */
function feedEach(tickMs: number, feed: () => void): void {
  const feedAndGoOn = (): void => {
    feed();
    feedEach(tickMs, feed);
  };
  setTimeout(feedAndGoOn, untilRound(performance.now(), tickMs)).unref();
}
