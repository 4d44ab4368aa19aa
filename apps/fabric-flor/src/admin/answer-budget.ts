/**
 * How much of the process's time goes to whoever asks at the shared socket: a burst, and a share in the long run. An answer is begun while there is
 * any left, and what it has taken is owed afterwards: so one that is dear keeps the next ones waiting, and the agent's own work goes on. Pure.
 */
export class AnswerBudget {
  /** Milliseconds of work that may be done at present; below zero: owed. */
  #leftMs: number = BURST_MS;
  #at: number;

  /** @param now Monotonic milliseconds, as everywhere here */
  constructor(now: number) {
    this.#at = now;
  }

  /** For how long nothing is answered, in milliseconds; 0: an answer may begin. */
  waitMs(now: number): number {
    this.#leftMs = Math.min(BURST_MS, this.#leftMs + (now - this.#at) * SHARE);
    this.#at = now;
    return this.#leftMs > 0 ? 0 : Math.ceil((1 - this.#leftMs) / SHARE);
  }

  /** An answer has taken so long. */
  handleSpent(ms: number): void {
    this.#leftMs -= ms;
  }
}

/** Work that is done at once: some hundred records, or questions. */
const BURST_MS = 500;
/** The share of the process's time that goes on for as long as somebody asks. */
const SHARE = 0.1;
