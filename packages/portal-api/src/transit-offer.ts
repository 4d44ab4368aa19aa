import {
  STATES_INTERVAL_MS_MIN,
  TRANSIT_CHANGES_PER_MESSAGE,
  TRANSIT_LINK_WEIGHT,
  TRANSIT_PARTS_MAX,
} from "./limits.ts";
import type { PortalBody } from "./messages.ts";
import {
  type HeededPermits,
  PERMITS_FEATURE,
  SHARES_FEATURE,
  TRANSIT_FEATURE,
  type TransitChange,
  type TransitProgress,
  type TransitTable,
} from "./transit.ts";

/**
 * Hands a label table over to the link vertex of one attachment, part by part, and then its changes. Heartbeats of the link vertex
 * tell how many changes it has taken; the changes after that are sent again when they were lost.
 *
 *     changes of the table  0 ───── acknowledged ───── sent ───── size │ those of `append` ─────
 *                                   └ at most four parts ┘             └ from here on the table holds
 */
export class TransitOffer {
  #table: TransitTable | undefined;
  #generation = 1;
  /** Changes of the table that it has not held from its start. */
  #appended: TransitChange[] = [];
  #isAttached = false;
  #heeds: HeededPermits = "none";
  /** The link vertex has shown that it has begun to take this table. */
  #isBegun = false;
  #acknowledged = 0;
  #sent = 0;
  #sentAt = -Infinity;
  /** The ends of the parts that are in flight: sent and not acknowledged. */
  readonly #ends: number[] = [];
  #code = "";

  /** @param table Undefined: nothing is offered before `replace`. */
  constructor(table?: TransitTable) {
    this.#table = table;
  }

  /** Whether the link vertex forwards by this table, all its changes included that were appended so far. */
  get isTaken(): boolean {
    return this.#table !== undefined && this.isHeld(this.#count - 1);
  }

  /** The next heartbeat of the link vertex, if it is like the last one, has nothing sent. */
  get isSettled(): boolean {
    return !this.#isOffering || this.#code !== "" || (this.#isBegun && this.#acknowledged === this.#count);
  }

  /** The code why the link vertex does not take the table; "": it takes it. */
  get code(): string {
    return this.#code;
  }

  /** The generation of the present table. */
  get generation(): number {
    return this.#generation;
  }

  /** Another table takes the place of this one, which holds until the new one is whole. */
  replace(table: TransitTable): void {
    this.#table = table;
    this.#generation++;
    this.#appended = [];
    this.#start();
  }

  /** Changes the table. Returns the number by which `isHeld` says when that holds. */
  append(change: TransitChange): number {
    return this.#size + this.#appended.push(change) - 1;
  }

  /** Whether a change of the present table holds at the link vertex: a label that it removed does nothing there any more. */
  isHeld(change: number): boolean {
    return this.#isAttached && this.#acknowledged > change && this.#acknowledged >= this.#size;
  }

  /** A link vertex with these features has attached us. */
  handleAttached(features: readonly string[]): void {
    if (!features.includes(TRANSIT_FEATURE)) return;
    this.#isAttached = true;
    this.#heeds = heededBy(features);
    this.#start();
  }

  /** The attachment has ended, and nothing is known. */
  handleDetached(): void {
    this.#isAttached = false;
  }

  /** A heartbeat tells how far the link vertex has got; undefined: it has not begun. */
  handleProgress(progress: TransitProgress | undefined, now: number): void {
    if (!this.#isOffering) return;
    if (progress?.generation === this.#generation) {
      this.#isBegun = true;
      this.#code = progress.code;
      this.#acknowledged = Math.max(this.#acknowledged, Math.min(progress.taken, this.#count));
      this.#sent = Math.max(this.#sent, this.#acknowledged);
      while (this.#ends.length > 0 && this.#ends[0]! <= this.#acknowledged) this.#ends.shift();
    }
    // Parts that it does not have were lost, unless they are still on their way.
    if (now < this.#sentAt + STATES_INTERVAL_MS_MIN) return;
    this.#sent = this.#acknowledged;
    this.#ends.length = 0;
    if (!this.#isBegun) this.#sentAt = -Infinity;
  }

  /** Makes the messages that are due. */
  pump(now: number, send: (body: PortalBody) => void): void {
    if (!this.#isOffering || this.#code !== "") return;
    if (!this.#isBegun) {
      // Without changes: it may have the table already, and this confirms it.
      if (this.#sentAt === -Infinity) this.#send([], now, send);
      return;
    }
    while (this.#sent < this.#count && this.#ends.length < TRANSIT_PARTS_MAX) {
      const part = this.#partFrom(this.#sent);
      this.#send(part, now, send);
      this.#sent += part.length;
      this.#ends.push(this.#sent);
    }
  }

  get #isOffering(): boolean {
    return this.#isAttached && this.#table !== undefined;
  }

  get #size(): number {
    return this.#table?.size ?? 0;
  }

  get #count(): number {
    return this.#size + this.#appended.length;
  }

  #start(): void {
    this.#isBegun = false;
    this.#acknowledged = 0;
    this.#sent = 0;
    this.#sentAt = -Infinity;
    this.#ends.length = 0;
    this.#code = "";
  }

  #partFrom(first: number): TransitChange[] {
    const part: TransitChange[] = [];
    let room = TRANSIT_CHANGES_PER_MESSAGE;
    for (let at = first; at < this.#count && room > 0; at++) {
      const size = this.#size;
      const change = at < size ? this.#table!.change(at, this.#heeds) : this.#appended[at - size]!;
      part.push(change);
      room -= change.operation === "link" ? TRANSIT_LINK_WEIGHT : 1;
    }
    return part;
  }

  #send(changes: readonly TransitChange[], now: number, send: (body: PortalBody) => void): void {
    const { size: whole, packetsPerSecond, bytesPerSecond } = this.#table!;
    const table = { generation: this.#generation, whole, packetsPerSecond, bytesPerSecond };
    send({ kind: "transit-changes", ...table, first: this.#sent, changes });
    this.#sentAt = now;
  }
}

function heededBy(features: readonly string[]): HeededPermits {
  if (!features.includes(PERMITS_FEATURE)) return "none";
  return features.includes(SHARES_FEATURE) ? "shares" : "common";
}
