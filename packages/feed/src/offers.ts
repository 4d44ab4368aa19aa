import { FeedCode, Violation } from "./codes.ts";
import { HAVES_OPEN_MAX } from "./limits.ts";
import type { Cursor, Have } from "./messages.ts";

/** An offer that is not settled: some of its ids were not asked for, or not answered, or an earlier offer of the section is not settled. */
interface Offer {
  readonly section: Section;
  /** The row up to which it goes; of later offers that were settled meanwhile, too. */
  sequence: number;
  readonly ids: readonly string[];
  /** Ids that are not answered; undefined: the WANT has not been sent. */
  left: number | undefined;
  /** Whether one of its records has to be offered again. */
  isHeld: boolean;
}

interface Section {
  readonly name: string;
  /** The row up to which it was offered. */
  offered: number;
  /** In the order in which they came. */
  readonly offers: Offer[];
  /** Whether the cursor stays where it is, for as long as the stream lasts. */
  isHeld: boolean;
}

/** An id that was wanted and is not answered. */
export interface Wanted {
  readonly id: string;
  readonly offer: Offer;
}

/** A reader's view of what a source has offered, and which cursors follow from what was answered. Pure. */
export class Offers {
  readonly #sections: ReadonlyMap<string, Section>;
  /** Offers without a WANT, the oldest first. */
  readonly #unasked: Offer[] = [];
  /** Wanted ids in the order in which they are answered. */
  readonly #wanted: Wanted[] = [];

  /** @param begins Where the source begins in each section. */
  constructor(begins: readonly Cursor[]) {
    this.#sections = new Map(
      begins.map(({ section, sequence }) => [section, { name: section, offered: sequence, offers: [], isHeld: false }]),
    );
  }

  /** Whether an answer is owed. */
  get isWaiting(): boolean {
    return this.#wanted.length > 0;
  }

  /** Whether a section's cursor stays where it is, as a record came too early. */
  get isHeld(): boolean {
    for (const { isHeld, offers } of this.#sections.values()) {
      if (isHeld || offers.some((offer) => offer.isHeld)) return true;
    }
    return false;
  }

  handleHave({ section: name, sequence, ids }: Have): void {
    const section = this.#sections.get(name);
    if (section === undefined) throw new Violation(FeedCode.malformed, `HAVE is of ${name}, which HELLO does not name`);
    if (sequence <= section.offered) {
      throw new Violation(FeedCode.malformed, `HAVE goes to row ${sequence}, and the one before to ${section.offered}`);
    }
    if (this.#openCount() >= HAVES_OPEN_MAX) {
      throw new Violation(FeedCode.malformed, `HAVE comes while ${HAVES_OPEN_MAX} others are not answered`);
    }
    section.offered = sequence;
    const offer = { section, sequence, ids, left: undefined, isHeld: false };
    section.offers.push(offer);
    this.#unasked.push(offer);
  }

  /** The ids of the oldest offer without a WANT, as far as they are not there; undefined: there is no such offer. */
  takeWant(has: (id: string) => boolean): { readonly ids: string[]; readonly cursor: Cursor | undefined } | undefined {
    const offer = this.#unasked.shift();
    if (offer === undefined) return undefined;
    const ids = [...new Set(offer.ids)].filter((id) => !has(id));
    offer.left = ids.length;
    for (const id of ids) this.#wanted.push({ id, offer });
    return { ids, cursor: this.#settle(offer) };
  }

  /** The ids that a RECORDS answers, which are not owed any more. */
  takeAnswered(count: number): Wanted[] {
    if (count > this.#wanted.length) {
      throw new Violation(FeedCode.malformed, `RECORDS answers ${count} ids, and ${this.#wanted.length} are wanted`);
    }
    return this.#wanted.splice(0, count);
  }

  /** Says that ids are done with, whether they were delivered or not. Returns the cursors that move by it. */
  handleDone(answered: readonly Wanted[]): Cursor[] {
    const cursors: Cursor[] = [];
    for (const { offer } of answered) {
      offer.left!--;
      const cursor = this.#settle(offer);
      if (cursor !== undefined) cursors.push(cursor);
    }
    return cursors;
  }

  #openCount(): number {
    let count = 0;
    for (const { offers } of this.#sections.values()) count += offers.length;
    return count;
  }

  /** Forgets an offer of which nothing is left. Returns the cursor that moves by it. */
  #settle(offer: Offer): Cursor | undefined {
    if (offer.left !== 0) return undefined;
    const { section } = offer;
    const at = section.offers.indexOf(offer);
    section.offers.splice(at, 1);
    const before = section.offers[at - 1];
    if (before !== undefined) {
      // Nothing of this offer was wanted, as answers come in order: the cursor waits for the offer before, and then moves past both.
      before.sequence = offer.sequence;
      return undefined;
    }
    section.isHeld ||= offer.isHeld;
    return section.isHeld ? undefined : { section: section.name, sequence: offer.sequence };
  }
}
