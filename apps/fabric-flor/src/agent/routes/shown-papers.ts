/** The node's own records, as coordinators are to have them. Pure. */
import { bodyOf, type Fact, type FactBook, type ProfileBody, writeEnvelope } from "@florenetes/facts";
import { ownPapers } from "../mail/papers-desk.ts";
import type { Moment } from "../moment.ts";
import { Profile, type ProfileSlot } from "./profile.ts";
import type { Shown } from "./route-post.ts";

interface Announced extends Shown {
  /** Its body, as text. */
  readonly text: string;
}

export class ShownPapers {
  readonly #slot: ProfileSlot;
  readonly #profile: Profile;
  #announced: Announced | undefined;

  constructor(slot: ProfileSlot) {
    this.#slot = slot;
    this.#profile = new Profile(slot);
  }

  /**
   * @param told What the node says of itself in its profile
   * @param isKnown Whether all coordinators have a record
   */
  shown(book: FactBook, told: ProfileBody, at: Moment, isKnown: (id: string) => boolean): Shown[] {
    const { wall } = at;
    const profile = this.#profile.shown(told, at, isKnown);
    const papers = ownPapers(book, this.#slot.node, wall).map((fact) => ({
      id: fact.id,
      octets: writeEnvelope(fact.envelope),
    }));
    const announce = book.inForce("announce", "cluster", this.#slot.node, wall);
    return [...papers, ...(announce === undefined ? [] : [this.#announcement(announce, isKnown)]), profile];
  }

  /** When the profile is to be told anew, in monotonic milliseconds, whatever changes. */
  nextTimeout(): number {
    return this.#profile.nextTimeout();
  }

  /** An announcement that is renewed, and says the same, goes with the next letter: the one before it lives for minutes. */
  #announcement(fact: Fact, isKnown: (id: string) => boolean): Announced {
    const { id, envelope } = fact;
    const before = this.#announced;
    if (before?.id === id) return before;
    const text = JSON.stringify(bodyOf(fact, "announce"));
    const wasTold = before !== undefined && (before.isPatient === true || isKnown(before.id));
    this.#announced = { id, octets: writeEnvelope(envelope), text, isPatient: wasTold && before.text === text };
    return this.#announced;
  }
}
