import { monotonicNow } from "./clock.ts";
import { LOG_KEYS_MAX } from "./limits.ts";
import type { EventFields, Logger } from "./logger.ts";

export interface LogBudgetOptions {
  /** Lines of one key that may come at once. */
  readonly burst: number;
  /** Time in which one more line is earned, in milliseconds. */
  readonly intervalMs: number;
}

interface Bucket {
  lines: number;
  since: number;
  suppressed: number;
}

/**
 * Decides which of many like events are worth a line: a token bucket per key. Keys that come from a peer are as many as it
 * likes, so that beyond a bound they share one bucket. It performs no I/O.
 */
export class LogBudget {
  readonly #options: LogBudgetOptions;
  readonly #buckets = new Map<string, Bucket>();
  readonly #shared: Bucket;

  constructor(options: LogBudgetOptions) {
    this.#options = options;
    this.#shared = { lines: options.burst, since: 0, suppressed: 0 };
  }

  /** How many lines of this key were left out since the last one, when a line may be written now; -1 when it may not. */
  take(key: string, now: number): number {
    const bucket = this.#bucketOf(key, now);
    const earned = Math.floor((now - bucket.since) / this.#options.intervalMs);
    if (earned > 0) {
      bucket.lines = Math.min(this.#options.burst, bucket.lines + earned);
      bucket.since += earned * this.#options.intervalMs;
    }
    if (bucket.lines === 0) {
      bucket.suppressed++;
      return -1;
    }
    bucket.lines--;
    const { suppressed } = bucket;
    bucket.suppressed = 0;
    return suppressed;
  }

  #bucketOf(key: string, now: number): Bucket {
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    if (this.#buckets.size >= LOG_KEYS_MAX) return this.#shared;
    const bucket: Bucket = { lines: this.#options.burst, since: now, suppressed: 0 };
    this.#buckets.set(key, bucket);
    return bucket;
  }
}

export interface RateLimitedLogOptions extends Partial<LogBudgetOptions> {
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/** For what a peer can cause as often as it likes. A line that follows left-out ones says how many (`suppressed`). */
export interface RateLimitedLog {
  /** `key` tells apart what shall not silence one another (a peer, a link); the event's code always does. */
  warn(event: EventFields, message: string, key?: string): void;
  info(event: EventFields, message: string, key?: string): void;
}

/** By default five lines of a kind at once, then one in ten seconds. */
export function createRateLimitedLog(logger: Logger, options: RateLimitedLogOptions = {}): RateLimitedLog {
  const budget = new LogBudget({ burst: options.burst ?? 5, intervalMs: options.intervalMs ?? 10_000 });
  const now = options.now ?? monotonicNow;
  const write = (level: "info" | "warn", event: EventFields, message: string, key: string): void => {
    const suppressed = budget.take(`${event.code} ${key}`, now());
    if (suppressed >= 0) logger[level](suppressed === 0 ? event : { ...event, suppressed }, message);
  };
  return {
    warn: (event, message, key = "") => write("warn", event, message, key),
    info: (event, message, key = "") => write("info", event, message, key),
  };
}
