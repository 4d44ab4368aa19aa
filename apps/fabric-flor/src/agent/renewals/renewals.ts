/**
 * The written rule `renew`: a program's key signs again what people have signed, unchanged, once half of its life has passed. Programs gather their signatures on the
 * board of the log's store. Pure: its owner tells it what happens, and does what `pollOrder` says.
 */
import {
  type BookEvent,
  type Fact,
  type FactBook,
  readEnvelope,
  recordIdOf,
  type Renewal,
  renewalOf,
  slotOf,
  writeEnvelope,
} from "@florenetes/facts";
import { POST_PARTS_MAX, readPost, renewalsPlaceOf } from "@florenetes/facts/log";
import { LOOK_MS, PART_MS, RETRY_MS, SLOTS_A_LOOK } from "../limits.ts";
import type { Moment } from "../moment.ts";
import { Meeting } from "../programs/meeting.ts";
import type { ProgramOrder } from "../programs/program-orders.ts";
import { addSignature, pollWhole, signedBy, type Work, workOf } from "../programs/work.ts";

export class Renewals {
  /** Why the key has not signed the last time, as a stable code; undefined: it has. */
  fault: string | undefined;
  /** How many renewals were signed here. */
  signed = 0;
  readonly #meeting: Meeting;
  readonly #orders: ProgramOrder[] = [];
  /** Slots that are to be looked at. */
  readonly #changed = new Set<string>();
  #isAllNew = true;
  readonly #renewals = new Map<string, Renewal>();
  #nextDue: number = Number.POSITIVE_INFINITY;
  /** The renewals that are due and end first, by their ids. */
  #work: ReadonlyMap<string, Work> = new Map();
  #nextLook: number = Number.NEGATIVE_INFINITY;
  #signsAgainAt: number = Number.NEGATIVE_INFINITY;

  /** @param keyId The id of the key that has the rule; undefined: there is none. */
  constructor(keyId: string | undefined) {
    this.#meeting = new Meeting(keyId, renewalsPlaceOf);
  }

  get hasRule(): boolean {
    return this.#meeting.keyId !== undefined;
  }

  /** Whether the root lists the key as a program's. */
  get isListed(): boolean {
    return this.#meeting.isListed;
  }

