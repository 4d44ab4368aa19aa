import { writeUint16 } from "@florenetes/wire-values";
import { checksumOf, sumOf } from "./checksum.ts";
import type { IpPacket } from "./ip-packet.ts";
import { IPV4_HEADER_SIZE, IPV6_HEADER_SIZE, IpProtocol } from "./protocols.ts";

/**
 * The addresses that answers come from; undefined: packets of that version get none. An address of the machine whose packet is answered
 * will not do for IPv4: Linux drops what comes in from an address of its own (`accept_local`).
 */
export interface AnsweringAddresses {
  readonly v4: Uint8Array | undefined;
  readonly v6: Uint8Array | undefined;
}

/** Room for the longest answer: as much as each IPv6 link carries (RFC 4443, 2.4(c)). */
export const ICMP_ANSWER_MAX = 1_280;
/** The longest answer of IPv4 (RFC 1812, 4.3.2.3). */
const ICMPV4_ANSWER_MAX = 576;
const ICMP_HEADER_SIZE = 8;
/** Bytes of an IPv4 packet behind its header that an answer has at least (RFC 792). */
const ICMPV4_QUOTED_MIN = 8;

const HOP_LIMIT = 64;
/** Internetwork control, as RFC 1812 (4.3.2.5) has it for errors. */
const TYPE_OF_SERVICE = 0xc0;
const DO_NOT_FRAGMENT = 0x4000;

const ICMPV4_UNREACHABLE = 3;
const ICMPV4_PROHIBITED = 13;
const ICMPV6_UNREACHABLE = 1;
const ICMPV6_PROHIBITED = 1;
/** Types below are errors (RFC 4443, 2.1). */
const ICMPV6_QUESTIONS = 128;
const ICMPV6_REDIRECT = 137;
/** Questions of ICMPv4 and the answers to them; all other types are errors, or unknown and may be. */
const ICMPV4_QUESTIONS: ReadonlySet<number> = new Set([0, 8, 9, 10, 13, 14, 15, 16, 17, 18, 42, 43]);

/**
 * Writes the answer to a packet that a rule of this end forbids: destination unreachable, communication administratively prohibited
 * (RFC 1812, 5.2.7.1; RFC 4443, 3.1).
 *
 * @param packet The view that has read `bytes`, without a fault
 * @param out Room for `ICMP_ANSWER_MAX` bytes
 * @returns The length of the answer, an IP packet to the sender; 0: none may be sent. How many are sent is up to the caller, who has to
 *   bound it (RFC 4443, 2.4(f)).
 */
export function writeProhibited(packet: IpPacket, bytes: Uint8Array, own: AnsweringAddresses, out: Uint8Array): number {
  return packet.version === 4 ? writeIpv4(packet, bytes, own.v4, out) : writeIpv6(packet, bytes, own.v6, out);
}

function writeIpv4(packet: IpPacket, bytes: Uint8Array, own: Uint8Array | undefined, out: Uint8Array): number {
  if (own === undefined || !isAnswered(packet, bytes)) return 0;
  const start = IPV4_HEADER_SIZE + ICMP_HEADER_SIZE;
  const quoted = Math.min(bytes.length, Math.min(ICMPV4_ANSWER_MAX, out.length) - start);
  if (quoted < Math.min(bytes.length, packet.payloadOffset + ICMPV4_QUOTED_MIN)) return 0;
  const length = start + quoted;
  out.fill(0, 0, start);
  out[0] = 0x45;
  out[1] = TYPE_OF_SERVICE;
  writeUint16(out, 2, length);
  // With this flag the identification may be 0 (RFC 6864).
  writeUint16(out, 6, DO_NOT_FRAGMENT);
  out[8] = HOP_LIMIT;
  out[9] = IpProtocol.icmp;
  out.set(own, 12);
  out.set(bytes.subarray(packet.sourceAt, packet.sourceAt + packet.addressLength), 16);
  writeUint16(out, 10, checksumOf(out, 0, IPV4_HEADER_SIZE));
  out[IPV4_HEADER_SIZE] = ICMPV4_UNREACHABLE;
  out[IPV4_HEADER_SIZE + 1] = ICMPV4_PROHIBITED;
  out.set(bytes.subarray(0, quoted), start);
  writeUint16(out, IPV4_HEADER_SIZE + 2, checksumOf(out, IPV4_HEADER_SIZE, length));
  return length;
}

function writeIpv6(packet: IpPacket, bytes: Uint8Array, own: Uint8Array | undefined, out: Uint8Array): number {
  if (own === undefined || !isAnswered(packet, bytes)) return 0;
  const start = IPV6_HEADER_SIZE + ICMP_HEADER_SIZE;
  const quoted = Math.min(bytes.length, Math.min(ICMP_ANSWER_MAX, out.length) - start);
  if (quoted < Math.min(bytes.length, IPV6_HEADER_SIZE)) return 0;
  const length = start + quoted;
  out.fill(0, 0, start);
  out[0] = 0x60;
  writeUint16(out, 4, length - IPV6_HEADER_SIZE);
  out[6] = IpProtocol.icmpv6;
  out[7] = HOP_LIMIT;
  out.set(own, 8);
  out.set(bytes.subarray(packet.sourceAt, packet.sourceAt + packet.addressLength), 24);
  out[IPV6_HEADER_SIZE] = ICMPV6_UNREACHABLE;
  out[IPV6_HEADER_SIZE + 1] = ICMPV6_PROHIBITED;
  out.set(bytes.subarray(0, quoted), start);
  // The pseudo header is both addresses, the length and the protocol (RFC 8200, 8.1).
  const pseudo = sumOf(out, 8, IPV6_HEADER_SIZE) + (length - IPV6_HEADER_SIZE) + IpProtocol.icmpv6;
  writeUint16(out, IPV6_HEADER_SIZE + 2, checksumOf(out, IPV6_HEADER_SIZE, length, pseudo));
  return length;
}

/**
 * Whether an error may be sent about a packet (RFC 1122, 3.2.2; RFC 4443, 2.4(e)): not about an error of ICMP, a later fragment, what
 * goes to many, or what does not come from one host. Broadcasts of a subnet look like other addresses here.
 */
function isAnswered(packet: IpPacket, bytes: Uint8Array): boolean {
  if (packet.isLaterFragment) return false;
  const { payloadOffset: at, sourceAt, destinationAt } = packet;
  if (packet.version === 4) {
    if (packet.protocol === IpProtocol.icmp && !(at < bytes.length && ICMPV4_QUESTIONS.has(bytes[at]!))) return false;
    return isHost4(bytes[sourceAt]!) && bytes[sourceAt] !== 127 && isHost4(bytes[destinationAt]!);
  }
  if (packet.protocol === IpProtocol.icmpv6) {
    if (at >= bytes.length || bytes[at]! < ICMPV6_QUESTIONS || bytes[at] === ICMPV6_REDIRECT) return false;
  }
  return isHost6(bytes, sourceAt) && isHost6(bytes, destinationAt);
}

/** Whether addresses that begin so may be those of one host: not 0.0.0.0/8, no group, nothing reserved, no broadcast. */
function isHost4(first: number): boolean {
  return first > 0 && first < 224;
}

/** Whether an address may be that of one host: no group, and neither `::` nor `::1`. */
function isHost6(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] === 0xff) return false;
  if (bytes[at + 15]! > 1) return true;
  for (let offset = 0; offset < 15; offset++) if (bytes[at + offset] !== 0) return true;
  return false;
}
