/**
 * The records that this node holds, from the first root descriptor on: judged by the book, and in rows for the file and for neighbours. Before
 * there is a root nothing can be judged, and nothing is held. Pure; times are milliseconds since 1970.
 */
import {
  type BookEvent,
  copyIdOf,
  FactBook,
  type Judgement,
  type Mark,
  type RowChange,
  type StoredRow,
  trustRoot,
} from "@florenetes/facts";
import type { FeedBook, FeedRow } from "@florenetes/feed";
import { RecordIndex } from "./record-index.ts";
import { type Pushed, RowTable } from "./row-table.ts";
import { organizationsOf } from "./standing.ts";

export interface HeldRecordsOptions {
  readonly cluster: string;
  readonly node: string;
  /** The id of the root descriptor that this node trusts first. */
  readonly fingerprint: string;
  readonly development: boolean;
}

/** The state that a node's database has kept. */
export interface KeptRecords {
  /** All rows, in their order. */
  readonly rows: readonly StoredRow[];
  /** The highest sequence that was ever given. */
  readonly lastSequence: number;
  /** Records of services in use, by their ids. */
  readonly marks: ReadonlyMap<string, Mark>;
  /** How long the node has run with roots by recovery keys, in milliseconds by their ids. */
  readonly ran: ReadonlyMap<string, number>;
}

export class HeldRecords implements FeedBook {
  /** The records in force, as far as events were polled. */
  readonly index: RecordIndex = new RecordIndex(() => this.#book);
  readonly #options: HeldRecordsOptions;
  readonly #rows: RowTable;
  readonly #marks: ReadonlyMap<string, Mark>;
  readonly #ran: ReadonlyMap<string, number>;
  readonly #changes: RowChange[] = [];
  /** Copies that were taken since all changes were polled. */
  readonly #taken = new Set<string>();
  #book: FactBook | undefined;
  #rootOctets: Uint8Array | undefined;
  /** Rows that wait for the root. */
  #waiting: readonly StoredRow[];
  #now: number;

  constructor(options: HeldRecordsOptions, kept: KeptRecords, now: number) {
    this.#options = options;
    this.#rows = new RowTable(kept.lastSequence);
    this.#marks = kept.marks;
    this.#ran = kept.ran;
    this.#waiting = kept.rows;
    this.#now = now;
    const root = kept.rows.find(({ id }) => id === options.fingerprint);
    if (root !== undefined) this.offer(root.octets, now);
  }

  /** Undefined while there is no root. */
  get book(): FactBook | undefined {
    return this.#book;
  }

  /** How many rows each section has; `kept`: those that are offered to nobody. */
  get sections(): Readonly<Record<string, number>> {
    return this.#rows.counts();
  }

  /** Judges the octets of a record. Without a root, only the pinned descriptor is taken. */
  offer(octets: Uint8Array, now: number): Judgement {
    this.#now = now;
    const judgement = this.#book?.offer(octets, now) ?? this.#offerRoot(octets, now);
    if (judgement.isAccepted) this.#taken.add(copyIdOf(octets));
    return judgement;
  }

  /** Whether a row has this copy of a record, or will have it: neighbours bring the same copies in one turn. */
  has(copy: string): boolean {
    return this.#rows.recordOf(copy) !== undefined || this.#taken.has(copy);
  }

  /** When `handleTimeout` is due; Infinity: never. */
  nextTimeout(): number {
    return this.#book?.nextTimeout() ?? Number.POSITIVE_INFINITY;
  }

  handleTimeout(now: number): void {
    this.#now = now;
    this.#book?.handleTimeout(now);
  }

  pollEvent(): BookEvent | undefined {
    const event = this.#book?.pollEvent();
    if (event !== undefined) this.index.handleEvent(event);
    return event;
  }

  /** A change of a row that is to be written, in the order of the sequences that neighbours are told. */
  pollChange(): RowChange | undefined {
    const change = this.#changes.shift() ?? this.#book?.pollChange();
    if (change?.kind === "put") this.#rows.put(change.id, change.section, change.octets);
    else if (change?.kind === "drop") this.#rows.drop(change.id);
    else this.#taken.clear();
    return change;
  }

  // ── For neighbours ──────────────────────────────────────────────────────────────────────────────────────────────────

  last(): number {
    return this.#rows.last;
  }

  rows(section: string, after: number, max: number, only?: Pushed): readonly FeedRow[] {
    return this.#rows.rows(section, after, max, only);
  }

  /** The rows for a neighbour. Void records of its own roles in organizations whose sections it gets no more stand among the papers. */
  rowsFor(peer: string): FeedBook {
    return {
      last: () => this.last(),
      rows: (section, after, max, only) =>
        section === "papers" && only !== "roots"
          ? this.#papersFor(peer, after, max, only)
          : this.rows(section, after, max, only),
      record: (copy) => this.record(copy),
    };
  }

  #papersFor(peer: string, after: number, max: number, only: Pushed | undefined): readonly FeedRow[] {
    const rows = this.rows("papers", after, max, only);
    const book = this.#book;
    const voids = book?.voidRolesOf(peer) ?? [];
    if (book === undefined || voids.length === 0) return rows;
    const organizations = organizationsOf(book, peer, this.#now);
    const theirs = voids
      .filter(({ scope }) => !organizations.includes(scope))
      .map(({ id }) => this.#rows.rowOf(id))
      .filter((row) => row !== undefined && row.sequence > after) as FeedRow[];
    return [...rows, ...theirs].toSorted((a, b) => a.sequence - b.sequence).slice(0, max);
  }

  record(copy: string): Uint8Array | undefined {
    const id = this.#rows.recordOf(copy);
    if (id === undefined) return undefined;
    if (id === this.#options.fingerprint) return this.#rootOctets;
    const section = this.#rows.sectionOf(id);
    if (section === undefined || section === "kept") return undefined;
    return this.#book?.offered(id, section as Parameters<FactBook["offered"]>[1], this.#now);
  }

  #offerRoot(octets: Uint8Array, now: number): Judgement {
    const { cluster, node, fingerprint, development } = this.#options;
    const judgement = trustRoot(octets, { cluster, fingerprint, development, now });
    if (!judgement.isAccepted) return judgement;
    const own = Uint8Array.from(octets);
    const { fact } = judgement;
    this.#rootOctets = own;
    this.#book = new FactBook({ root: fact, node, development, ran: this.#ran });
    this.#book.use(this.#marks.keys());
    let isStored = false;
    for (const row of this.#waiting) {
      this.#rows.restore(row, row.section, row.octets);
      if (row.id === fact.id) isStored = true;
      else this.#book.restore(row, now);
    }
    this.#waiting = [];
    if (!isStored) this.#changes.push({ kind: "put", id: fact.id, section: "entry", octets: own });
    return judgement;
  }
}
