/** The thread is not asked again within this time: callers ask for the figures of all links or connections one after the other. */
const AGE_MAX_MS = 10;

/** Keeps the figures of a thread for `AGE_MAX_MS`, as asking for new ones waits for the thread. */
export class RecentFigures<Figures> {
  readonly #now: () => number;
  readonly #ask: () => Figures | null;
  #figures: Figures;
  #askedAt = -Infinity;
  #waitedMs = 0;

  /**
   * @param ask null: the thread does not answer
   * @param none Figures until the thread has answered
   */
  constructor(now: () => number, ask: () => Figures | null, none: Figures) {
    this.#now = now;
    this.#ask = ask;
    this.#figures = none;
  }

  read(): Figures {
    const now = this.#now();
    if (now - this.#askedAt >= AGE_MAX_MS) {
      this.#figures = this.#ask() ?? this.#figures;
      this.#askedAt = this.#now();
      this.#waitedMs = this.#askedAt - now;
    }
    return this.#figures;
  }

  /** How long the thread took to answer when it was asked last. */
  get waitedMs(): number {
    return this.#waitedMs;
  }
}
