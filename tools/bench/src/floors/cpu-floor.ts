/** Packets on a path over three links, in bytes. */
export interface PacketSizes {
  readonly name: string;
  /** A packet between cluster vertices, with its labels. */
  readonly mesh: number;
  /** UDP payloads on a link, so many for each of those. */
  readonly link: number;
  readonly pieces: number;
  /** An end-to-end QUIC packet, which fills a mesh packet behind its labels. */
  readonly end: number;
}

/** A packet of a link that holds one mesh packet of the least size, and one that a link splits. */
export const PACKETS: { readonly small: PacketSizes; readonly large: PacketSizes } = {
  small: { name: "packets of 1,280 bytes", mesh: 1280, link: 1312, pieces: 1, end: 1256 },
  large: { name: "packets of 16 KB, in pieces on each link", mesh: 16_384, link: 1350, pieces: 13, end: 16_000 },
};

/** What the steps cost alone, in nanoseconds of CPU time. */
export interface StepCosts {
  /** AES-128-GCM, to encrypt or to decrypt a packet of a link, or an end-to-end one, once; null where there is nothing to measure it with. */
  readonly linkAes: number | null;
  readonly endAes: number | null;
  /** A packet of a link through its QUIC engine, both ends, with its encryption. */
  readonly linkEngine: number;
  /** A thousand bytes of a stream through the end-to-end QUIC engine, both ends, with its encryption. */
  readonly endEngine: number;
  /** A mesh packet in a frame of many, sent and received over Unix datagrams. */
  readonly florio: number;
  /** A datagram as large as a packet of a link, sent and received by node:dgram. */
  readonly udp: number;
  /** A thousand bytes, read from one TCP socket and written to another. */
  readonly tcp: number;
}

/** One part of what a byte cannot cost less than. */
export interface FloorPart {
  readonly name: string;
  /** How often a byte meets it. */
  readonly times: number;
  readonly cpuSecondsPerGigabyte: number;
}

/**
 * What a GB of a workload costs at least on its way over three links, when nothing is done but the steps themselves: encrypted
 * and decrypted four times, FlorIO six times, UDP three times, TCP at both ends.
 */
export function cpuFloor(sizes: PacketSizes, costs: StepCosts): FloorPart[] {
  const workload = workloadBytes(sizes);
  const perPacket = (nanoseconds: number): number => nanoseconds / workload;
  const perPiece = (nanoseconds: number): number => perPacket(nanoseconds * sizes.pieces);
  const perThousand = (nanoseconds: number): number => nanoseconds / 1000;
  const [linkAes, endAes] = [costs.linkAes ?? 0, costs.endAes ?? 0];
  const isTold = costs.linkAes !== null && costs.endAes !== null;
  const beside = isTold ? "QUIC and binding" : "AES-128-GCM, QUIC and binding";
  const aes = [part("AES-128-GCM, links", 6, perPiece(linkAes)), part("AES-128-GCM, end to end", 2, perPacket(endAes))];
  return [
    ...(isTold ? aes : []),
    part(`${beside}, link`, 3, perPiece(costs.linkEngine - (isTold ? 2 * linkAes : 0))),
    part(`${beside}, end to end`, 1, perThousand(costs.endEngine) - (isTold ? perPacket(2 * endAes) : 0)),
    part("FlorIO, sent and received", 6, perPacket(costs.florio)),
    part("UDP, sent and received", 3, perPiece(costs.udp)),
    part("TCP, read on a and written on d", 1, perThousand(costs.tcp)),
  ];
}

export function totalOf(parts: readonly FloorPart[]): number {
  return parts.reduce((sum, { cpuSecondsPerGigabyte }) => sum + cpuSecondsPerGigabyte, 0);
}

/** What of an end-to-end packet is the workload's: the rest is QUIC's header, that of a stream frame, and what proves it. */
function workloadBytes({ end }: PacketSizes): number {
  return end - 32;
}

function part(name: string, times: number, cpuSecondsPerGigabyteOnce: number): FloorPart {
  return { name, times, cpuSecondsPerGigabyte: times * cpuSecondsPerGigabyteOnce };
}
