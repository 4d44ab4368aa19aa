/**
 * Whether the wall clock can be right: it is compared with a clock that nobody sets and that goes on while the machine sleeps, with the newest
 * record that a quorum has signed, and with the clocks of neighbours. No record is judged by another time for it: people have to set the clock right. Pure.
 */

/** Clocks may differ by so much: records of a time further ahead are refused (`future`). */
export const CLOCK_MS = 300_000;
/** Smaller steps are those of a clock that is kept right, and of the time that a look takes. */
const STEP_MS = 1_000;

/** A clock that is wrong, or may be. */
export interface ClockFault {
  /**
   * `records`: a quorum has signed a record later than it is by this clock. `neighbours`: more than half of those whose clock is known say so.
   * `put-back`: it was put back while the process ran, and no neighbour says that it is right now.
   */
  readonly cause: "records" | "neighbours" | "put-back";
  /** How far this clock is ahead, in milliseconds; negative: behind. */
  readonly aheadMs: number;
  /** Neighbours that say so. */
  readonly by: readonly string[];
}

/** The clock of a neighbour, less ours. */
export interface NeighbourClock {
  readonly peer: string;
  readonly aheadMs: number;
}

export class ClockWatch {
  /** The wall clock less the other, at the last look. */
  #offset: number | undefined;
  /** The time when a quorum has signed the newest record that is known. */
  #floor = Number.NEGATIVE_INFINITY;
  /** The time that it would be by now, had the wall clock not been put back; undefined: it was not, or has got there again. */
  #wouldBe: { readonly wall: number; readonly boot: number } | undefined;
  #boot = 0;

  /** A quorum has signed a record at this time. */
  handleSigned(issued: number): void {
    this.#floor = Math.max(this.#floor, issued);
  }

  /** Both clocks, in milliseconds. Returns by how much the wall clock was set since the last look: 0 when it was not. */
  handleClocks(wall: number, boot: number): number {
    const before = this.#offset;
    const offset = wall - boot;
    this.#offset = offset;
    this.#boot = boot;
    if (this.#wouldBe !== undefined && wall >= this.#wouldBe.wall + boot - this.#wouldBe.boot - CLOCK_MS)
      this.#wouldBe = undefined;
    const step = before === undefined ? 0 : offset - before;
    if (Math.abs(step) < STEP_MS) return 0;
    if (step < -CLOCK_MS) this.#wouldBe ??= { wall: wall - step, boot };
    return step;
  }

  /** The fault that a wall clock of this time has, by the clocks of neighbours that are known. */
  faultAt(wall: number, neighbours: readonly NeighbourClock[]): ClockFault | undefined {
    if (wall < this.#floor - CLOCK_MS) return { cause: "records", aheadMs: wall - this.#floor, by: [] };
    for (const direction of [1, -1]) {
      const apart = neighbours.filter(({ aheadMs }) => aheadMs * direction > CLOCK_MS);
      if (2 * apart.length <= neighbours.length) continue;
      const aheads = apart.map(({ aheadMs }) => -aheadMs).toSorted((one, other) => one - other);
      return { cause: "neighbours", aheadMs: aheads[aheads.length >> 1]!, by: apart.map(({ peer }) => peer) };
    }
    const isConfirmed = neighbours.some(({ aheadMs }) => Math.abs(aheadMs) <= CLOCK_MS);
    if (this.#wouldBe === undefined || isConfirmed) return undefined;
    const wouldBe = this.#wouldBe.wall + this.#boot - this.#wouldBe.boot;
    return { cause: "put-back", aheadMs: wall - wouldBe, by: [] };
  }
}
