/**
 * Reads the fields of a QUIC packet that are readable without keys.
 *
 * ```
 *  long header (RFC 8999, 5.1; RFC 9000, 17.2)           short header (RFC 9000, 17.3)
 *  +--------+---------+----+--------+----+--------+---   +--------+-----------------+-----------
 *  |1FTTxxxx| version | Dl | dest.. | Sl | source |...   |0Fxxxxxx| destination id  | protected
 *  +--------+---------+----+--------+----+--------+---   +--------+-----------------+-----------
 *     1        4        1     Dl      1     Sl              1        known length
 *
 *  Initial only: token length (varint), token.
 * ```
 */

import { CONNECTION_ID_MAX } from "./limits.ts";
import { readUint32, writeUint32 } from "@florenetes/wire-values";
import type { QuicPacketHeader } from "./engine.ts";

/** The one version that we speak: QUIC 1. */
export const QUIC_VERSION = 1;

const FORM_BIT = 0x80;
const FIXED_BIT = 0x40;

const longTypes = ["initial", "0rtt", "handshake", "retry"] as const;
const none = new Uint8Array(0);

/**
 * Reads the header of the first packet in a datagram. The IDs and the token are views into `datagram`.
 *
 * @param idLength length of our own connection IDs: a short header does not say it.
 * @returns undefined when the bytes cannot be a packet of QUIC. A long header of another version is returned as far as
 *   RFC 8999 lets it be read, with type `initial` (it may ask for version negotiation) and no token.
 */
export function parsePacketHeader(datagram: Uint8Array, idLength: number): QuicPacketHeader | undefined {
  if (datagram.length < 1) return undefined;
  return (datagram[0]! & FORM_BIT) === 0 ? parseShort(datagram, idLength) : parseLong(datagram);
}

/**
 * Writes a Version Negotiation packet (RFC 9000, 17.2.1) as the answer to `header`.
 *
 * @param random one random byte: its low seven bits fill the unused bits of the first byte.
 * @returns its length, or 0 when `out` is too small.
 */
export function writeVersionNegotiationPacket(header: QuicPacketHeader, random: number, out: Uint8Array): number {
  const { sourceId, destinationId } = header;
  const length = 7 + sourceId.length + destinationId.length + 4;
  if (out.length < length) return 0;
  out[0] = FORM_BIT | FIXED_BIT | (random & 0x3f);
  out.fill(0, 1, 5);
  let at = 5;
  // The IDs change places: what the client called itself is where this goes.
  for (const id of [sourceId, destinationId]) {
    out[at] = id.length;
    out.set(id, at + 1);
    at += 1 + id.length;
  }
  writeUint32(out, at, QUIC_VERSION);
  return length;
}

function parseShort(datagram: Uint8Array, idLength: number): QuicPacketHeader | undefined {
  if ((datagram[0]! & FIXED_BIT) === 0 || datagram.length < 1 + idLength) return undefined;
  return {
    type: "short",
    version: QUIC_VERSION,
    destinationId: datagram.subarray(1, 1 + idLength),
    sourceId: none,
    token: none,
  };
}

function parseLong(datagram: Uint8Array): QuicPacketHeader | undefined {
  if (datagram.length < 7) return undefined;
  const version = readUint32(datagram, 1);
  const destinationLength = datagram[5]!;
  const sourceAt = 6 + destinationLength;
  if (datagram.length < sourceAt + 1) return undefined;
  const sourceLength = datagram[sourceAt]!;
  const rest = sourceAt + 1 + sourceLength;
  if (datagram.length < rest) return undefined;

  const destinationId = datagram.subarray(6, sourceAt);
  const sourceId = datagram.subarray(sourceAt + 1, rest);
  if (version === 0) return { type: "version-negotiation", version, destinationId, sourceId, token: none };
  if (version !== QUIC_VERSION) return { type: "initial", version, destinationId, sourceId, token: none };

  if ((datagram[0]! & FIXED_BIT) === 0) return undefined;
  if (destinationLength > CONNECTION_ID_MAX || sourceLength > CONNECTION_ID_MAX) return undefined;
  const type = longTypes[(datagram[0]! >> 4) & 3]!;
  if (type !== "initial") return { type, version, destinationId, sourceId, token: none };
  const token = parseToken(datagram, rest);
  return token && { type, version, destinationId, sourceId, token };
}

function parseToken(datagram: Uint8Array, at: number): Uint8Array | undefined {
  const first = datagram[at];
  if (first === undefined) return undefined;
  const lengthBytes = 1 << (first >> 6);
  if (datagram.length < at + lengthBytes) return undefined;
  let length = first & 0x3f;
  // Multiplied rather than shifted: a varint may have 62 bits.
  for (let i = 1; i < lengthBytes; i++) length = length * 256 + datagram[at + i]!;
  const start = at + lengthBytes;
  if (length > datagram.length - start) return undefined;
  return length === 0 ? none : datagram.subarray(start, start + length);
}
