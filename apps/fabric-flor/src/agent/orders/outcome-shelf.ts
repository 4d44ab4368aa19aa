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
  /** The end of the record, in milliseconds since 1970, and the key that has signed it. */
  readonly expires: number;
  readonly key: string;
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

  /**
   * Takes a record that the judge has accepted. Returns what came of it: `taken`, or `older` where a later one of the same key is here: whoever had a key of the node before keeps nothing
   * out.
   */
  take(fact: Fact, octets: Uint8Array, key: string): "taken" | "older" {
    const known = this.#entries.get(fact.subject);
    if (known?.key === key && known.outcome.epoch >= fact.epoch)
      return known.outcome.epoch === fact.epoch ? "taken" : "older";
    this.#put(fact, octets, key);
    this.#rows.push({ name: fact.subject, text: `${key} ${Buffer.from(octets).toString("base64")}` });
    for (const node of this.#entries.keys()) {
      if (this.#entries.size <= this.#room.rows && this.#size <= this.#room.size) break;
      this.#drop(node);
    }
    return "taken";
  }

  /** Takes rows of a life before, which were judged then: the oldest record first. */
  restore(rows: readonly { readonly text: string }[], read: (octets: Uint8Array) => Fact | undefined): void {
    const kept = rows.flatMap(({ text }) => {
      const [key = "", base64 = ""] = text.split(" ");
      const octets = new Uint8Array(Buffer.from(base64, "base64"));
      const fact = read(octets);
      return fact?.kind === "outcome" ? [{ fact, octets, key }] : [];
    });
    for (const { fact, octets, key } of kept.toSorted((a, b) => a.fact.issued - b.fact.issued))
      this.#put(fact, octets, key);
  }

  /** Lets go of outcomes whose records have ended. */
  expire(wall: number): void {
    for (const [node, { expires }] of this.#entries) if (wall >= expires) this.#drop(node);
  }

  /** Rows that are to be kept over a restart. */
  takeRows(): readonly KeptRow[] {
    return this.#rows.splice(0);
  }

  #drop(node: string): void {
    this.#size -= this.#entries.get(node)?.size ?? 0;
    this.#entries.delete(node);
    this.#rows.push({ name: node, text: undefined });
  }

  #put(fact: Fact, octets: Uint8Array, key: string): void {
    const { subject: node, epoch, issued: at, expires } = fact;
    this.#size += octets.length - (this.#entries.get(node)?.size ?? 0);
    // The one that came last stands last.
    this.#entries.delete(node);
    this.#entries.set(node, {
      outcome: { ...bodyOf(fact, "outcome")!, node, epoch, at },
      size: octets.length,
      expires,
      key,
    });
  }
}
