/** How long this node has run with each root that recovery keys have signed: it is counted while the process runs, and kept over restarts. Pure. */
import type { FactBook } from "@florenetes/facts";
import type { Moment } from "../moment.ts";

/** How often running time is written while a root waits for it: so much may be lost by a crash, and is waited for again. */
const STEP_MS = 60_000;

export class RunningTime {
  /** Times as they were kept last, in whole steps, so that each is written once. */
  #kept: ReadonlyMap<string, number>;
  /** The monotonic time up to which running was counted. */
  #to: number;

  /** @param kept Milliseconds by the ids of roots */
  constructor(kept: ReadonlyMap<string, number>, now: number) {
    this.#kept = stepsOf(kept);
    this.#to = now;
  }

  /** Counts the time since the last call. A process that stands still does not run: nobody could see what it says. */
  count(book: FactBook | undefined, { now, wall }: Moment): void {
    const ran = Math.min(2 * STEP_MS, Math.max(0, now - this.#to));
    this.#to = now;
    if (book !== undefined && book.recovery.waiting.length > 0) book.handleRan(ran, wall);
  }

  /** When time is to be counted, in monotonic milliseconds; Infinity: nothing waits for it. */
  nextTimeout(book: FactBook | undefined): number {
    const waits = book?.recovery.waiting.map(({ leftMs }) => this.#to + Math.min(leftMs, STEP_MS)) ?? [];
    return Math.min(Number.POSITIVE_INFINITY, ...waits);
  }

  /** Times that are to be kept; undefined: those that are kept will do. */
  pollKept(book: FactBook | undefined): ReadonlyMap<string, number> | undefined {
    const ran = book?.recovery.ran;
    if (ran === undefined || this.#isKept(ran)) return undefined;
    this.#kept = stepsOf(ran);
    return new Map([...ran].map(([id, ms]) => [id, Math.floor(ms)]));
  }

  /** Each turn of the process asks, and hardly ever is there a time at all. */
  #isKept(ran: ReadonlyMap<string, number>): boolean {
    if (ran.size !== this.#kept.size) return false;
    if (ran.size === 0) return true;
    for (const [id, ms] of ran) if (this.#kept.get(id) !== stepOf(ms)) return false;
    return true;
  }
}

function stepsOf(ran: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return new Map([...ran].map(([id, ms]) => [id, stepOf(ms)]));
}

function stepOf(ms: number): number {
  return Math.floor(ms / STEP_MS);
}
