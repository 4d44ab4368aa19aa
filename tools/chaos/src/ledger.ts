import { LEDGER_ENTRIES_MAX } from "./limits.ts";

/** A connection, or a command, that ended early. Times are milliseconds on the clock that all processes share. */
export interface Loss {
  /** The beginning of the connection or command: nothing earlier can have ended it. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
  /** The last time at which something came over it; undefined: nobody has looked. */
  readonly heardAt?: number;
}

/** Something that came later than it should. */
export interface Delay {
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** A time in which a connection that never rests stood still. */
export interface Pause {
  readonly from: number;
  readonly to: number;
}

/** All that a workload has observed. */
export interface Observations {
  /** Number of checks that succeeded: round trips, transfers, messages. */
  readonly right: number;
  readonly unit: string;
  /** Texts about bytes, rows or messages that were changed, or lost for good. */
  readonly wrong: readonly string[];
  readonly losses: readonly Loss[];
  readonly delays: readonly Delay[];
  readonly pauses: readonly Pause[];
  /** The longest time without a sign of life of a connection, in milliseconds; 0: nobody has measured any. */
  readonly longestGapMs: number;
  /** Questions that were given up, and asked again. */
  readonly givenUp: number;
}

/** Takes down the observations of a workload. It judges nothing and does no I/O. */
export class Witness {
  readonly #wrong: string[] = [];
  readonly #losses: Loss[] = [];
  readonly #delays: Delay[] = [];
  readonly #pauses: Pause[] = [];
  readonly #unit: string;
  #right = 0;
  #movedAt: number | undefined;
  #longestGapMs = 0;
  #givenUp = 0;

  /** @param unit name of the checks that are counted, for people */
  constructor(unit: string) {
    this.#unit = unit;
  }

  right(count = 1): void {
    this.#right += count;
  }

  wrong(text: string): void {
    if (this.#wrong.length < LEDGER_ENTRIES_MAX) this.#wrong.push(text);
  }

  lost(loss: Loss): void {
    if (this.#losses.length < LEDGER_ENTRIES_MAX) this.#losses.push(loss);
  }

  late(delay: Delay): void {
    if (this.#delays.length < LEDGER_ENTRIES_MAX) this.#delays.push(delay);
  }

  paused(pause: Pause): void {
    if (this.#pauses.length < LEDGER_ENTRIES_MAX) this.#pauses.push(pause);
  }

  /** Something has come over a connection. @param at Milliseconds on the common clock; undefined: the next sign is another connection's */
  moved(at: number | undefined): void {
    if (at !== undefined && this.#movedAt !== undefined) this.gap(at - this.#movedAt);
    this.#movedAt = at;
  }

  /** A connection was without a sign of life for so long. */
  gap(ms: number): void {
    this.#longestGapMs = Math.max(this.#longestGapMs, ms);
  }

  /** A question got no answer in its time, and is asked again. */
  gaveUp(): void {
    this.#givenUp++;
  }

  get observations(): Observations {
    return {
      right: this.#right,
      unit: this.#unit,
      wrong: this.#wrong,
      losses: this.#losses,
      delays: this.#delays,
      pauses: this.#pauses,
      longestGapMs: this.#longestGapMs,
      givenUp: this.#givenUp,
    };
  }
}
