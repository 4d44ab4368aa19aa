import { CHECK_INTERVAL_MS, CHECK_PAUSE_MS, CHECK_ROUNDS_MAX, CHECK_STRIKES } from "../limits.ts";

/**
 * Finds out whether the UDP payload of a link that is up still gets through: its path may have become narrower, and small packets, signs of
 * life among them, tell nothing of it. It performs no I/O.
 *
 *     settled ──packets were lost──▶ checking ──a probe is answered, or too little is known──▶ settled
 *                                        └──none is, and packets are lost in round after round──▶ failed
 *
 * In each round a probe leaves that fills the payload. QUIC takes a packet for lost when a later one was acknowledged: so losses say that
 * something gets through, there and back. In an outage no losses are found, and the check does not fail.
 */
export class PayloadCheck {
  #rounds = 0;
  #strikes = 0;
  #next = Infinity;
  /** No check begins before this time. */
  #restUntil = -Infinity;
  /** Packets that were lost before the last look. */
  #lost = 0;
  #hasFailed = false;

  /** The payload does not get through any more. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Tells how many QUIC packets of the session have been lost so far: new losses begin a check. */
  handleLosses(lost: number, now: number): void {
    if (this.#next !== Infinity || this.#hasFailed) return;
    const areNew = lost > this.#lost;
    this.#lost = lost;
    if (!areNew || now < this.#restUntil) return;
    this.#next = now;
    this.#rounds = 0;
    this.#strikes = 0;
  }

  /** A probe that filled the payload was answered. */
  handleAnswer(now: number): void {
    if (this.#next !== Infinity) this.#settle(now);
  }

  /** Whether it is time for `poll`, which wants to know how many QUIC packets were lost. */
  isDue(now: number): boolean {
    return now >= this.#next;
  }

  /** Ends a round, and may begin another one. Returns whether a probe should be sent now. */
  poll(lost: number, now: number): boolean {
    if (lost > this.#lost && this.#rounds > 0) this.#strikes++;
    this.#lost = lost;
    if (this.#strikes === CHECK_STRIKES) {
      this.#hasFailed = true;
      this.#next = Infinity;
      return false;
    }
    if (this.#rounds === CHECK_ROUNDS_MAX) {
      this.#settle(now);
      return false;
    }
    this.#rounds++;
    this.#next = now + CHECK_INTERVAL_MS;
    return true;
  }

  nextTimeout(): number {
    return this.#next;
  }

  #settle(now: number): void {
    this.#next = Infinity;
    this.#restUntil = now + CHECK_PAUSE_MS;
  }
}
