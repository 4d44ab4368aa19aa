import { isIPv6 } from "node:net";
import type { UdpAddress } from "../link-address.ts";
import type { Libc } from "./libc.ts";

export const AF_INET = 2;
export const AF_INET6 = 10;
const SOCKADDR_IN_SIZE = 16;
const SOCKADDR_IN6_SIZE = 28;

/**
 * An address as system calls take it (ip(7), ipv6(7)); undefined when it is not one of the family.
 *
 *     sockaddr_in     family 2 (native) | port 2 | address 4 | zeros 8
 *     sockaddr_in6    family 2 (native) | port 2 | flow 4 | address 16 | interface 4 (native)
 */
export function socketAddress(libc: Libc, { host, port }: UdpAddress, family: number): Uint8Array | undefined {
  const isV6 = family === AF_INET6;
  const [text = "", zone] = host.split("%");
  const bytes = new Uint8Array(new ArrayBuffer(isV6 ? SOCKADDR_IN6_SIZE : SOCKADDR_IN_SIZE));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port);
  const mapped = isV6 && !isIPv6(text) ? `::ffff:${text}` : text;
  if (libc.inet_pton(family, mapped, bytes.subarray(isV6 ? 8 : 4)) !== 1) return undefined;
  if (isV6 && zone !== undefined) view.setUint32(24, Number(zone) || libc.if_nametoindex(zone), true);
  return bytes;
}
