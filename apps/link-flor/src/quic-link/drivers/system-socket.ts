import type { UdpAddress } from "../link-address.ts";
import type { Libc } from "./libc.ts";
import { socketAddress } from "./socket-address.ts";

const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_UDP = 17;
const UDP_SEGMENT = 103;
const UDP_GRO = 104;

/**
 * A bound UDP socket that takes and gives payloads in batches (udp(7): UDP_SEGMENT, UDP_GRO). Returns its descriptor;
 * undefined when the system does not have that, or refuses the address.
 */
export function openSystemSocket(libc: Libc, listen: UdpAddress, family: number): number | undefined {
  const address = socketAddress(libc, listen, family);
  if (address === undefined) return undefined;
  const descriptor = libc.socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return undefined;
  const set = (name: number, value: number): boolean =>
    libc.setsockopt(descriptor, SOL_UDP, name, new Int32Array([value]), Int32Array.BYTES_PER_ELEMENT) === 0;
  // The size of a segment comes with each batch: here it is only asked whether there is such a thing.
  if (set(UDP_SEGMENT, 0) && set(UDP_GRO, 1) && libc.bind(descriptor, address, address.length) === 0) return descriptor;
  libc.close(descriptor);
  return undefined;
}
