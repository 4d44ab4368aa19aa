/** The rows of a node's database in memory, as neighbours read on in them: by section, in the order in which they were put. Pure. */
import { copyIdOf } from "@florenetes/facts";
import type { FeedRow } from "@florenetes/feed";

/** Rows that are pushed whole before anything else is offered. */
export type Pushed = "voids" | "roots";

interface Lane {
  rows: FeedRow[];
  readonly voids: FeedRow[];
  readonly roots: FeedRow[];
}

/** The place of a row at present. */
interface Place {
  readonly sequence: number;
  readonly section: string;
  /** The id of the copy that the row has: neighbours ask for it by that. */
  readonly copy: string;
}

export class RowTable {
  readonly #places = new Map<string, Place>();
  /** Records by the ids of their copies. */
  readonly #copies = new Map<string, string>();
  readonly #lanes = new Map<string, Lane>();
  /** The highest sequence that was ever given. */
  #last: number;

  /** @param last The highest sequence that the database has ever given */
  constructor(last: number) {
    this.#last = last;
  }

  /** The sequence of the newest row there ever was, in whatever section: no reader has read further. */
  get last(): number {
    return this.#last;
  }

  get size(): number {
    return this.#places.size;
  }

  /** Puts a row behind all others, and in the place of one with this id; returns its sequence. */
  put(id: string, section: string, octets: Uint8Array): number {
    this.restore({ sequence: this.#last + 1, id }, section, octets);
    return this.#last;
  }

  /** Puts a row back that was put before, behind all that are there. */
  restore({ sequence, id }: FeedRow, section: string, octets: Uint8Array): void {
    this.drop(id);
    const copy = copyIdOf(octets);
    const row = { sequence, id: copy };
    this.#last = Math.max(this.#last, sequence);
    this.#places.set(id, { sequence, section, copy });
    this.#copies.set(copy, id);
    const lane = this.#lanes.get(section) ?? { rows: [], voids: [], roots: [] };
    this.#lanes.set(section, lane);
    lane.rows.push(row);
    const pushed = pushedOf(octets);
    if (pushed !== undefined) lane[pushed].push(row);
  }

  drop(id: string): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    this.#places.delete(id);
    if (this.#copies.get(place.copy) === id) this.#copies.delete(place.copy);
    const lane = this.#lanes.get(place.section)!;
    for (const rows of [lane.rows, lane.voids, lane.roots]) {
      const at = firstBehind(rows, place.sequence - 1);
      if (rows[at]?.sequence === place.sequence) rows.splice(at, 1);
    }
  }

  rowOf(id: string): FeedRow | undefined {
    const place = this.#places.get(id);
    return place === undefined ? undefined : { sequence: place.sequence, id: place.copy };
  }

  sectionOf(id: string): string | undefined {
    return this.#places.get(id)?.section;
  }

  /** The record of which this is the copy that a row has; undefined: no row has it. */
  recordOf(copy: string): string | undefined {
    return this.#copies.get(copy);
  }

  /** Rows of a section behind a sequence, with the ids of their copies, in their order, at most so many; with `only`, those that are pushed. */
  rows(section: string, after: number, max: number, only?: Pushed): readonly FeedRow[] {
    const lane = this.#lanes.get(section);
    if (lane === undefined) return [];
    const rows = only === undefined ? lane.rows : lane[only];
    const from = firstBehind(rows, after);
    return rows.slice(from, from + max);
  }

  /** How many rows each section has. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#lanes].map(([section, { rows }]) => [section, rows.length]));
  }
}

/** The index of the first row with a higher sequence. */
function firstBehind(rows: readonly FeedRow[], sequence: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.sequence <= sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Canonical payloads begin with the authority, and end with `void` where they have it. */
const ROOT_BEGINNING = Buffer.from('{"authority":"root",');
const VOID_END = Buffer.from(',"void":true}');
const HEADER_SIZE = 5;

function pushedOf(octets: Uint8Array): Pushed | undefined {
  // A file that somebody has edited may hold anything: the book refuses it.
  if (octets.length < HEADER_SIZE) return undefined;
  const whole = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  const payload = whole.subarray(HEADER_SIZE, HEADER_SIZE + whole.readUInt32BE(1));
  if (payload.subarray(0, ROOT_BEGINNING.length).equals(ROOT_BEGINNING)) return "roots";
  return payload.subarray(-VOID_END.length).equals(VOID_END) ? "voids" : undefined;
}
