/**
 * The records in force, by kinds and slots. The book's events keep it, and the ends of the records themselves: whoever asks for all of them, or whether they are still the same, has nobody look
 * at each of them again. Nothing is kept of a kind until somebody asks for it. Pure; times are milliseconds since 1970.
 */
import { type BookEvent, type Fact, type FactBook, type Kind, KINDS, slotOf } from "@florenetes/facts";
import { digestOfSection } from "@florenetes/facts/log";
import { SLOTS_CHANGED_MAX } from "../limits.ts";

/** The records of a kind that are in force, summed up. */
export interface KindDigest {
  readonly count: number;
  /** Equal where the set of the records' ids is: SHA-256 in hex, made as that of a section. */
  readonly hash: string;
  readonly scopes: ReadonlySet<string>;
}

/** Kinds that a book may have records of, in the order of their names. */
export const INDEXED_KINDS: readonly Kind[] = (Object.keys(KINDS) as Kind[])
  .filter((kind) => KINDS[kind].isDelivered !== true)
  .toSorted();

/** Kinds whose records decide which others count: all slots are looked at again. */
const GROUND_KINDS: ReadonlySet<string> = new Set(["policy", "root"] satisfies Kind[]);

export class RecordIndex {
  readonly #book: () => FactBook | undefined;
  readonly #kinds: ReadonlyMap<string, KindIndex> = new Map(INDEXED_KINDS.map((kind) => [kind, new KindIndex(kind)]));

  /** @param book Undefined while there is no root */
  constructor(book: () => FactBook | undefined) {
    this.#book = book;
  }

  /** Takes an event of the book. */
  handleEvent(event: BookEvent): void {
    if (event.kind === "row-refused") return;
    const { fact } = event;
    if (GROUND_KINDS.has(fact.kind)) for (const each of this.#kinds.values()) each.forget();
    else this.#kinds.get(fact.kind)?.handleChanged(slotOf(fact));
  }

  /** The records of a kind that are in force, by the names of their slots, in no order: good until the next call. */
  records(kind: Kind, now: number): ReadonlyMap<string, Fact> {
    const book = this.#book();
    return (book === undefined ? undefined : this.#kinds.get(kind)?.records(book, now)) ?? NO_RECORDS;
  }

  /** Made once for each change of the kind's records in force. */
  digest(kind: Kind, now: number): KindDigest {
    const book = this.#book();
    return (book === undefined ? undefined : this.#kinds.get(kind)?.digest(book, now)) ?? digestOf(kind, NO_RECORDS);
  }
}

const NO_RECORDS: ReadonlyMap<string, Fact> = new Map();

class KindIndex {
  readonly #kind: Kind;
  /** Undefined: every slot is to be looked at. */
  #facts: Map<string, Fact> | undefined;
  /** Slots that are to be looked at. */
  readonly #changed = new Set<string>();
  /** When this was looked at last, and when the next record, or the root, ends. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  #until = Number.POSITIVE_INFINITY;
  #rootEnds = Number.POSITIVE_INFINITY;
  #digest: KindDigest | undefined;

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  forget(): void {
    this.#facts = undefined;
    this.#digest = undefined;
    this.#changed.clear();
  }

  handleChanged(slot: string): void {
    if (this.#facts === undefined) return;
    this.#changed.add(slot);
    if (this.#changed.size > SLOTS_CHANGED_MAX) this.forget();
  }

  records(book: FactBook, now: number): ReadonlyMap<string, Fact> {
    // A clock that was put back may bring back what has ended.
    if (now < this.#lookedAt || (this.#lookedAt < this.#rootEnds && now >= this.#rootEnds)) this.forget();
    this.#lookedAt = now;
    this.#rootEnds = book.authority.root.expires;
    this.#facts ??= this.#all(book, now);
    const due = [...this.#changed];
    this.#changed.clear();
    if (now >= this.#until) for (const [slot, { expires }] of this.#facts) if (now >= expires) due.push(slot);
    for (const slot of due) this.#look(this.#facts, book, slot, now);
    if (now >= this.#until) this.#until = firstEnd(this.#facts);
    return this.#facts;
  }

  digest(book: FactBook, now: number): KindDigest {
    const facts = this.records(book, now);
    return (this.#digest ??= digestOf(this.#kind, facts));
  }

  #all(book: FactBook, now: number): Map<string, Fact> {
    const all = this.#kind === "root" ? [book.authority.root] : book.all(this.#kind, now);
    const facts = new Map<string, Fact>();
    for (const fact of all) facts.set(slotOf(fact), fact);
    this.#until = this.#kind === "root" ? Number.POSITIVE_INFINITY : firstEnd(facts);
    return facts;
  }

  #look(facts: Map<string, Fact>, book: FactBook, slot: string, now: number): void {
    const [, scope, subject] = slot.split(" ");
    const fact = book.inForce(this.#kind, scope!, subject!, now);
    if (fact?.id !== facts.get(slot)?.id) this.#digest = undefined;
    if (fact === undefined) facts.delete(slot);
    else facts.set(slot, fact);
    this.#until = Math.min(this.#until, fact?.expires ?? Number.POSITIVE_INFINITY);
  }
}

function firstEnd(facts: ReadonlyMap<string, Fact>): number {
  let first = Number.POSITIVE_INFINITY;
  for (const { expires } of facts.values()) if (expires < first) first = expires;
  return first;
}

function digestOf(kind: Kind, facts: ReadonlyMap<string, Fact>): KindDigest {
  const ids: string[] = [];
  const scopes = new Set<string>();
  for (const { id, scope } of facts.values()) {
    ids.push(id);
    scopes.add(scope);
  }
  const { count, hash } = digestOfSection(kind, ids);
  return { count, hash, scopes };
}
