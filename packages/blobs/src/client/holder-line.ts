/** The holders that are asked for one shard, one after the other as far as it takes. Pure. */

export class HolderLine {
  readonly #order: readonly string[];
  readonly #wanted: number;
  readonly #enough: number;
  #next = 0;
  #active = 0;
  #good = 0;
  /** How many more than are wanted may be under way, as some keep us waiting. */
  #spare = 0;

  /**
   * @param order all holders that may be asked, the first in front
   * @param wanted so many are to do it, if there are so many that can
   * @param enough so many have to do it
   */
  constructor(order: readonly string[], wanted: number, enough: number) {
    this.#order = order;
    this.#wanted = wanted;
    this.#enough = enough;
  }

  /** The holder that is asked now, beside those that are under way; undefined: none is. */
  pollAsk(): string | undefined {
    if (this.#good >= this.#wanted || this.#good + this.#active >= this.#wanted + this.#spare) return undefined;
    const node = this.#order[this.#next];
    if (node === undefined) return undefined;
    this.#next++;
    this.#active++;
    return node;
  }

  /** A holder has done it. */
  handleGood(): void {
    this.#active--;
    this.#good++;
  }

  /** A holder has not done it: it has failed. */
  handleBad(): void {
    this.#active--;
  }

  /** Holders that are under way keep us waiting: one more is asked. */
  handleWait(): void {
    this.#spare++;
  }

  get good(): number {
    return this.#good;
  }

  get isEnough(): boolean {
    return this.#good >= this.#enough;
  }

  /** Nothing is to come any more: all have done it that are wanted, or there is nobody left. */
  get isOver(): boolean {
    return this.#good >= this.#wanted || (this.#active === 0 && this.#next >= this.#order.length);
  }
}
