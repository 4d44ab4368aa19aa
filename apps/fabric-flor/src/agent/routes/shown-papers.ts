/** The node's own records, as coordinators are to have them. Pure. */
import {
  bodyOf,
  type Fact,
  type FactBook,
  type InstalledBody,
  type ProfileBody,
  writeEnvelope,
} from "@florenetes/facts";
import { ownPapers } from "../mail/papers-desk.ts";
import type { Moment } from "../moment.ts";
import { Profile } from "./profile.ts";
import type { Shown } from "./route-post.ts";
import { ToldRecord, type ToldSlot } from "./told-record.ts";

/** A node's words about itself. */
export interface ToldOfItself {
  readonly profile: ProfileBody;
  readonly installed: InstalledBody | undefined;
}

interface Announced extends Shown {
  /** Its body, as text. */
  readonly text: string;
}

export class ShownPapers {
  readonly #slot: ToldSlot;
  readonly #profile: Profile;
  readonly #installed: ToldRecord;
  #isInstalledTold = false;
  #announced: Announced | undefined;

  constructor(slot: ToldSlot) {
    this.#slot = slot;
    this.#profile = new Profile(slot);
    this.#installed = new ToldRecord(slot, "installed");
  }

  /**
   * @param told What the node says of itself in its profile, and of its software where it follows a channel
   * @param isKnown Whether all coordinators have a record
   */
  shown(book: FactBook, told: ToldOfItself, at: Moment, isKnown: (id: string) => boolean): Shown[] {
    const { wall } = at;
    const { profile, installed } = told;
    const own = [this.#profile.shown(profile, at, isKnown)];
    this.#isInstalledTold = installed !== undefined;
    if (installed !== undefined) own.push(this.#installed.shown(installed, JSON.stringify(installed), at, isKnown));
    const papers = ownPapers(book, this.#slot.node, wall).map((fact) => ({
      id: fact.id,
      octets: writeEnvelope(fact.envelope),
    }));
    const announce = book.inForce("announce", "cluster", this.#slot.node, wall);
    return [...papers, ...(announce === undefined ? [] : [this.#announcement(announce, isKnown)]), ...own];
  }

  /** When the node is to tell of itself anew, in monotonic milliseconds, whatever changes. */
  nextTimeout(): number {
    const installed = this.#isInstalledTold ? this.#installed.nextTimeout() : Number.POSITIVE_INFINITY;
    return Math.min(this.#profile.nextTimeout(), installed);
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
