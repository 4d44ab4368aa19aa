import { STATELESS_RESET_MIN } from "@florenetes/quic";
import assert from "node:assert";
import { ConnectionIds } from "./connection-ids.ts";
import { CONNECTION_ID_LENGTH, RESET_CANDIDATES_MAX } from "./limits.ts";
import type { UdpAddress } from "./addresses/link-address.ts";
import type { SessionSlot } from "./links/session-slot.ts";

const LONG_HEADER_BIT = 0x80;
/** Offsets of the destination ID: a long header has the version and the ID's length before it (RFC 8999, 5.1). */
const SHORT_ID_AT = 1;
const LONG_ID_LENGTH_AT = 5;
const LONG_ID_AT = 6;

const none: ReadonlySet<SessionSlot> = new Set();

/** Finds the session that a datagram is for. */
export class SessionIndex {
  readonly #byId = new ConnectionIds<SessionSlot>();
  /** Originated sessions by the address of their peer. */
  readonly #byPeer = new Map<string, Set<SessionSlot>>();
  readonly #all = new Set<SessionSlot>();
  #ignoredByRemoved = 0;

  /** All sessions, those included that have ended a moment ago. */
  get all(): Iterable<SessionSlot> {
    return this.#all;
  }

  /** The session whose ID is in the datagram's first header; undefined: the datagram is a stranger's, or names no connection. */
  find(datagram: Uint8Array): SessionSlot | undefined {
    if (datagram.length < LONG_ID_AT + CONNECTION_ID_LENGTH) return undefined;
    if (!isLongHeader(datagram)) return this.#byId.get(datagram, SHORT_ID_AT);
    return datagram[LONG_ID_LENGTH_AT] === CONNECTION_ID_LENGTH ? this.#byId.get(datagram, LONG_ID_AT) : undefined;
  }

  /**
   * The session that the datagram resets, which has then ended. A stateless reset names no connection: it looks like a packet
   * with a random ID, and only the session whose token it ends with can tell. So all originated sessions with its sender are tried.
   */
  findReset(datagram: Uint8Array, from: UdpAddress, now: number): SessionSlot | undefined {
    if (datagram.length < STATELESS_RESET_MIN || isLongHeader(datagram)) return undefined;
    for (const slot of this.#byPeer.get(keyOf(from)) ?? none) {
      if (slot.session.handleReset(datagram, from, now)) return slot;
    }
    return undefined;
  }

  add(slot: SessionSlot): void {
    this.#byId.add(slot.id, slot);
    this.#all.add(slot);
  }

  addOriginated(slot: SessionSlot, peer: UdpAddress): void {
    const key = keyOf(peer);
    const slots = this.#byPeer.get(key) ?? new Set();
    if (slots.size >= RESET_CANDIDATES_MAX) return;
    slots.add(slot);
    this.#byPeer.set(key, slots);
    slot.peerKey = key;
  }

  /** The session has ended: no reset can be for it. */
  removeOriginated(slot: SessionSlot): void {
    const slots = this.#byPeer.get(slot.peerKey);
    slots?.delete(slot);
    if (slots?.size === 0) this.#byPeer.delete(slot.peerKey);
  }

  remove(slot: SessionSlot): void {
    this.#byId.delete(slot.id);
    if (this.#all.delete(slot)) this.#ignoredByRemoved += slot.session.address.datagramsIgnored;
  }

  /** Datagrams that were ignored, over all sessions that ever were: see `SessionAddress.datagramsIgnored`. */
  get datagramsIgnored(): number {
    let count = this.#ignoredByRemoved;
    for (const slot of this.#all) count += slot.session.address.datagramsIgnored;
    return count;
  }

  /** An ID that no session has. */
  newId(randomBytes: (length: number) => Uint8Array): Uint8Array {
    let id = randomBytes(CONNECTION_ID_LENGTH);
    for (let tries = 0; this.#byId.get(id, 0) !== undefined; tries++) {
      assert(tries < 8, "random connection IDs do not repeat");
      id = randomBytes(CONNECTION_ID_LENGTH);
    }
    return id;
  }
}

function isLongHeader(datagram: Uint8Array): boolean {
  return (datagram[0]! & LONG_HEADER_BIT) !== 0;
}

function keyOf(address: UdpAddress): string {
  return `${address.host} ${address.port}`;
}
