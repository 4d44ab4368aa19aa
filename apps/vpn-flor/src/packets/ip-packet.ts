import { mix } from "@florenetes/forwarding";
import { readUint16, readUint32 } from "@florenetes/wire-values";
import { EXTENSION_HEADERS_MAX } from "./limits.ts";
import { IPV4_HEADER_SIZE, IPV6_HEADER_SIZE, IpProtocol } from "./protocols.ts";

/**
 * Why a packet is not carried; the names are those of its counters.
 *
 * - `short`: fewer bytes than the fixed header has.
 * - `version`: neither IPv4 nor IPv6.
 * - `length`: the header says another length than came, be it more or less. A jumbogram (RFC 2675) is such a packet: its header says 0.
 * - `header`: an IPv4 header that is too short, longer than the packet, or has broken options.
 * - `extensions`: IPv6 extension headers that are cut, too many, or where RFC 8200 has none.
 * - `routed`: the sender chose the way: LSRR and SSRR of IPv4 (RFC 7126), routing header type 0 of IPv6 (RFC 5095).
 */
export const PACKET_FAULTS = ["short", "version", "length", "header", "extensions", "routed"] as const;
export type PacketFault = (typeof PACKET_FAULTS)[number];

const IPV4_LENGTH_AT = 2;
const IPV4_FRAGMENT_AT = 6;
const IPV4_PROTOCOL_AT = 9;
const IPV4_SOURCE_AT = 12;
const IPV4_ADDRESS_SIZE = 4;
/** More fragments, and the offset (RFC 791). */
const IPV4_FRAGMENT_BITS = 0x3fff;
const IPV4_OFFSET_BITS = 0x1fff;

const OPTION_END = 0;
const OPTION_NONE = 1;
const OPTION_LSRR = 131;
const OPTION_SSRR = 137;

const IPV6_LENGTH_AT = 4;
const IPV6_NEXT_AT = 6;
const IPV6_SOURCE_AT = 8;
const IPV6_ADDRESS_SIZE = 16;
/** The least that an extension header has, and the unit of most of their lengths. */
const EXTENSION_UNIT = 8;
/** More fragments, and the offset (RFC 8200, 4.5). */
const IPV6_FRAGMENT_BITS = 0xfff9;
const IPV6_OFFSET_BITS = 0xfff8;

const PORTS_SIZE = 4;

/**
 * A view of one IP packet, which is made once and reads packet after packet: reading allocates nothing. Offsets count from the packet's
 * first byte. The checksum of an IPv4 header is not looked at: each packet comes from a kernel or goes to one, which verifies it anyhow
 * whenever a packet comes in, and nothing here trusts a field more for it.
 */
export class IpPacket {
  readonly #seed: number;

  version: 4 | 6 = 4;
  /** Bytes of the whole packet. */
  length = -1;
  /** The differentiated services code point, 0 to 63 (RFC 2474). */
  dscp = -1;
  /** The protocol behind all extension headers of IPv6. In a later fragment: the one that its fragment header names. */
  protocol = -1;
  /** The first byte behind the IP headers; the packet's length when there is none. */
  payloadOffset = -1;
  /** A part of a datagram. A whole one with a fragment header (RFC 6946) is none. */
  isFragment = false;
  /** A fragment that is not the first of its datagram: it has no ports. */
  isLaterFragment = false;
  /** The sender's port, where TCP, UDP, SCTP or DCCP has one; -1: there is none. */
  sourcePort = -1;
  /** The receiver's port, likewise. */
  destinationPort = -1;
  /**
   * An unsigned number of 32 bits, equal for the packets of one flow in both directions: of both addresses, the protocol and the ports.
   * Fragments, of which only the first knows ports, are told apart by addresses and protocol alone.
   */
  hash = -1;
  sourceAt = -1;
  destinationAt = -1;
  /** Bytes of either address. */
  addressLength = -1;

  /** @param seed 32 random bits that nobody else knows, so that no sender can aim at one value of `hash` */
  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  /**
   * Reads one packet. After a fault the fields mean nothing.
   *
   * @param bytes Exactly one packet, which may be anything
   */
  read(bytes: Uint8Array): PacketFault | undefined {
    if (bytes.length === 0) return "short";
    this.length = bytes.length;
    const version = bytes[0]! >> 4;
    if (version === 4) return this.#readIpv4(bytes);
    if (version === 6) return this.#readIpv6(bytes);
    return "version";
  }

