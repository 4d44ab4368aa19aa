import { LinkCounters, LINK_NONE, slotOf } from "@florenetes/forwarding";
import { LabelGuesses } from "./label-guesses.ts";

/** Counters and guesses of all links as in-links, in the links' slots. */
export class InLinks {
  readonly counters: LinkCounters = new LinkCounters(0);
  readonly guesses: LabelGuesses;
  /** By slot, the link that has it, or had it last; -1: none. */
  readonly slots: number[] = [];

  /** @param seed 32 random bits. */
  constructor(seed: number) {
    this.guesses = new LabelGuesses(seed);
  }

  has(link: number): boolean {
    return this.slots[slotOf(link)] === link;
  }

  /**
   * Gives new links counters that begin at 0.
   *
   * @param gone Gets the drops of the links that had these slots before, by cause.
   */
  begin(links: Iterable<number>, gone: Float64Array): void {
    const begun = [...links].filter((link) => !this.has(link));
    const count = begun.reduce((most, link) => Math.max(most, 1 + slotOf(link)), this.slots.length);
    while (this.slots.length < count) this.slots.push(LINK_NONE);
    this.counters.grow(count);
    this.guesses.grow(count);
    for (const link of begun) {
      const slot = slotOf(link);
      if (this.slots[slot] !== LINK_NONE) {
        for (const [cause, drops] of this.counters.reset(slot).entries()) gone[cause]! += drops;
        this.guesses.reset(slot);
      }
      this.slots[slot] = link;
    }
  }
}
