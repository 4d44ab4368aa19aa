import { readUint16 } from "@florenetes/wire-values";
import { IPV4_HEADER_SIZE, IPV6_HEADER_SIZE, IpProtocol } from "./protocols.ts";

/** Bytes of the header of TCP without options (RFC 9293, 3.1). */
const TCP_SIZE = 20;
/** The place of the header's size in TCP, in units of four bytes in the upper half. */
const TCP_OFFSET_AT = 12;
const IPV4_WITHOUT_OPTIONS = 0x45;
/** More fragments, and the offset (RFC 791). */
const IPV4_FRAGMENT_BITS = 0x3fff;

/**
 * Bytes of the headers of IP and TCP in a whole packet; undefined: it has others, or options of IPv4, extension headers of IPv6, another length than its header
 * says, or is a fragment.
 */
export function tcpHeadersSize(packet: Uint8Array): number | undefined {
  const version = (packet[0] ?? 0) >> 4;
  const ip = version === 4 ? IPV4_HEADER_SIZE : IPV6_HEADER_SIZE;
  if (packet.length < ip + TCP_SIZE) return undefined;
  const isPlain = version === 4 ? isPlainIpv4(packet) : version === 6 && isPlainIpv6(packet);
  const tcp = (packet[ip + TCP_OFFSET_AT]! >> 4) * 4;
  return isPlain && tcp >= TCP_SIZE && ip + tcp <= packet.length ? ip + tcp : undefined;
}

function isPlainIpv4(packet: Uint8Array): boolean {
  const isWhole = readUint16(packet, 2) === packet.length && (readUint16(packet, 6) & IPV4_FRAGMENT_BITS) === 0;
  return packet[0] === IPV4_WITHOUT_OPTIONS && packet[9] === IpProtocol.tcp && isWhole;
}

function isPlainIpv6(packet: Uint8Array): boolean {
  return packet[6] === IpProtocol.tcp && readUint16(packet, 4) === packet.length - IPV6_HEADER_SIZE;
}
