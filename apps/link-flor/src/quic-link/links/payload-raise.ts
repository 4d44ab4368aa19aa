import { RAISE_AFTER_MAX_MS, RAISE_AFTER_MS } from "../limits.ts";

/**
 * Says when a link whose path has become narrower makes a fresh session, to find out whether larger packets get through again
 * (RFC 8899, PMTU_RAISE_TIMER). The pause doubles each time that they do not.
 */
export class PayloadRaise {
  nextTimeout: number = Infinity;
  /** Largest UDP payload that any session of the link had. */
  #widest = 0;
  #pauseMs = RAISE_AFTER_MS;

  /** A session with this UDP payload carries the link from now on. */
  handleUp(payload: number, now: number): void {
    if (payload >= this.#widest) {
      this.#widest = payload;
      this.#pauseMs = RAISE_AFTER_MS;
      this.nextTimeout = Infinity;
      return;
    }
    this.nextTimeout = now + this.#pauseMs;
    this.#pauseMs = Math.min(2 * this.#pauseMs, RAISE_AFTER_MAX_MS);
  }

  /** No session carries the link any more; the next one will find out what gets through. */
  handleDown(): void {
    this.nextTimeout = Infinity;
  }

  /** Whether it is time to look. */
  takeDue(now: number): boolean {
    if (now < this.nextTimeout) return false;
    this.nextTimeout = Infinity;
    return true;
  }
}
