import { RateLimit } from "@florenetes/timing";
import { ANSWERS_BURST, ANSWERS_PER_SECOND, MISSES_BURST, MISSES_PER_SECOND } from "./limits.ts";

/** How much may be told over one link. */
export class AnswerBudget {
  readonly #answers: RateLimit;
  #misses = MISSES_BURST;
  #at: number;

  constructor(now: number) {
    this.#answers = new RateLimit(ANSWERS_BURST, ANSWERS_PER_SECOND, now);
    this.#at = now;
  }

  /** False: there were too many questions. */
  takeAnswer(now: number): boolean {
    return this.#answers.take(now);
  }

  /** Whether labels are explained at present: otherwise a right one would differ from a wrong one, which is not told. */
  hasMisses(now: number): boolean {
    this.#misses = Math.min(MISSES_BURST, this.#misses + ((now - this.#at) / 1_000) * MISSES_PER_SECOND);
    this.#at = now;
    return this.#misses >= 1;
  }

  /** The label that was asked for leads nowhere. False: it may not be told. */
  takeMiss(now: number): boolean {
    if (!this.hasMisses(now)) return false;
    this.#misses--;
    return true;
  }
}
