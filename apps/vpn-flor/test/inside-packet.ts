import { parseAddress } from "../src/packets/addresses.ts";

/** A UDP packet of IPv4 or IPv6, as it is inside of the tunnel. */
export function insidePacket(
  source: string,
  destination: string,
  { sourcePort = 5_000, destinationPort = 80, size = 100 } = {},
): Uint8Array {
  const [from, to] = [parseAddress(source)!, parseAddress(destination)!];
  const udp = Uint8Array.from([
    sourcePort >> 8,
    sourcePort & 0xff,
    destinationPort >> 8,
    destinationPort & 0xff,
    (size + 8) >> 8,
    (size + 8) & 0xff,
    0,
    0,
    ...new Uint8Array(size),
  ]);
  if (from.length === 4) {
    const length = 20 + udp.length;
    const head = [0x45, 0, length >> 8, length & 0xff, 0, 0, 0, 0, 64, 17, 0, 0];
    return Uint8Array.from([...head, ...from, ...to, ...udp]);
  }
  return Uint8Array.from([0x60, 0, 0, 0, udp.length >> 8, udp.length & 0xff, 17, 64, ...from, ...to, ...udp]);
}
