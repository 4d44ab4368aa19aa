import { addon } from "./addon.ts";

interface UdpBatchPart {
  socketAddress(host: string, port: number, isIpv6: boolean): Uint8Array | undefined;
  /** A descriptor, or a negative errno. */
  openBatchSocket(host: string, port: number, isIpv6: boolean): number;
  sendBatch(
    descriptor: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    segment: number,
    address: Uint8Array,
  ): number;
}

/**
 * An IP address and port as system calls take them (ip(7), ipv6(7)), for a socket of IPv6 or of IPv4; undefined when it is not one of the
 * family. An IPv4 address is mapped for IPv6 (`::ffff:192.0.2.1`); a link-local one may name its interface (`fe80::1%eth0`).
 */
export function socketAddress(host: string, port: number, isIpv6: boolean): Uint8Array | undefined {
  return (addon() as UdpBatchPart).socketAddress(host, port, isIpv6);
}

/**
 * A bound UDP socket, non-blocking, that takes and gives payloads in batches (udp(7): UDP_SEGMENT, UDP_GRO). Returns its descriptor, which is
 * the caller's to close; undefined when the system does not have that, or refuses the address.
 */
export function openBatchSocket(host: string, port: number, isIpv6: boolean): number | undefined {
  const result = (addon() as UdpBatchPart).openBatchSocket(host, port, isIpv6);
  return result < 0 ? undefined : result;
}

/** Sends `bytes` from `start` to `end` as payloads of `segment` bytes, the last perhaps shorter, or as one when it is 0. Returns 0 or an errno. */
export type SendBatch = (bytes: Uint8Array, start: number, end: number, segment: number, address: Uint8Array) => number;

/** The sending of a socket that `openBatchSocket` has opened; without waiting: EAGAIN when its buffer is full. */
export function batchSend(descriptor: number): SendBatch {
  const part = addon() as UdpBatchPart;
  return (bytes, start, end, segment, address) => part.sendBatch(descriptor, bytes, start, end, segment, address);
}
