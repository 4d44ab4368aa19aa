import type { TransportLimits } from "../limits.ts";

type PaceLimits = Pick<TransportLimits, "retryMs" | "retryMsMax" | "renewalPauseMs">;

/** Says when a trunk may make its next attempt at a connection. */
export class AttemptPace {
  readonly #limits: PaceLimits;
  #attemptedAt = Number.NEGATIVE_INFINITY;
  /** Doubles with each use. */
  #pauseMs: number;

  constructor(limits: PaceLimits) {
    this.#limits = limits;
    this.#pauseMs = limits.retryMs;
  }

  /** Whether there was no attempt yet. */
  get isNew(): boolean {
    return this.#attemptedAt === Number.NEGATIVE_INFINITY;
  }

  /** When somebody who waits may get one at the earliest. */
  get earliest(): number {
    return this.#attemptedAt + this.#limits.retryMs;
  }

  handleAttempt(now: number): void {
    this.#attemptedAt = now;
  }

  /** Whatever made attempts fail may be over: the pause is the shortest one again. */
  shorten(): void {
    this.#pauseMs = this.#limits.retryMs;
  }

  /** @param isEager Somebody needs it at once. */
  nextAt(isEager: boolean, now: number): number {
    const at = Math.max(this.earliest, isEager ? now : now + this.#pauseMs);
    if (!isEager) this.#pauseMs = Math.min(2 * this.#pauseMs, this.#limits.retryMsMax);
    return at;
  }

  /** A service may ask for another connection as often as it likes: it gets one a second. */
  renewableAt(now: number): number {
    return Math.max(now, this.#attemptedAt + this.#limits.renewalPauseMs);
  }

  /** A connection of another size is had sooner where nobody uses the present one. */
  resizableAt(isInUse: boolean, now: number): number {
    return isInUse ? this.renewableAt(now) : Math.max(now, this.earliest);
  }
}