  /** How many renewals are due and wait for signatures, and how many of them are of records of whose life three quarters have passed. */
  waiting(wall: number): { readonly due: number; readonly late: number } {
    const due = this.isListed ? [...this.#renewals.values()].filter(({ due }) => due <= wall) : [];
    return { due: due.length, late: due.filter(({ late }) => late <= wall).length };
  }

  /** Takes what has changed in the book. */
  handleEvent(event: BookEvent): void {
    if (!this.hasRule || event.kind === "row-refused") return;
    if (event.fact.kind === "root") this.#isAllNew = true;
    else if (isRenewable(event.fact)) this.#changed.add(slotOf(event.fact));
  }

  /** Looks what is due. @param hasBoard Whether this node keeps the log in a store, which has a board */
  advance(book: FactBook | undefined, hasBoard: boolean, at: Moment): void {
    // Records that a start has put back are verified first, a little in each turn.
    if (!this.hasRule || book === undefined || book.nextTimeout() === 0) return;
    this.#meeting.follow(book, at.wall);
    if (!this.isListed) return;
    this.#follow(book, at.wall);
    if (at.wall < this.#nextDue || at.now < this.#nextLook) return;
    this.#nextLook = at.now + LOOK_MS;
    this.#choose(book, at.wall);
    const unsigned = [...this.#work.values()].filter(({ signed }) => !signed.has(this.#meeting.keyId!));
    if (unsigned.length > 0 && at.now >= this.#signsAgainAt) {
      this.#signsAgainAt = Number.POSITIVE_INFINITY;
      this.#orders.push({
        kind: "sign",
        records: unsigned.map(({ payload }) => writeEnvelope({ payload, signatures: [] })),
      });
    }
    if (!hasBoard || this.#work.size === 0 || this.#meeting.threshold <= 1) return;
    const own = [...this.#work.values()].map((work) => signedBy(this.#meeting.keyId!, work));
    this.#orders.push(...this.#meeting.orders(own.filter((octets) => octets !== undefined)));
  }

  /** When `advance` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout({ now, wall }: Moment): number {
    if (!this.isListed) return Number.POSITIVE_INFINITY;
    if (this.#changed.size > 0) return now;
    return Math.max(this.#nextLook, now + Math.max(0, this.#nextDue - wall));
  }

  pollOrder(): ProgramOrder | undefined {
    return this.#orders.shift();
  }

  /**
   * Takes records that the program's key has signed, and the code of what kept it from signing the others. Returns the records that a quorum has signed, which are to be offered
   * to the book.
   */
  handleSigned(records: readonly Uint8Array[], fault: string | undefined, { now }: Moment): readonly Uint8Array[] {
    this.fault = fault;
    this.#signsAgainAt = fault === undefined ? now : now + RETRY_MS;
    this.#nextLook = Number.NEGATIVE_INFINITY;
    for (const octets of records) if (this.#addSignature(octets, this.#meeting.keyId!)) this.signed++;
    return this.#pollWhole();
  }

  /** The last post did not come to the board: it is posted again. */
  handleNotPosted(): void {
    this.#meeting.handleNotPosted();
  }

  /** Takes posts by their places. Returns the records that a quorum has signed, which are to be offered to the book. */
  handlePosts(posts: ReadonlyMap<string, Uint8Array>): readonly Uint8Array[] {
    for (const [keyId, octets] of this.#meeting.read(posts))
      for (const record of readPost(octets)) this.#addSignature(record, keyId);
    return this.#pollWhole();
  }

  // ── Within ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Looks at slots that have changed, a bounded number in each turn. */
  #follow(book: FactBook, wall: number): void {
    if (this.#isAllNew) {
      this.#isAllNew = false;
      this.#renewals.clear();
      for (const fact of book.held(wall)) if (isRenewable(fact)) this.#changed.add(slotOf(fact));
    }
    if (this.#changed.size === 0) return;
    for (const slot of [...this.#changed].slice(0, SLOTS_A_LOOK)) {
      this.#changed.delete(slot);
      this.#judge(slot, book, wall);
    }
    this.#nextDue = Math.min(...this.#dueTimes());
  }

  #judge(slot: string, book: FactBook, wall: number): Renewal | undefined {
    const renewal = renewalOf(book.in(slot), { authority: book.authority, now: wall });
    if (renewal === undefined) this.#renewals.delete(slot);
    else this.#renewals.set(slot, renewal);
    return renewal;
  }

  /**
   * The renewals that are due, those first that end first: all programs that hold the same records choose the same. Where there are more than a post has room for, each part
   * has its minute: some that cannot be signed, or that no quorum signs, do not keep the others waiting.
   */
  #choose(book: FactBook, wall: number): void {
    const due = [...this.#renewals].filter(([, { due }]) => due <= wall);
    const first = due.toSorted(
      ([a, one], [b, other]) => one.current.expires - other.current.expires || (a < b ? -1 : 1),
    );
    const parts = Math.max(1, Math.ceil(first.length / POST_PARTS_MAX));
    const from = (Math.floor(wall / PART_MS) % parts) * POST_PARTS_MAX;
    const work = new Map<string, Work>();
    for (const [slot] of first.slice(from, from + POST_PARTS_MAX)) {
      // Keys may have ended since: what is signed follows from the records of now.
      const renewal = this.#judge(slot, book, wall);
      if (renewal === undefined || renewal.due > wall) continue;
      const envelope = readEnvelope(renewal.octets());
      if (typeof envelope === "string") continue;
      const { payload } = envelope;
      const id = recordIdOf(payload);
      work.set(id, this.#work.get(id) ?? workOf(payload));
    }
    this.#work = work;
    this.#nextDue = Math.min(...this.#dueTimes());
  }

  *#dueTimes(): Generator<number> {
    yield Number.POSITIVE_INFINITY;
    for (const { due } of this.#renewals.values()) yield due;
  }

  /** Takes the signature of a key that a copy of a renewal has; whatever else a copy says is passed over. */
  #addSignature(octets: Uint8Array, keyId: string): boolean {
    const envelope = readEnvelope(octets);
    const work = typeof envelope === "string" ? undefined : this.#work.get(recordIdOf(envelope.payload));
    const key = this.#meeting.keyOf(keyId);
    if (typeof envelope === "string" || work === undefined || key === undefined) return false;
    const signature = envelope.signatures.find((each) => each.keyId === keyId);
    return signature !== undefined && addSignature(work, signature, key);
  }

  #pollWhole(): readonly Uint8Array[] {
    return this.isListed ? pollWhole(this.#work.values(), this.#meeting.threshold) : [];
  }
}

/** Programs renew what the control quorum signs; roots and the records of nodes have other ends. */
function isRenewable({ authority }: Fact): boolean {
  return authority === "control";
}
