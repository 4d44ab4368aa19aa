import { FeedCode, Violation } from "./codes.ts";
import { BODY_SIZE_MAX, HAVES_OPEN_MAX, IDS_MAX, RECORDS_MAX } from "./limits.ts";
import type { Cursor, Have, Records } from "./messages.ts";
import { offeredIdOf } from "./offered-ids.ts";

/** A row of a database: the copy of a record with that id (64 lower-case hex digits), which is of its signatures, too. */
export interface FeedRow {
  /** 1 or more; each row that is added has a higher one than all before. */
  readonly sequence: number;
  readonly id: string;
}

/** The records of a node, as its owner keeps them. */
export interface FeedBook {
  /** The sequence of the section's last row; 0: there is none, and there never was. */
  last(section: string): number;
  /** Rows of a section behind that one, by sequence, at most so many; with `only`, those of void records, or of root descriptors. */
  rows(section: string, after: number, max: number, only?: "voids" | "roots"): readonly FeedRow[];
  /** The octets of a record; undefined: it is not held any more. */
  record(id: string): Uint8Array | undefined;
}

/** Rows of one section, read up to `after`. */
interface Lane {
  readonly section: string;
  after: number;
  /** Whether there may be more. */
  isFresh: boolean;
  /** No offer is made before, in monotonic milliseconds: rows that come one by one share one. */
  offersAt: number;
}

/** An offer that could have held more ids is the last for so long. */
const OFFER_MS = 20;

/** An offer whose WANT has not come, or is not answered: rows' ids, by those under which they were offered. */
type OpenHave = Map<string, string>;

/** Octets in front of the records of RECORDS, and in front of each of them. */
const RECORDS_HEAD_SIZE = 3;
const RECORD_HEAD_SIZE = 4;

/** All that a source has to say: new voids first, then roots, then answers, then offers. Pure. */
export class OfferedRows {
  readonly #book: FeedBook;
  readonly #voids: readonly Lane[];
  readonly #roots: readonly Lane[];
  /** Offers take turns by section: whose turn has passed is last. */
  readonly #haves: Lane[];
  /** Offers without a WANT, the oldest first. */
  readonly #unasked: OpenHave[] = [];
  /** Rows that WANTs name and are not answered: as they are answered before more is offered, these are all that is open besides. Undefined
   *  stands for an id that was not offered, or was asked for before. */
  readonly #asked: (string | undefined)[] = [];
  readonly #version: number;

  /** @param version The version that is spoken on the stream. */
  constructor(begins: readonly Cursor[], book: FeedBook, version: number) {
    this.#book = book;
    this.#version = version;
    const lanes = (): Lane[] =>
      begins.map(({ section, sequence }) => ({ section, after: sequence, isFresh: true, offersAt: -Infinity }));
    this.#voids = lanes();
    this.#roots = lanes();
    this.#haves = lanes();
  }

  handleNews(): void {
    for (const lane of [...this.#voids, ...this.#roots, ...this.#haves]) lane.isFresh = true;
  }

  /** The reader's answer to the oldest offer. Throws a Violation when there is none. */
  handleWant(ids: readonly string[]): void {
    const have = this.#unasked.shift();
    if (have === undefined) throw new Violation(FeedCode.malformed, "WANT comes without a HAVE");
    for (const id of ids) {
      this.#asked.push(have.get(id));
      have.delete(id);
    }
  }

  /** The next message; undefined: nothing is to be said before `nextOfferAt`. */
  next(now: number): Have | Records | undefined {
    return (
      this.#nextPush(this.#voids, "voids") ??
      this.#nextPush(this.#roots, "roots") ??
      this.#nextAnswer() ??
      this.#nextHave(now)
    );
  }

  /** When there may be an offer; Infinity: never, as long as nothing happens. */
  get nextOfferAt(): number {
    let next = Infinity;
    if (this.#unasked.length < HAVES_OPEN_MAX)
      for (const { isFresh, offersAt } of this.#haves) if (isFresh) next = Math.min(next, offersAt);
    return next;
  }

  #nextPush(lanes: readonly Lane[], only: "voids" | "roots"): Records | undefined {
    for (const lane of lanes) {
      while (lane.isFresh) {
        const rows = this.#book.rows(lane.section, lane.after, RECORDS_MAX, only);
        if (rows.length === 0) {
          lane.isFresh = false;
          break;
        }
        const { records, count } = this.#gather(rows.map(({ id }) => id));
        lane.after = rows[count - 1]!.sequence;
        if (records.length > 0) return { kind: "records", answered: 0, records };
      }
    }
    return undefined;
  }

  #nextAnswer(): Records | undefined {
    if (this.#asked.length === 0) return undefined;
    const { records, count } = this.#gather(this.#asked);
    this.#asked.splice(0, count);
    return { kind: "records", answered: count, records };
  }

  #nextHave(now: number): Have | undefined {
    if (this.#unasked.length >= HAVES_OPEN_MAX) return undefined;
    for (const lane of this.#haves.filter(({ isFresh, offersAt }) => isFresh && now >= offersAt)) {
      const open = this.#nextIds(lane);
      if (open.size === 0) continue;
      if (!lane.isFresh) lane.offersAt = now + OFFER_MS;
      this.#haves.push(...this.#haves.splice(this.#haves.indexOf(lane), 1));
      this.#unasked.push(open);
      return { kind: "have", section: lane.section, sequence: lane.after, ids: [...open.keys()] };
    }
    return undefined;
  }

  /** The ids of the next rows of a section. Rows whose records have ended are left out: a reader that asked for them in vain would count faults. */
  #nextIds(lane: Lane): OpenHave {
    const open: OpenHave = new Map();
    while (lane.isFresh) {
      const rows = this.#book.rows(lane.section, lane.after, IDS_MAX);
      lane.isFresh = rows.length === IDS_MAX;
      lane.after = rows.at(-1)?.sequence ?? lane.after;
      for (const { id } of rows) {
        const octets = this.#book.record(id);
        const offeredId = octets === undefined ? undefined : offeredIdOf(octets, id, this.#version);
        if (offeredId !== undefined) open.set(offeredId, id);
      }
      if (open.size > 0) break;
    }
    return open;
  }

  /** The records of the first ids, as many as one message holds; `count`: how many ids these are, with those that have no record. */
  #gather(ids: readonly (string | undefined)[]): { readonly records: Uint8Array[]; readonly count: number } {
    const records: Uint8Array[] = [];
    let size = RECORDS_HEAD_SIZE;
    let count = 0;
    for (const id of ids) {
      const octets = id === undefined ? undefined : this.#book.record(id);
      if (octets !== undefined) {
        size += RECORD_HEAD_SIZE + octets.length;
        if (size > BODY_SIZE_MAX || records.length === RECORDS_MAX) break;
        records.push(octets);
      }
      count++;
    }
    return { records, count };
  }
}
