/** The node's own records, as coordinators are to have them. Pure. */
import { bodyOf, type Fact, type FactBook, writeEnvelope } from "@florenetes/facts";
import { ownPapers } from "../mail/papers-desk.ts";
import type { Shown } from "./route-post.ts";

interface Announced extends Shown {
  /** Its body, as text. */
  readonly text: string;
}

export class ShownPapers {
  #announced: Announced | undefined;

  /** @param isKnown Whether all coordinators have a record */
  shown(book: FactBook, node: string, wall: number, isKnown: (id: string) => boolean): Shown[] {
    const papers = ownPapers(book, node, wall).map((fact) => ({ id: fact.id, octets: writeEnvelope(fact.envelope) }));
    const announce = book.inForce("announce", "cluster", node, wall);
    return announce === undefined ? papers : [...papers, this.#announcement(announce, isKnown)];
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
