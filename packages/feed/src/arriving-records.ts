import { copyIdOf, readEnvelope } from "@florenetes/facts";
import type { Conduct } from "./conduct.ts";
import type { Records } from "./messages.ts";
import { offeredIdOf } from "./offered-ids.ts";
import type { Wanted } from "./offers.ts";
import { VerificationWait } from "./verification-wait.ts";

/** A record that its reader's owner is to judge. */
interface Arrived {
  /** The id of this copy of the record. */
  readonly id: string;
  readonly octets: Uint8Array;
}

interface NextRecord {
  readonly record: Arrived;
  /** The id by which it was offered. */
  readonly offeredId: string;
  readonly wait: VerificationWait;
}

/** The next step of a message: a record to judge, a fault of the neighbour, a time to wait for, or the end. */
export type ArrivalStep =
  | { readonly kind: "record"; readonly record: Arrived }
  | { readonly kind: "fault"; readonly why: string }
  | { readonly kind: "wait"; readonly until: number }
  | { readonly kind: "end"; readonly missing: number };

/** The records of one message, each of which waits until the neighbour's budget and the turns of the process let it be verified. Pure. */
export class ArrivingRecords {
  readonly answered: readonly Wanted[];
  readonly #records: readonly Uint8Array[];
  /** Wanted ids that this message answers, as long as their records have not come. */
  readonly #expected: string[];
  readonly #has: (id: string) => boolean;
  readonly #conduct: Conduct;
  readonly #version: number;
  #at = 0;
  #next: NextRecord | undefined;
  /** The id by which the record that is judged was offered. */
  #judged = "";

  /** @param version The version that is spoken on the stream. */
  constructor(
    message: Records,
    answered: readonly Wanted[],
    has: (id: string) => boolean,
    conduct: Conduct,
    version: number,
  ) {
    this.answered = answered;
    this.#version = version;
    this.#records = message.records;
    this.#expected = answered.map(({ id }) => id);
    this.#has = has;
    this.#conduct = conduct;
  }

  /** Says that the record which was given last is to be offered again. */
  handleTooEarly(): void {
    for (const wanted of this.answered) if (wanted.id === this.#judged) wanted.offer.isHeld = true;
  }

  step(now: number): ArrivalStep {
    for (;;) {
      if (this.#next === undefined) {
        if (this.#at === this.#records.length) return { kind: "end", missing: this.#expected.length };
        const why = this.#identify(this.#records[this.#at++]!);
        if (why !== undefined) return { kind: "fault", why };
        continue;
      }
      const { record, offeredId, wait } = this.#next;
      // Another neighbour may have brought it while it waited.
      const until = this.#has(record.id) ? undefined : wait.until(now);
      if (until !== undefined) return { kind: "wait", until };
      const isKnown = this.#has(record.id);
      this.#next = undefined;
      if (isKnown) continue;
      this.#judged = offeredId;
      return { kind: "record", record };
    }
  }

  /** Makes the octets the next record; returns what is wrong with them. */
  #identify(octets: Uint8Array): string | undefined {
    const envelope = readEnvelope(octets);
    if (typeof envelope === "string") return "octets that are no record";
    const id = copyIdOf(octets);
    const offeredId = offeredIdOf(octets, id, this.#version)!;
    const at = this.#expected.indexOf(offeredId);
    if (this.answered.length > 0 && at === -1) return "a record that was not asked for";
    if (at !== -1) this.#expected.splice(at, 1);
    const wait = new VerificationWait(this.#conduct, Math.max(1, envelope.signatures.length));
    this.#next = { record: { id, octets }, offeredId, wait };
    return undefined;
  }
}
