/** The number of small probes whose fate is remembered, one bit each. */
const MEMORY = 16;
const MASK = (1 << MEMORY) - 1;
const STRIKES_MIN = 3;
const STRIKES_MAX = 12;

/** The recent losses of small probes, and the number of lost large probes that they require. */
export class ProbeLosses {
  #bits = 0;

  /** A small probe was answered, after so many lost ones in a row. */
  handleAnswered(lostBefore: number): void {
    for (let i = 0; i < Math.min(lostBefore, MEMORY); i++) this.#bits = ((this.#bits << 1) | 1) & MASK;
    this.#bits = (this.#bits << 1) & MASK;
  }

  /**
   * The number of lost probes after which a size is given up, although the small probes of their rounds were answered:
   * three, and one more for each small probe that was lost lately.
   */
  get strikesNeeded(): number {
    let lost = 0;
    for (let bits = this.#bits; bits !== 0; bits &= bits - 1) lost++;
    return Math.min(STRIKES_MIN + lost, STRIKES_MAX);
  }
}
