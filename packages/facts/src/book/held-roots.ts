/** The root descriptors of a book: those that it has walked, and those that wait for their time. */
import { type Fact, readFact } from "../fact.ts";
import type { Judgement } from "../judge.ts";
import type { Reason } from "../reasons.ts";
import type { BookEvent } from "./book-events.ts";
import { mergeInto } from "./copies.ts";
import { HeldFact, ownCopy } from "./held-fact.ts";
import { RootChain } from "./roots.ts";
import type { Shelf } from "./shelf.ts";
import { type WaitingRoot, WaitingRoots } from "./waiting-roots.ts";

export class HeldRoots {
  readonly chain: RootChain;
  readonly #waiting: WaitingRoots;
  readonly #byId = new Map<string, HeldFact>();
  readonly #shelf: Shelf;
  readonly #events: BookEvent[];

  /**
   * @param root The pinned descriptor, which `trustRoot` has accepted
   * @param ran How long roots by recovery keys have waited before a restart, in milliseconds by their ids
   */
  constructor(root: Fact, ran: ReadonlyMap<string, number>, shelf: Shelf, events: BookEvent[]) {
    this.chain = new RootChain(root);
    this.#waiting = new WaitingRoots(ran);
    this.#shelf = shelf;
    this.#events = events;
  }

  /** Roots by recovery keys that are not in force yet. */
  get waiting(): readonly WaitingRoot[] {
    return this.#waiting.all;
  }

  /** Milliseconds for which the node has run with each root by recovery keys, by their ids, also when it was taken. */
  get ran(): ReadonlyMap<string, number> {
    return this.#waiting.ran;
  }

  /** A root behind the pinned one, which was taken or waits. */
  get(id: string): HeldFact | undefined {
    return this.#byId.get(id) ?? this.#waiting.get(id);
  }

  /** Puts a row of the node's own file back, as it was judged; returns the reason for which it goes. */
  restore(fact: Fact, octets: Uint8Array, judgement: Judgement): Reason | undefined {
    if (!judgement.isAccepted) return judgement.reason === "duplicate" ? undefined : judgement.reason;
    const held = new HeldFact(fact, octets);
    if (judgement.waits !== true || this.#waiting.isOver(held.id)) this.#push(held);
    else if (!this.#wait(held)) return "quota";
    return undefined;
  }

  /**
   * Takes a root descriptor as it was judged, or another copy of one that is held.
   *
   * @param judge Judges a copy that has more signatures
   */
  offer(octets: Uint8Array, judgement: Judgement, judge: (octets: Uint8Array) => Judgement): Judgement {
    const id = judgement.isAccepted ? judgement.fact.id : this.#idOf(octets);
    const held = id === undefined ? undefined : this.get(id);
    if (held === undefined) return judgement.isAccepted ? this.#take(octets, judgement) : judgement;
    // Rows of earlier versions stay where they are: they are read in their order after a restart.
    const isEarlier = held.epoch < this.chain.authority.version;
    if (isEarlier || !mergeInto({ fact: held, right: 0, wrong: 0 }, octets, this.chain.signersOf(held)))
      return { isAccepted: false, reason: "duplicate" };
    this.#putRow(held);
    if (this.#byId.has(held.id)) {
      for (const { fact } of this.#waiting.all) this.#putRow(fact);
      return { isAccepted: true, fact: held, equivocal: [] };
    }
    const again = judge(held.octets);
    if (!again.isAccepted) return again;
    return again.waits === true ? { ...again, fact: held } : this.#next(held);
  }

  /** Counts time for which the node has run: true where that has brought the next version. */
  handleRan(ms: number): boolean {
    const fact = this.#waiting.handleRan(ms);
    return fact !== undefined && this.#next(fact).isAccepted;
  }

  #take(octets: Uint8Array, judgement: Extract<Judgement, { isAccepted: true }>): Judgement {
    const fact = new HeldFact(judgement.fact, ownCopy(octets));
    if (judgement.waits !== true) return this.#next(fact);
    if (!this.#wait(fact)) return { isAccepted: false, reason: "quota" };
    this.#putRow(fact);
    return { ...judgement, fact };
  }

  #wait(fact: HeldFact): boolean {
    const others = this.#waiting.all.map(({ fact: { id } }) => id);
    if (!this.#waiting.add(fact)) return false;
    const { leftMs } = this.#waiting.all.at(-1)!;
    this.#events.push({ kind: "root-waits", fact, leftMs });
    if (others.length > 0) this.#events.push({ kind: "equivocation", fact, others });
    return true;
  }

  #next(fact: HeldFact): Judgement {
    if (this.chain.isFull) return { isAccepted: false, reason: "full" };
    this.#push(fact);
    this.#putRow(fact);
    this.#events.push({ kind: "root", fact });
    return { isAccepted: true, fact, equivocal: [] };
  }

  #push(fact: HeldFact): void {
    for (const gone of this.#waiting.end(fact.id)) {
      this.#shelf.dropRow(gone.id);
      this.#events.push({ kind: "root-waits-no-more", fact: gone });
    }
    this.chain.push(fact);
    this.#byId.set(fact.id, fact);
    this.#shelf.room.records++;
    this.#shelf.room.octets += fact.octets.length;
  }

  #putRow({ id, octets }: HeldFact): void {
    this.#shelf.putRow({ id, section: "entry", octets });
  }

  /** The id of octets that may be a copy of a root that is held. */
  #idOf(octets: Uint8Array): string | undefined {
    const fact = readFact(octets, this.chain.authority.cluster);
    return typeof fact === "string" || fact.kind !== "root" ? undefined : fact.id;
  }
}
