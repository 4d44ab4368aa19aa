import { PART_MS, PARTS } from "./limits.ts";

/** Counts within the last hour, in parts of it. Times are monotonic milliseconds. Pure. */
export class HourCount {
  readonly #parts = new Uint32Array(PARTS);
  #last = Number.NEGATIVE_INFINITY;

  add(now: number): void {
    this.#turn(now);
    this.#parts[this.#last % PARTS]!++;
  }

  at(now: number): number {
    this.#turn(now);
    return this.#parts.reduce((sum, count) => sum + count, 0);
  }

  /** Lets go of the parts that an hour has passed since. */
  #turn(now: number): void {
    const part = Math.floor(now / PART_MS);
    if (part - this.#last >= PARTS) this.#parts.fill(0);
    else for (let gone = this.#last + 1; gone <= part; gone++) this.#parts[gone % PARTS] = 0;
    this.#last = Math.max(part, this.#last);
  }
}
