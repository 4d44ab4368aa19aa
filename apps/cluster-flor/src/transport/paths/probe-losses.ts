/** Small probes whose fate is remembered, one bit each. */
const memory = 16;
const mask = (1 << memory) - 1;
const strikesMin = 3;
const strikesMax = 12;

/** How many small probes were lost of late, and what follows from it for the large ones. */
export class ProbeLosses {
  #bits = 0;

  /** A probe was answered, after so many in a row that were not. */
  handleAnswered(lostBefore: number): void {
    for (let i = 0; i < Math.min(lostBefore, memory); i++) this.#bits = ((this.#bits << 1) | 1) & mask;
    this.#bits = (this.#bits << 1) & mask;
  }

  /** A size is given up after so many probes without an answer whose small companions were answered: three, and one more for each
   *  small one that was lost. */
  get strikesNeeded(): number {
    let lost = 0;
    for (let bits = this.#bits; bits !== 0; bits &= bits - 1) lost++;
    return Math.min(strikesMin + lost, strikesMax);
  }
}
