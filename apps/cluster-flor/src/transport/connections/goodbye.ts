import type { TransportLimits } from "../limits.ts";

/** When a connection that has ended is let go of, and when its peer is told of the end once more until then. */
export class Goodbye {
  readonly #limits: Pick<TransportLimits, "repeatAfterMs" | "repeatEveryMs">;
  #until = 0;
  #againAt = Number.POSITIVE_INFINITY;

  constructor(limits: Pick<TransportLimits, "repeatAfterMs" | "repeatEveryMs">) {
    this.#limits = limits;
  }

  /** @param isUrgent Workloads at the other end must not outlive it because one packet was lost. */
  start(now: number, lastingMs: number, isUrgent: boolean): void {
    this.#until = now + lastingMs;
    if (isUrgent) this.#againAt = now + this.#limits.repeatAfterMs;
  }

  isOver(now: number): boolean {
    return now >= this.#until;
  }

  /** Whether the peer is to be told again now. */
  takeRepeat(now: number): boolean {
    if (now < this.#againAt) return false;
    this.#againAt = now + this.#limits.repeatEveryMs;
    return true;
  }

  nextTimeout(): number {
    return Math.min(this.#until, this.#againAt);
  }
}