  #readIpv4(bytes: Uint8Array): PacketFault | undefined {
    if (bytes.length < IPV4_HEADER_SIZE) return "short";
    const headerSize = (bytes[0]! & 0xf) * 4;
    if (headerSize < IPV4_HEADER_SIZE) return "header";
    if (readUint16(bytes, IPV4_LENGTH_AT) !== bytes.length) return "length";
    if (headerSize > bytes.length) return "header";
    const fault = findOptionFault(bytes, headerSize);
    if (fault !== undefined) return fault;
    const fragment = readUint16(bytes, IPV4_FRAGMENT_AT);
    this.version = 4;
    this.dscp = bytes[1]! >> 2;
    this.isFragment = (fragment & IPV4_FRAGMENT_BITS) !== 0;
    this.isLaterFragment = (fragment & IPV4_OFFSET_BITS) !== 0;
    this.sourceAt = IPV4_SOURCE_AT;
    this.destinationAt = IPV4_SOURCE_AT + IPV4_ADDRESS_SIZE;
    this.addressLength = IPV4_ADDRESS_SIZE;
    const protocol = bytes[IPV4_PROTOCOL_AT]!;
    this.#readPayload(bytes, headerSize, protocol, protocol);
    return undefined;
  }

  #readIpv6(bytes: Uint8Array): PacketFault | undefined {
    if (bytes.length < IPV6_HEADER_SIZE) return "short";
    if (readUint16(bytes, IPV6_LENGTH_AT) !== bytes.length - IPV6_HEADER_SIZE) return "length";
    this.version = 6;
    this.dscp = ((bytes[0]! & 0xf) << 2) | (bytes[1]! >> 6);
    this.isFragment = false;
    this.isLaterFragment = false;
    this.sourceAt = IPV6_SOURCE_AT;
    this.destinationAt = IPV6_SOURCE_AT + IPV6_ADDRESS_SIZE;
    this.addressLength = IPV6_ADDRESS_SIZE;

    let at = IPV6_HEADER_SIZE;
    let next = bytes[IPV6_NEXT_AT]!;
    let fragmented = -1;
    for (let count = 0; isExtension(next) && !this.isLaterFragment; count++) {
      if (count === EXTENSION_HEADERS_MAX || at + EXTENSION_UNIT > bytes.length) return "extensions";
      if (next === IpProtocol.hopByHop && count > 0) return "extensions";
      if (next === IpProtocol.routing && bytes[at + 2] === 0) return "routed";
      const size = extensionSize(next, bytes[at + 1]!);
      if (at + size > bytes.length) return "extensions";
      if (next === IpProtocol.fragment) {
        // A fragment of a fragment would hide its ports from whoever looks for them once.
        if (fragmented !== -1) return "extensions";
        fragmented = bytes[at]!;
        const fragment = readUint16(bytes, at + 2);
        this.isFragment = (fragment & IPV6_FRAGMENT_BITS) !== 0;
        this.isLaterFragment = (fragment & IPV6_OFFSET_BITS) !== 0;
      }
      next = bytes[at]!;
      at += size;
    }
    // Later fragments do not see the headers behind the fragment header, so that the first may not count them, either.
    this.#readPayload(bytes, at, next, this.isFragment ? fragmented : next);
    return undefined;
  }

  #readPayload(bytes: Uint8Array, at: number, protocol: number, hashed: number): void {
    this.protocol = protocol;
    this.payloadOffset = at;
    const hasPorts = !this.isLaterFragment && isWithPorts(protocol) && at + PORTS_SIZE <= bytes.length;
    this.sourcePort = hasPorts ? readUint16(bytes, at) : -1;
    this.destinationPort = hasPorts ? readUint16(bytes, at + 2) : -1;
    const isHashed = hasPorts && !this.isFragment;
    const source = this.#hashEnd(bytes, this.sourceAt, isHashed ? this.sourcePort : 0);
    const destination = this.#hashEnd(bytes, this.destinationAt, isHashed ? this.destinationPort : 0);
    // The sum is the same in both directions.
    this.hash = mix(mix(this.#seed, hashed), (source + destination) | 0) >>> 0;
  }

  #hashEnd(bytes: Uint8Array, addressAt: number, port: number): number {
    let hash = mix(this.#seed, port);
    for (let at = addressAt; at < addressAt + this.addressLength; at += 4) hash = mix(hash, readUint32(bytes, at));
    return hash;
  }
}

/** Looks for options that are broken, or choose the packet's way; `end` is that of the header. */
function findOptionFault(bytes: Uint8Array, end: number): PacketFault | undefined {
  let at = IPV4_HEADER_SIZE;
  while (at < end) {
    const type = bytes[at]!;
    if (type === OPTION_END) return undefined;
    if (type === OPTION_NONE) {
      at++;
      continue;
    }
    if (type === OPTION_LSRR || type === OPTION_SSRR) return "routed";
    const size = at + 1 < end ? bytes[at + 1]! : 0;
    if (size < 2 || at + size > end) return "header";
    at += size;
  }
  return undefined;
}

function isExtension(protocol: number): boolean {
  switch (protocol) {
    case IpProtocol.hopByHop:
    case IpProtocol.routing:
    case IpProtocol.fragment:
    case IpProtocol.authentication:
    case IpProtocol.destinationOptions:
      return true;
    default:
      return false;
  }
}

/** Bytes of an extension header that says `length` (RFC 8200, 4; for AH RFC 4302, 2.2). */
function extensionSize(protocol: number, length: number): number {
  if (protocol === IpProtocol.fragment) return EXTENSION_UNIT;
  return protocol === IpProtocol.authentication ? (length + 2) * 4 : (length + 1) * EXTENSION_UNIT;
}

function isWithPorts(protocol: number): boolean {
  switch (protocol) {
    case IpProtocol.tcp:
    case IpProtocol.udp:
    case IpProtocol.dccp:
    case IpProtocol.sctp:
      return true;
    default:
      return false;
  }
}
