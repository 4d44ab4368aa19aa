import { Deadlines, type Timed } from "@florenetes/scheduling";
import { nowhere, type UdpAddress } from "./addresses/link-address.ts";
import { TRANSMIT_BURST_MAX } from "./limits.ts";

/** The part of a session's slot that its turns need. */
export interface TurnTaker extends Timed {
  /** `SessionTurns` keeps this and the next two. */
  isTouched: boolean;
  isDirty: boolean;
  wereCongested: number;
  /** A set of classes. */
  readonly congestedClasses: number;
  /** The time at which a session that is over is forgotten. */
  readonly goneAt: number;
  readonly session: {
    readonly address: { readonly transmitTo: UdpAddress };
    pollTransmit(out: Uint8Array, now: number): number;
    nextTimeout(now: number): number;
  };
}

/**
 * Decides which session of an endpoint is next: to be settled, to send, or to be called at its time.
 *
 *     touch ─▶ takeTouched ─▶ settled by the endpoint ─▶ markDirty ─▶ pollTransmit until it has no more ─▶ waits for its time
 */
export class SessionTurns<Taker extends TurnTaker> {
  /** The address that the datagram polled last goes to. */
  transmitTo: UdpAddress = nowhere;
  /** Sessions to which something happened that `settle` of the endpoint has to act upon. */
  readonly #touched: Taker[] = [];
  /** Sessions that may have something to send. */
  readonly #dirty: Taker[] = [];
  readonly #times = new Deadlines<Taker>();
  /** Datagrams that the first of the dirty sessions has sent in a row. */
  #burst = 0;

  touch(slot: Taker): void {
    if (slot.isTouched) return;
    slot.isTouched = true;
    this.#touched.push(slot);
  }

  takeTouched(): Taker | undefined {
    const slot = this.#touched.shift();
    if (slot !== undefined) slot.isTouched = false;
    return slot;
  }

  markDirty(slot: Taker): void {
    if (slot.isDirty) return;
    slot.isDirty = true;
    this.#dirty.push(slot);
  }

  /** Takes a session whose time has come. */
  popDue(now: number): Taker | undefined {
    return this.#times.popDue(now);
  }

  /** Writes at most one UDP payload into `out`, which holds `UDP_PAYLOAD_MAX` bytes; its destination is `transmitTo`. */
  pollTransmit(out: Uint8Array, now: number): number {
    for (let slot = this.#dirty[0]; slot !== undefined; slot = this.#dirty[0]) {
      const length = this.#burst < TRANSMIT_BURST_MAX ? slot.session.pollTransmit(out, now) : 0;
      if (length > 0) {
        this.#burst++;
        this.transmitTo = slot.session.address.transmitTo;
        return length;
      }
      this.#dirty.shift();
      const hasMore = this.#burst >= TRANSMIT_BURST_MAX;
      this.#burst = 0;
      if (hasMore) this.#dirty.push(slot);
      else this.#markClean(slot, now);
    }
    return 0;
  }

  /** -Infinity: a session is touched. */
  nextTimeout(): number {
    return this.#touched.length > 0 ? -Infinity : this.#times.next;
  }

  /** The session has nothing more to send for now. */
  #markClean(slot: Taker, now: number): void {
    slot.isDirty = false;
    this.#times.set(slot, Math.min(slot.goneAt, slot.session.nextTimeout(now)));
    const { congestedClasses } = slot;
    if (congestedClasses !== slot.wereCongested) {
      slot.wereCongested = congestedClasses;
      this.touch(slot);
    }
  }
}
