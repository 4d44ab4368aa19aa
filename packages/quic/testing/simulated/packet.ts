/**
 * Packets of the simulated engine. What an endpoint reads of them is as in QUIC (packet-header.ts); behind it they are plain.
 *
 * ```
 *  header, as in QUIC   number  frames      tag
 *  +-------------------+-------+-----------+----------------+
 *  |                   |   4   |           |       16       |
 *  +-------------------+-------+-----------+----------------+
 * ```
 *
 * A packet fills its datagram. The tag stands for authentication: it depends on a key and on all bytes before it. It keeps out
 * what was damaged, and what was made without the key. It is no cryptography: who can read a handshake knows the key.
 */

import type { QuicPacketHeader } from "../../src/engine.ts";
import { QUIC_VERSION } from "../../src/packet-header.ts";

export type PacketType = "initial" | "handshake" | "short";
export type PacketKey = readonly [number, number];

export const NUMBER_LENGTH = 4;
export const TAG_LENGTH = 16;

const firstBytes: Readonly<Record<PacketType | "retry", number>> = {
  initial: 0xc0,
  handshake: 0xe0,
  retry: 0xf0,
  short: 0x40,
};
/** A token's length is written as a varint of two bytes. */
const TOKEN_LENGTH_SIZE = 2;

export interface PacketHead {
  readonly type: PacketType | "retry";
  readonly destinationId: Uint8Array;
  readonly sourceId: Uint8Array;
  /** The token of an initial packet. */
  readonly token: Uint8Array;
}

/** Writes what stands before the number; returns its length. */
export function writeHead(head: PacketHead, out: Uint8Array): number {
  const { type, destinationId, sourceId, token } = head;
  out[0] = firstBytes[type];
  if (type === "short") {
    out.set(destinationId, 1);
    return 1 + destinationId.length;
  }
  out.set([0, 0, 0, QUIC_VERSION], 1);
  let at = 5;
  for (const id of [destinationId, sourceId]) {
    out[at] = id.length;
    out.set(id, at + 1);
    at += 1 + id.length;
  }
  if (type !== "initial") return at;
  out[at] = 0x40 | (token.length >> 8);
  out[at + 1] = token.length & 0xff;
  out.set(token, at + TOKEN_LENGTH_SIZE);
  return at + TOKEN_LENGTH_SIZE + token.length;
}

/** Offset of the packet number in a packet whose header was read. */
export function numberAt({ type, destinationId, sourceId, token }: QuicPacketHeader): number {
  if (type === "short") return 1 + destinationId.length;
  const idsEnd = 7 + destinationId.length + sourceId.length;
  return type === "initial" ? idsEnd + TOKEN_LENGTH_SIZE + token.length : idsEnd;
}

/** Writes the tag behind `end` bytes; returns the length of the packet. */
export function seal(packet: Uint8Array, end: number, key: PacketKey): number {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  tagOf(packet, end, key).forEach((word, i) => view.setUint32(end + 4 * i, word));
  return end + TAG_LENGTH;
}

/** Whether the packet ends with the tag that the key gives. */
export function isGenuine(packet: Uint8Array, key: PacketKey): boolean {
  const end = packet.length - TAG_LENGTH;
  if (end < 1) return false;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  return tagOf(packet, end, key).every((word, i) => view.getUint32(end + 4 * i) === word);
}

/** A key that follows from what both ends know. */
export function keyOf(...parts: readonly Uint8Array[]): PacketKey {
  let key: PacketKey = [0x811c9dc5, 0x9747b28c];
  for (const part of parts) {
    const [first, second] = tagOf(part, part.length, key);
    key = [first!, second!];
  }
  return key;
}

/** FNV-1a, twice with different steps: each differs whenever one byte does. */
function tagOf(bytes: Uint8Array, end: number, [low, high]: PacketKey): number[] {
  let first = low ^ end;
  let second = high ^ end;
  for (let i = 0; i < end; i++) {
    first = Math.imul(first ^ bytes[i]!, 0x01000193);
    second = Math.imul(second ^ bytes[i]!, 0x5bd1e995);
  }
  return [mixed(first ^ high), mixed(second ^ low), mixed(first + second), mixed(first ^ (second >>> 7))];
}

function mixed(word: number): number {
  const once = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
}
