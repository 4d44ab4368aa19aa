/** Small probes whose fate is remembered, one bit each. */
const MEMORY = 16;
const MASK = (1 << MEMORY) - 1;
const STRIKES_MIN = 3;
const STRIKES_MAX = 12;

/** How many small probes were lost of late, and what follows from it for the large ones. */
export class ProbeLosses {
  #bits = 0;

  /** A probe was answered, after so many in a row that were not. */
  handleAnswered(lostBefore: number): void {
    for (let i = 0; i < Math.min(lostBefore, MEMORY); i++) this.#bits = ((this.#bits << 1) | 1) & MASK;
    this.#bits = (this.#bits << 1) & MASK;
  }

  /** A size is given up after so many probes without an answer whose small companions were answered: three, and one more for each
   *  small one that was lost. */
  get strikesNeeded(): number {
    let lost = 0;
    for (let bits = this.#bits; bits !== 0; bits &= bits - 1) lost++;
    return Math.min(STRIKES_MIN + lost, STRIKES_MAX);
  }
}
