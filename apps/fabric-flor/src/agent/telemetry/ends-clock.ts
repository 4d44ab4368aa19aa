import type { Moment } from "../moment.ts";

/**
 * A time by which what was heard ends, in milliseconds since 1970: the monotonic clock, put ahead as far as the wall clock ever was. So what was heard ends in its time also where the wall
 * clock is put back, and where the machine has slept, which a monotonic clock may not count. Pure.
 */
export class EndsClock {
  #ahead = Number.NEGATIVE_INFINITY;

  at({ now, wall }: Moment): number {
    this.#ahead = Math.max(this.#ahead, wall - now);
    return now + this.#ahead;
  }
}
