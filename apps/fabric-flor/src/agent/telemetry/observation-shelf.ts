/** The newest observation of each observer and scope that a reader of mail holds, until it ends. Pure. */
import { type Fact, readObservationSubject } from "@florenetes/facts";
import { SHELF_ROWS_MAX, SHELF_SIZE_MAX } from "./limits.ts";

export interface HeldObservation {
  readonly partition: string;
  /** "": all nodes of the partition. */
  readonly organization: string;
  readonly observer: string;
  readonly epoch: number;
  /** The record, in hex, and when it was issued, in milliseconds since 1970. */
  readonly id: string;
  readonly issued: number;
  /** By the clock of whoever holds it. */
  readonly until: number;
  readonly octets: Uint8Array;
}

export class ObservationShelf {
  readonly #room: { readonly rows: number; readonly size: number };
  readonly #held = new Map<string, HeldObservation>();
  #size = 0;

  constructor(room: { readonly rows: number; readonly size: number } = { rows: SHELF_ROWS_MAX, size: SHELF_SIZE_MAX }) {
    this.#room = room;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Takes a record that the judge has accepted. Returns what came of it: `taken`, or `older` where a newer one is there. */
  take(fact: Fact, octets: Uint8Array, wall: number): "taken" | "older" {
    const { partition, observer } = readObservationSubject(fact.subject)!;
    const organization = fact.scope === "cluster" ? "" : fact.scope.slice("org/".length);
    const name = `${partition}/${organization}/${observer}`;
    const known = this.#held.get(name);
    if (known?.id === fact.id) return "taken";
    if (known !== undefined && wall < known.until && known.epoch >= fact.epoch) return "older";
    this.#drop(name);
    const { id, epoch, issued, expires } = fact;
    // An observer's clock may be wrong by minutes: it is heard for as long as its word lives.
    const until = wall + expires - issued;
    this.#held.set(name, { partition, organization, observer, epoch, id, issued, until, octets });
    this.#size += octets.length;
    for (const first of this.#held.keys()) {
      if (this.#held.size <= this.#room.rows && this.#size <= this.#room.size) break;
      this.#drop(first);
    }
    return "taken";
  }

  forget(wall: number): void {
    for (const [name, { until }] of this.#held) if (wall >= until) this.#drop(name);
  }

  /** Observations that have not ended, in the order of partition, organization and observer. */
  all(wall: number): readonly HeldObservation[] {
    const live = [...this.#held].filter(([, { until }]) => wall < until);
    return live.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, held]) => held);
  }

  #drop(name: string): void {
    this.#size -= this.#held.get(name)?.octets.length ?? 0;
    this.#held.delete(name);
  }
}
