/** Figures are asked for one after the other for all links or connections: within this time the thread is not asked again. */
const AGE_MAX_MS = 10;

/** Figures of now, or of a moment ago: to ask for them waits for the thread. */
export class RecentFigures<Figures> {
  readonly #now: () => number;
  readonly #ask: () => Figures | null;
  #figures: Figures;
  #askedAt = -Infinity;
  #waitedMs = 0;

  /**
   * @param ask null: the thread does not answer
   * @param none Figures until it does
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
