/** How long this node has run with each root that recovery keys have signed: it is counted while the process runs, and kept over restarts. Pure. */
import type { FactBook } from "@florenetes/facts";
import type { Moment } from "../moment.ts";

/** How often running time is written while a root waits for it: so much may be lost by a crash, and is waited for again. */
const STEP_MS = 60_000;

export class RunningTime {
  /** Times as they were kept last. */
  #kept: string;
  /** The monotonic time up to which running was counted. */
  #to: number;

  /** @param kept Milliseconds by the ids of roots */
  constructor(kept: ReadonlyMap<string, number>, now: number) {
    this.#kept = textOf(kept);
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
    if (book === undefined || textOf(book.recovery.ran) === this.#kept) return undefined;
    const { ran } = book.recovery;
    this.#kept = textOf(ran);
    return new Map([...ran].map(([id, ms]) => [id, Math.floor(ms)]));
  }
}

/** Times by whole steps, so that each is written once. */
function textOf(ran: ReadonlyMap<string, number>): string {
  return [...ran].map(([id, ms]) => `${id} ${Math.floor(ms / STEP_MS)}`).join();
}
