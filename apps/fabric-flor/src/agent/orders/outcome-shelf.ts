/** Outcomes of orders that this node holds as a control node: the last one of each node. Pure. */
import { bodyOf, type Fact, type OutcomeBody } from "@florenetes/facts";
import type { KeptRow } from "../kept-row.ts";
import { OUTCOMES_MAX, OUTCOMES_SIZE_MAX } from "./limits.ts";

export interface HeldOutcome extends OutcomeBody {
  readonly node: string;
  readonly epoch: number;
  /** When the node has said so, by its own clock: milliseconds since 1970. */
  readonly at: number;
}

interface Entry {
  readonly outcome: HeldOutcome;
  readonly size: number;
}

export class OutcomeShelf {
  readonly #room: { readonly rows: number; readonly size: number };
  readonly #entries = new Map<string, Entry>();
  readonly #rows: KeptRow[] = [];
  #size = 0;

  constructor(
    room: { readonly rows: number; readonly size: number } = { rows: OUTCOMES_MAX, size: OUTCOMES_SIZE_MAX },
  ) {
    this.#room = room;
  }

  get size(): number {
    return this.#entries.size;
  }

  of(node: string): HeldOutcome | undefined {
    return this.#entries.get(node)?.outcome;
  }

  all(): readonly HeldOutcome[] {
    return [...this.#entries.values()].map(({ outcome }) => outcome);
  }

  /** Takes a record that the judge has accepted. Returns what came of it: `taken`, or `older` where a later one is here. */
  take(fact: Fact, octets: Uint8Array): "taken" | "older" {
    const known = this.#entries.get(fact.subject)?.outcome;
    if (known !== undefined && known.epoch >= fact.epoch) return known.epoch === fact.epoch ? "taken" : "older";
    this.#put(fact, octets);
    this.#rows.push({ name: fact.subject, text: Buffer.from(octets).toString("base64") });
    for (const [node, entry] of this.#entries) {
      if (this.#entries.size <= this.#room.rows && this.#size <= this.#room.size) break;
      this.#entries.delete(node);
      this.#size -= entry.size;
      this.#rows.push({ name: node, text: undefined });
    }
    return "taken";
  }

  /** Takes a record of a life before, which was judged then. */
  restore(fact: Fact, octets: Uint8Array): void {
    this.#put(fact, octets);
  }

  /** Rows that are to be kept over a restart. */
  takeRows(): readonly KeptRow[] {
    return this.#rows.splice(0);
  }

  #put(fact: Fact, octets: Uint8Array): void {
    const { subject: node, epoch, issued: at } = fact;
    this.#size += octets.length - (this.#entries.get(node)?.size ?? 0);
    // The one that came last stands last.
    this.#entries.delete(node);
    this.#entries.set(node, { outcome: { ...bodyOf(fact, "outcome")!, node, epoch, at }, size: octets.length });
  }
}
