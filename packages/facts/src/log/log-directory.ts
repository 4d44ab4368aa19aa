/** The records that a log has, as far as they count: what a node holds and the log lacks, and what the directory was at one of the entries. */
import type { FactBook } from "../book/fact-book.ts";
import { isPublicRole, sectionOf } from "../book/sections.ts";
import { forgottenAt } from "../book/slot.ts";
import { isByQuorum } from "../book/standing.ts";
import type { Fact } from "../fact.ts";
import { readRoleSubject } from "../kinds.ts";
import { compareFacts, floorOf, inForce, newestOf, slotOf } from "../slots.ts";
import { DIRECTORY_SLOT_KEPT, DIRECTORY_SWEEP_MIN } from "./limits.ts";
import { digestOfSection, type SectionDigest } from "./section-digest.ts";

/** A book that holds all roots, and few records of each slot. */
type Holding = Pick<FactBook, "has">;

interface Entered {
  readonly fact: Fact;
  readonly index: number;
}

/** Whether a record belongs into the log: those of quorums, and leaders. */
export function isLogged(fact: Pick<Fact, "authority" | "kind">): boolean {
  return isByQuorum(fact) || fact.kind === "leader";
}

/** The directory of some records that are in force: each record that is in no other section is one of the papers, whoever offers it. */
export function directoryOf(facts: readonly Fact[]): SectionDigest[] {
  const known = new Set(facts.filter((fact) => fact.kind === "role" && isPublicRole(fact)).map(nodeOfRole));
  // No node has this name.
  const view = { node: "", isPublic: (node: string) => known.has(node) };
  const sections = new Map<string, string[]>();
  for (const fact of facts) {
    const placed = sectionOf(fact, view);
    const section = placed === "kept" ? "papers" : placed;
    sections.set(section, [...(sections.get(section) ?? []), fact.id]);
  }
  return [...sections].map(([section, ids]) => digestOfSection(section, ids));
}

export class LogDirectory {
  readonly #slots = new Map<string, Entered[]>();
  readonly #ids = new Set<string>();
  /** Ids of records that have left their slots here, and that the book held then: the log has them all the same. */
  readonly #loose = new Set<string>();
  #sweepAt = DIRECTORY_SWEEP_MIN;

  /** How many records are remembered. */
  get size(): number {
    return this.#ids.size;
  }

  /** Takes the record of an entry, which the node holds, and whose copy there is whole (`isWholeCopy`). An entry may come more than once. */
  handleEntry(fact: Fact, index: number, now: number, book: Holding): void {
    if (this.#ids.has(fact.id) || !isLogged(fact)) return;
    const name = slotOf(fact);
    const slot = [...(this.#slots.get(name) ?? []), { fact, index }];
    this.#ids.add(fact.id);
    this.#slots.set(name, this.#trim(slot, book));
    if (this.#ids.size >= this.#sweepAt) this.#sweep(now, book);
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /**
   * The directory at an entry and a time: records up to that entry, which were in force then and whose keys count today. An entry is known for as long as
   * few records have followed in each slot.
   */
  at(index: number, time: number, book: FactBook): readonly SectionDigest[] {
    const facts: Fact[] = [];
    for (const [name, slot] of this.#slots) {
      const held = book.in(name);
      const until = slot.filter((each) => each.index <= index).map(({ fact }) => fact);
      // Renewals by programs may have a higher epoch than the record of people that has taken their place.
      const fact = inForce(
        until.filter((each) => doesCount(each, held)),
        time,
      );
      if (fact !== undefined) facts.push(fact);
    }
    return directoryOf(facts);
  }

  /** Keeps the newest records of a slot, and its floor. */
  #trim(slot: readonly Entered[], book: Holding): Entered[] {
    const inOrder = slot.toSorted((a, b) => compareFacts(b.fact, a.fact));
    const floor = floorOf(slot.map(({ fact }) => fact));
    const kept = inOrder.filter(
      ({ fact }, at) => at < DIRECTORY_SLOT_KEPT || (fact.void === true && fact.epoch === floor),
    );
    for (const { fact } of inOrder.filter((each) => !kept.includes(each))) {
      if (book.has(fact.id)) this.#loose.add(fact.id);
      else this.#ids.delete(fact.id);
    }
    return kept;
  }

  /** Lets go of what a book keeps no more, either. */
  #sweep(now: number, book: Holding): void {
    for (const id of this.#loose) {
      if (book.has(id)) continue;
      this.#loose.delete(id);
      this.#ids.delete(id);
    }
    for (const [name, slot] of this.#slots) {
      const kept = slot.filter(({ fact }) => fact.kind === "root" || now < forgottenAt(fact));
      for (const each of slot) if (!kept.includes(each)) this.#ids.delete(each.fact.id);
      if (kept.length === 0) this.#slots.delete(name);
      else this.#slots.set(name, kept);
    }
    this.#sweepAt = Math.max(DIRECTORY_SWEEP_MIN, 2 * this.#ids.size);
  }
}

/** Whether a record counts by the keys of today; one that a newer record has replaced did until then. */
function doesCount(fact: Fact, held: readonly Fact[]): boolean {
  if (fact.kind === "root") return true;
  const newest = newestOf(held);
  return held.some(({ id }) => id === fact.id) || (newest !== undefined && compareFacts(newest, fact) > 0);
}

function nodeOfRole({ subject }: Fact): string {
  return readRoleSubject(subject)?.node ?? "";
}
