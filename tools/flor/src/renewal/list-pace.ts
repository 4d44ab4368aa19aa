/** When a node that follows an issuer's lists asks again, and when it has gone without an answer for too long. Pure; times are monotonic milliseconds. */

/** An issuer that answers sooner holds no questions: it is of an earlier version, or holds as many as it can. */
const HELD_MS_MIN = 10_000;
/** The pause where the issuer answers at once, or refuses: it tells a principal lists once a minute. */
const PAUSE_MS = 60_000;
/** The first pause after a question in vain, and the longest: lists are in force within ten seconds of the issuer's return. */
const RETRY_MS = 500;
const RETRY_MS_MAX = 4_000;
/** The pause between two warnings. */
const WARNING_MS = 86_400_000;

export class ListPace {
  readonly #staleAfterMs: number;
  /** When the issuer answered last. */
  #heardAt: number;
  #warnsAt: number;
  #askedAt = Number.NEGATIVE_INFINITY;
  #failures = 0;

  /** When the next question is due. */
  nextAt: number;

  constructor(staleAfterMs: number, now: number) {
    this.#staleAfterMs = staleAfterMs;
    this.#heardAt = now;
    this.#warnsAt = now + staleAfterMs;
    this.nextAt = now;
  }

  handleAsked(now: number): void {
    this.#askedAt = now;
  }

  /**
   * The issuer has answered.
   *
   * @param isNew It has told other lists than before
   * @returns Whether a warning is over
   */
  handleAnswer(isNew: boolean, now: number): boolean {
    const wasStale = this.isStale(now);
    this.#failures = 0;
    this.#heardAt = now;
    this.#warnsAt = now + this.#staleAfterMs;
    const isHeld = now - this.#askedAt >= HELD_MS_MIN;
    this.nextAt = isNew || isHeld ? now : this.#askedAt + PAUSE_MS;
    return wasStale;
  }

  /** The issuer was not reached. @param random From 0 up to 1 */
  handleUnreachable(random: number, now: number): void {
    const pause = Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** Math.min(this.#failures++, 8));
    this.nextAt = now + pause * (0.5 + random);
  }

  /** The issuer refuses, or what it has told was not taken. */
  handleRefused(now: number): void {
    this.nextAt = now + PAUSE_MS;
  }

  isStale(now: number): boolean {
    return now >= this.#heardAt + this.#staleAfterMs;
  }

  /** For how long there was no answer, in milliseconds, where a warning is due; it is due again a day later. */
  pollWarning(now: number): number | undefined {
    if (now < this.#warnsAt) return undefined;
    this.#warnsAt = now + WARNING_MS;
    return now - this.#heardAt;
  }

  /** When `pollWarning` is due. */
  get warnsAt(): number {
    return this.#warnsAt;
  }
}
