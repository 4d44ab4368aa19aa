import { LEDGER_ENTRIES_MAX } from "./limits.ts";

/** A connection, or a command, that ended early. Times are milliseconds on the clock that all processes share. */
export interface Loss {
  /** Its beginning: what happened earlier cannot have ended it. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
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

/** All that one workload has seen. */
export interface Observations {
  /** Checks that were right: round trips, transfers, messages. */
  readonly right: number;
  readonly unit: string;
  /** Bytes, rows or messages that were not what was sent, or were lost for good. */
  readonly wrong: readonly string[];
  readonly losses: readonly Loss[];
  readonly delays: readonly Delay[];
  readonly pauses: readonly Pause[];
}

/** Takes down what a workload sees. It judges nothing and does no I/O. */
export class Witness {
  readonly #wrong: string[] = [];
  readonly #losses: Loss[] = [];
  readonly #delays: Delay[] = [];
  readonly #pauses: Pause[] = [];
  readonly #unit: string;
  #right = 0;

  /** @param unit of what is counted as right, for people */
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

  get observations(): Observations {
    return {
      right: this.#right,
      unit: this.#unit,
      wrong: this.#wrong,
      losses: this.#losses,
      delays: this.#delays,
      pauses: this.#pauses,
    };
  }
}
