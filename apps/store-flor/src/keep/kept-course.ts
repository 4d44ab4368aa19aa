import { KEEP_AGAIN_MS, KEEP_MS, PIECES_AT_ONCE_MAX } from "./limits.ts";

/** How far one kind is: what outlives the process. */
export interface KeptCursor {
  /** The cursor of the last piece that is kept. */
  readonly cursor: string;
  /** Its name. */
  readonly name: string;
  /** Milliseconds since 1970 at which it was kept. */
  readonly keptAt: number;
}

/** The course of one kind: when its source is asked, and how far it is. Pure. */
export class KeptCourse {
  /** Undefined: nothing is kept, or nobody knows any more. */
  last: KeptCursor | undefined;
  /** Monotonic milliseconds at which the source is asked next. */
  nextAt: number;
  /** Monotonic milliseconds at which all that there was last was kept, or the course began. */
  wholeAt: number;
  /** Why the last try came to nothing; undefined: it did not. */
  fault: { readonly code: string; readonly text: string } | undefined;
  /** Pieces that were kept, their octets before they were sealed, and tries that came to nothing. */
  pieces = 0;
  octets = 0;
  failures = 0;
  /** Tries that came to nothing since one that did not. */
  failuresInRow = 0;
  #atOnce = 0;

  constructor(last: KeptCursor | undefined, now: number) {
    this.last = last;
    this.nextAt = now;
    this.wholeAt = now;
  }

  /** A piece is kept. */
  handleKept(
    piece: { readonly name: string; readonly cursor: string; readonly octets: number; readonly isLast: boolean },
    { now, wall }: { readonly now: number; readonly wall: number },
  ): void {
    const { name, cursor, octets, isLast } = piece;
    this.last = { cursor, name, keptAt: wall };
    this.pieces++;
    this.octets += octets;
    this.#handleDone();
    if (isLast) return this.handleWhole(now);
    this.#atOnce++;
    this.nextAt = now + (this.#atOnce % PIECES_AT_ONCE_MAX === 0 ? KEEP_AGAIN_MS : 0);
  }

  /** The source has nothing that is not kept. */
  handleWhole(now: number): void {
    this.#handleDone();
    this.#atOnce = 0;
    this.wholeAt = now;
    this.nextAt = now + KEEP_MS;
  }

  /** Nothing was kept: it is tried again, each time later. */
  handleFault(code: string, text: string, now: number): void {
    this.fault = { code, text };
    this.failures++;
    this.nextAt = now + Math.min(KEEP_MS, KEEP_AGAIN_MS * 2 ** Math.min(this.failuresInRow, 16));
    this.failuresInRow++;
  }

  #handleDone(): void {
    this.fault = undefined;
    this.failuresInRow = 0;
  }
}
