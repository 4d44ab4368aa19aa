/** Cursors that have moved and are to be written, of all neighbours. Times are monotonic milliseconds. */
import type { Cursor } from "@florenetes/facts";

export class MovedCursors {
  /** By peer and section. */
  readonly #cursors = new Map<string, Cursor>();
  #dueAt: number = Number.POSITIVE_INFINITY;

  /** When they are to be written at the latest; Infinity: none has moved. */
  get dueAt(): number {
    return this.#dueAt;
  }

  put(peer: string, database: string, section: string, sequence: number, dueAt: number): void {
    this.#cursors.set(`${peer} ${section}`, { peer, database, section: section as Cursor["section"], sequence });
    this.#dueAt = Math.min(this.#dueAt, dueAt);
  }

  /** The cursors that have moved since the last call. */
  take(): readonly Cursor[] {
    const cursors = [...this.#cursors.values()];
    this.#cursors.clear();
    this.#dueAt = Number.POSITIVE_INFINITY;
    return cursors;
  }
}
