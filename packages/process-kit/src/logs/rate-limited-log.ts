import { monotonicNow } from "@florenetes/scheduling";
import { LOG_KINDS_MAX, LOG_LINES_AT_ONCE, LOG_SOURCES_MAX } from "../limits.ts";
import type { EventFields, Logger } from "./logger.ts";

export interface LogBudgetOptions {
  /** Lines of one key that may come at once. */
  readonly burst: number;
  /** Time in which one more line is earned, in milliseconds. */
  readonly intervalMs: number;
  /** The budget for the lines of all sources together, for sources that a partner can make up. Sources beyond these lines share one bucket. */
  readonly ofSources?: { readonly burst: number; readonly intervalMs: number } | undefined;
}

interface Bucket {
  lines: number;
  since: number;
  suppressed: number;
}

/** A source of lines. */
interface Source {
  readonly kinds: Map<string, Bucket>;
  /** The bucket that all further kinds share. */
  readonly rest: Bucket;
  usedAt: number;
}

/**
 * Decides which of many similar events are written: a token bucket for each kind of event of each source. A source that
 * floods the log silences only itself: the number of its kinds is bounded, and further kinds share a bucket of that
 * source. Usually no peer can invent sources, so a config or a CA bounds their number; where a peer can, `ofSources`
 * bounds the lines of all of them together. Sources beyond the bound share a bucket, until a known source has been
 * quiet long enough to have all its lines back, and makes room. No I/O.
 */
export class LogBudget {
  readonly #options: LogBudgetOptions;
  /** The sources, the one that was quiet for longest first. */
  readonly #sources = new Map<string, Source>();
  readonly #shared: Source;
  /** The lines that all sources together may still write. */
  readonly #ofSources: Bucket;
  #forgotten = 0;

  constructor(options: LogBudgetOptions) {
    this.#options = options;
    this.#ofSources = { lines: options.ofSources?.burst ?? Infinity, since: 0, suppressed: 0 };
    this.#shared = this.#newSource(0);
  }

  /**
   * Says how many lines of this kind were left out since the last written one, when a line may be written now; -1 when not.
   *
   * @param source The cause of the event: a name of the config or a proven principal, nothing that a peer makes up.
   * @param kind Which of this source's events it is.
   */
  take(source: string, kind: string, now: number): number {
    const bucket = this.#bucketOf(this.#sourceOf(source, now), kind, now);
    earn(bucket, this.#options, now);
    if (bucket.lines === 0 || (source !== "" && !this.#takeOfSources(kind, now))) {
      bucket.suppressed++;
      return -1;
    }
    bucket.lines--;
    const { suppressed } = bucket;
    bucket.suppressed = 0;
    return suppressed;
  }

  /**
   * Whether all sources together may write one more line. When their budget is used up, each kind still has the budget
   * of a single source.
   */
  #takeOfSources(kind: string, now: number): boolean {
    const { ofSources } = this.#options;
    if (ofSources === undefined) return true;
    const shared = this.#bucketOf(this.#shared, kind, now);
    earn(this.#ofSources, ofSources, now);
    earn(shared, this.#options, now);
    const bucket = this.#ofSources.lines > 0 ? this.#ofSources : shared;
    if (bucket.lines === 0) return false;
    bucket.lines--;
    return true;
  }

  /** The number of lines that were left out and of which no later line of their source has told; each is told once. */
  takeForgotten(): number {
    const forgotten = this.#forgotten;
    this.#forgotten = 0;
    return forgotten;
  }

  #sourceOf(name: string, now: number): Source {
    const known = this.#sources.get(name);
    if (known === undefined && this.#sources.size >= LOG_SOURCES_MAX && !this.#makeRoom(now)) return this.#shared;
    const source = known ?? this.#newSource(now);
    source.usedAt = now;
    this.#sources.delete(name);
    this.#sources.set(name, source);
    return source;
  }

  /** Forgets the source that was used longest ago, if it has all its lines back, and so is equal to a new one. */
  #makeRoom(now: number): boolean {
    const [name, source] = this.#sources.entries().next().value!;
    if (now - source.usedAt < this.#options.burst * this.#options.intervalMs) return false;
    for (const { suppressed } of [...source.kinds.values(), source.rest]) this.#forgotten += suppressed;
    return this.#sources.delete(name);
  }

  #bucketOf({ kinds, rest }: Source, kind: string, now: number): Bucket {
    const known = kinds.get(kind);
    if (known !== undefined) return known;
    if (kinds.size >= LOG_KINDS_MAX) return rest;
    const bucket = this.#newBucket(now);
    kinds.set(kind, bucket);
    return bucket;
  }

  #newSource(now: number): Source {
    return { kinds: new Map(), rest: this.#newBucket(now), usedAt: now };
  }

  #newBucket(now: number): Bucket {
    return { lines: this.#options.burst, since: now, suppressed: 0 };
  }
}

function earn(
  bucket: Bucket,
  { burst, intervalMs }: { readonly burst: number; readonly intervalMs: number },
  now: number,
) {
  const earned = Math.floor((now - bucket.since) / intervalMs);
  if (earned <= 0) return;
  bucket.lines = Math.min(burst, bucket.lines + earned);
  bucket.since += earned * intervalMs;
}

export interface RateLimitedLogOptions extends Partial<LogBudgetOptions> {
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

type Write = (event: EventFields, message: string, source?: string, kind?: string) => void;

/**
 * A log for events that a peer can cause as often as it likes. A line after left-out ones of its kind gives their number
 * (`suppressed`); some lines also give the number of lines left out from sources that have been quiet since
 * (`suppressedOfOthers`).
 * `source` is the cause of the event, and `kind` tells its events apart, beside the event's code: no source silences another, and
 * no kind another kind. A source is a name of the config or a proven principal; all strangers are one source. Sources that a
 * partner may make up have `ofSources`. The program itself has few kinds.
 */
export interface RateLimitedLog {
  readonly error: Write;
  readonly warn: Write;
  readonly info: Write;
}

/** Limits lines of a log by their kind. By default five of a kind are written at once, then one in ten seconds. */
export function createRateLimitedLog(logger: Logger, options: RateLimitedLogOptions = {}): RateLimitedLog {
  const { burst = LOG_LINES_AT_ONCE, intervalMs = 10_000, ofSources } = options;
  const budget = new LogBudget({ burst, intervalMs, ofSources });
  const now = options.now ?? monotonicNow;
  const at =
    (level: "error" | "info" | "warn"): Write =>
    (event, message, source = "", kind = "") => {
      const suppressed = budget.take(source, `${event.code} ${kind}`, now());
      if (suppressed < 0) return;
      const suppressedOfOthers = budget.takeForgotten();
      const counts = { ...(suppressed > 0 && { suppressed }), ...(suppressedOfOthers > 0 && { suppressedOfOthers }) };
      logger[level]({ ...event, ...counts }, message);
    };
  return { error: at("error"), warn: at("warn"), info: at("info") };
}
