/** Which of a repository's sources is asked next. Pure. */
import { LIES_FORGOTTEN_MS, PAUSE_MS, PAUSE_MS_MAX, RETRY_AFTER_MS_MAX, SOURCES_MAX } from "./limits.ts";

/** A cache has what others have asked for, and a store has all. */
export type SourceKind = "cache" | "store";

export const SOURCE_FAULTS = ["full", "lost", "stale", "slow", "lying"] as const;
/**
 * The reasons for which a source is left alone for a time. `full`: it serves as many as it can. `lost`: it is not there, or answers nonsense. `stale`: what it
 * has is older than what is known. `slow`: it gives too little, or nothing. `lying`: its octets are others than those that were signed.
 */
export type SourceFault = (typeof SOURCE_FAULTS)[number];

interface Standing {
  kind: SourceKind;
  isThere: boolean;
  roundTripMs: number | undefined;
  /** Faults since it last gave a file. */
  faults: number;
  /** Lies, which no good file makes up for: else each would cost as much as the first. */
  lies: number;
  liedAt: number;
  pausedUntil: number;
}

/**
 * The sources that there are: caches before stores, the nearest first. One that failed is left alone for a pause that grows, longest if it has lied, and
 * then is a source as any other: no fault shuts it out for good.
 */
export class SourceRanking {
  readonly #standings = new Map<string, Standing>();

  /** Takes the sources that there are now. What is known of others is kept for the case that they come back. */
  handleSources(sources: ReadonlyMap<string, SourceKind>): void {
    for (const standing of this.#standings.values()) standing.isThere = false;
    for (const [name, kind] of sources) {
      const known = this.#standings.get(name);
      if (known !== undefined) {
        known.isThere = true;
        known.kind = kind;
      } else if (this.#makeRoom()) {
        this.#standings.set(name, newStanding(kind));
      }
    }
  }

  /** Takes the round trip to a source, in milliseconds. */
  handleRoundTrip(name: string, roundTripMs: number): void {
    const standing = this.#standings.get(name);
    if (standing !== undefined) standing.roundTripMs = roundTripMs;
  }

  /** A source has given a whole file. */
  handleSuccess(name: string): void {
    const standing = this.#standings.get(name);
    if (standing !== undefined) standing.faults = 0;
  }

  /**
   * A source has failed.
   *
   * @param now monotonic milliseconds
   * @param retryAfterMs how long it wants to be left alone
   */
  handleFault(name: string, fault: SourceFault, now: number, retryAfterMs: number = 0): void {
    const standing = this.#standings.get(name);
    if (standing === undefined) return;
    const before = fault === "lying" ? this.#liesOf(standing, now) : standing.faults;
    if (fault === "lying") {
      standing.lies = before + 1;
      standing.liedAt = now;
    } else {
      standing.faults++;
    }
    const grown = Math.min(PAUSE_MS_MAX[fault], PAUSE_MS[fault] * 2 ** Math.min(before, 32));
    const pause = Math.max(grown, Math.min(retryAfterMs, RETRY_AFTER_MS_MAX));
    standing.pausedUntil = Math.max(standing.pausedUntil, now + pause);
  }

  /** The sources that may be asked now, of one kind or of both, in the order in which they are. */
  order(now: number, only?: SourceKind): readonly string[] {
    return [...this.#standings]
      .filter(([, { kind, isThere, pausedUntil }]) => isThere && pausedUntil <= now && kind === (only ?? kind))
      .toSorted(([aName, a], [bName, b]) => compareStandings(a, b) || (aName < bName ? -1 : 1))
      .map(([name]) => name);
  }

  /** Caches that may be asked now, and of which nobody has told a round trip. */
  unmeasured(now: number): readonly string[] {
    return this.order(now, "cache").filter((name) => this.#standings.get(name)!.roundTripMs === undefined);
  }

  /** When the next of the sources that are left alone may be asked again; undefined: none is. */
  nextTimeout(now: number): number | undefined {
    let next: number | undefined;
    for (const { isThere, pausedUntil } of this.#standings.values()) {
      if (isThere && pausedUntil > now) next = Math.min(next ?? Number.POSITIVE_INFINITY, pausedUntil);
    }
    return next;
  }

  /** Each source that is there, for people. */
  status(now: number): readonly SourceStatus[] {
    return [...this.#standings].flatMap(([name, { kind, isThere, roundTripMs, pausedUntil }]) =>
      isThere ? [{ name, kind, roundTripMs: roundTripMs ?? null, pausedMs: Math.max(0, pausedUntil - now) }] : [],
    );
  }

  #liesOf({ lies, liedAt }: Standing, now: number): number {
    return now - liedAt >= LIES_FORGOTTEN_MS ? 0 : lies;
  }

  /** Forgets the one among those that are gone whose pause ends first. False: all are there. */
  #makeRoom(): boolean {
    if (this.#standings.size < SOURCES_MAX) return true;
    const gone = [...this.#standings].filter(([, { isThere }]) => !isThere);
    const [first] = gone.toSorted(([, a], [, b]) => a.pausedUntil - b.pausedUntil);
    if (first === undefined) return false;
    return this.#standings.delete(first[0]);
  }
}

export interface SourceStatus {
  readonly name: string;
  readonly kind: SourceKind;
  /** Null: nobody has told one. */
  readonly roundTripMs: number | null;
  /** How long it is left alone yet; 0: it may be asked. */
  readonly pausedMs: number;
}

function newStanding(kind: SourceKind): Standing {
  const never = Number.NEGATIVE_INFINITY;
  return { kind, isThere: true, roundTripMs: undefined, faults: 0, lies: 0, liedAt: never, pausedUntil: never };
}

function compareStandings(a: Standing, b: Standing): number {
  if (a.kind !== b.kind) return a.kind === "cache" ? -1 : 1;
  const [near, far] = [a.roundTripMs ?? Number.MAX_VALUE, b.roundTripMs ?? Number.MAX_VALUE];
  return near - far;
}
