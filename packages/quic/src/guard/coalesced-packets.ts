import { QUIC_VERSION } from "../packet-header.ts";

const FORM_BIT = 0x80;
const FIXED_BIT = 0x40;
const longTypes = { initial: 0, retry: 3 } as const;

/** Whether a datagram, which may hold several packets (RFC 9000, 12.2), has one with a short header. */
export function hasShortPacket(datagram: Uint8Array): boolean {
  return hasFixedBit(datagram, shortPacketAt(datagram));
}

/**
 * Takes the packet with a short header out of a datagram, and leaves zeros in its place: the packets before it may
 * bring the keys by which it is judged, and the datagram's length counts (RFC 9000, 8.1). Undefined when there is no
 * such packet, or it lacks the fixed bit and is to be dropped (RFC 9000, 17.3.1): quiche would open it.
 */
export function cutShortPacket(datagram: Uint8Array): Uint8Array | undefined {
  const at = shortPacketAt(datagram);
  const packet = hasFixedBit(datagram, at) ? new Uint8Array(datagram.subarray(at)) : undefined;
  datagram.fill(0, at);
  return packet;
}

/**
 * Offset of the end of the packets with long headers: a short one follows, or padding. No engine looks behind a packet
 * that it cannot read.
 */
export function shortPacketAt(datagram: Uint8Array): number {
  let at = 0;
  while (at < datagram.length && (datagram[at]! & FORM_BIT) !== 0) {
    const end = longPacketEnd(datagram, at);
    if (end === undefined || end <= at) return datagram.length;
    // The length field may have any value.
    at = Math.min(end, datagram.length);
  }
  return at;
}

function hasFixedBit(datagram: Uint8Array, at: number): boolean {
  return at < datagram.length && (datagram[at]! & FIXED_BIT) !== 0;
}

/** RFC 9000, 17.2. */
function longPacketEnd(datagram: Uint8Array, start: number): number | undefined {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const type = (datagram[start]! >> 4) & 3;
  if (datagram.length < start + 6 || view.getUint32(start + 1) !== QUIC_VERSION || type === longTypes.retry)
    return undefined;
  let at = start + 6 + datagram[start + 5]!;
  at += 1 + (datagram[at] ?? 0);
  if (type === longTypes.initial) {
    const token = readNumber(datagram, at);
    if (token === undefined) return undefined;
    at = token.end + token.value;
  }
  const length = readNumber(datagram, at);
  return length && length.end + length.value;
}

function readNumber(bytes: Uint8Array, at: number): { value: number; end: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  const end = at + (1 << (first >> 6));
  if (end > bytes.length) return undefined;
  let value = first & 0x3f;
  for (let i = at + 1; i < end; i++) value = value * 256 + bytes[i]!;
  return { value, end };
}
