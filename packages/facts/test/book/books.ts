/** Books of the node `alpha`, and what they say. */
import type { BookEvent, RowChange } from "../../src/book/book-events.ts";
import { FactBook, type FactBookOptions } from "../../src/book/fact-book.ts";
import { root1 } from "../cases/scene.ts";
import { factOf } from "../held.ts";
import { NOW } from "../records.ts";

export function bookOf(records: readonly Uint8Array[] = [], options: Partial<FactBookOptions> = {}): FactBook {
  const book = new FactBook({ root: factOf(root1), node: "alpha", development: false, ...options });
  for (const record of records) take(book, record);
  return book;
}

/** The reason why a record is refused, or `taken`. */
export function offer(book: FactBook, record: Uint8Array, now: number = NOW): string {
  const judgement = book.offer(record, now);
  return judgement.isAccepted ? "taken" : judgement.reason;
}

/** Offers a record that has to be taken. */
export function take(book: FactBook, record: Uint8Array, now: number = NOW): void {
  const reason = offer(book, record, now);
  if (reason !== "taken") throw new Error(`${factOf(record).kind} ${factOf(record).subject}: ${reason}`);
}

function eventsOf(book: FactBook): BookEvent[] {
  const events: BookEvent[] = [];
  for (let event = book.pollEvent(); event !== undefined; event = book.pollEvent()) events.push(event);
  return events;
}

/** Events in a line each: what, and the epoch of the record. */
export function toldBy(book: FactBook): string[] {
  return eventsOf(book).map((event) => {
    if (event.kind === "row-refused") return `row-refused ${event.reason}`;
    const { kind, epoch } = event.fact;
    return `${event.kind} ${kind} ${epoch}${event.kind === "ended" ? ` ${event.why}` : ""}`;
  });
}

export function changesOf(book: FactBook): RowChange[] {
  const changes: RowChange[] = [];
  for (let change = book.pollChange(); change !== undefined; change = book.pollChange()) changes.push(change);
  return changes;
}

/** Lets time pass to `now`, and gives the book all the turns that it asks for by then. */
export function run(book: FactBook, now: number): void {
  for (let turn = 0; book.nextTimeout() <= now; turn++) {
    if (turn > 10_000) throw new Error("the book never rests");
    book.handleTimeout(now);
  }
}

/** Rows that a file would hold after these changes. */
export class Rows {
  readonly #rows = new Map<string, Extract<RowChange, { kind: "put" }>>();

  write(changes: Iterable<RowChange>): void {
    for (const change of changes) {
      this.#rows.delete(change.id);
      if (change.kind === "put") this.#rows.set(change.id, change);
    }
  }

  get all(): readonly Extract<RowChange, { kind: "put" }>[] {
    return [...this.#rows.values()];
  }

  /** A book after a restart. */
  restored(now: number, options: Partial<FactBookOptions> = {}): FactBook {
    const book = bookOf([], options);
    for (const row of this.all) book.restore(row, now);
    return book;
  }
}
