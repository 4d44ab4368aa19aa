/** Sizes on a path over three links with its usual MTU of 1280, in bytes. */
export const MESH_PACKET: number = 1280;
/** A QUIC packet of a link that holds one mesh packet, and an end-to-end one that fills it behind three labels. */
export const LINK_PACKET: number = MESH_PACKET + 32;
export const END_PACKET: number = MESH_PACKET - 24;
/** What of an end-to-end packet is the workload's. */
export const WORKLOAD_BYTES: number = END_PACKET - 32;

/** What the steps cost alone, in nanoseconds of CPU time. */
export interface StepCosts {
  /** AES-128-GCM, to encrypt or to decrypt a packet once; null where there is nothing to measure it with. */
  readonly aes: number | null;
  /** A mesh packet through the QUIC engine of a link, both ends, with its encryption. */
  readonly linkEngine: number;
  /** A thousand bytes of a stream through the end-to-end QUIC engine, both ends, with its encryption. */
  readonly endEngine: number;
  /** A packet in a frame of many, sent and received over Unix datagrams. */
  readonly florio: number;
  /** A datagram, sent and received by node:dgram. */
  readonly udp: number;
  /** A thousand bytes, read from one TCP socket and written to another. */
  readonly tcp: number;
}

/** One part of what a byte cannot cost less than. */
export interface FloorPart {
  readonly name: string;
  readonly times: number;
  readonly cpuSecondsPerGigabyte: number;
}

/**
 * What a GB of a workload costs at least on its way over three links, when nothing is done but the steps themselves: encrypted
 * and decrypted four times, FlorIO six times, UDP three times, TCP at both ends.
 */
export function cpuFloor(costs: StepCosts): FloorPart[] {
  const perPacket = (nanoseconds: number): number => nanoseconds / WORKLOAD_BYTES;
  const perThousand = (nanoseconds: number): number => nanoseconds / 1000;
  const crypto = costs.aes ?? 0;
  const endCrypto = (2 * crypto * 1000) / WORKLOAD_BYTES;
  const aes = costs.aes === null ? [] : [part("AES-128-GCM", 8, perPacket(crypto))];
  const beside = costs.aes === null ? "AES-128-GCM, QUIC and binding" : "QUIC and binding";
  return [
    ...aes,
    part(`${beside}, link`, 3, perPacket(costs.linkEngine - 2 * crypto)),
    part(`${beside}, end to end`, 1, perThousand(costs.endEngine - endCrypto)),
    part("FlorIO, sent and received", 6, perPacket(costs.florio)),
    part("UDP, sent and received", 3, perPacket(costs.udp)),
    part("TCP, read on a and written on d", 1, perThousand(costs.tcp)),
  ];
}

export function totalOf(parts: readonly FloorPart[]): number {
  return parts.reduce((sum, { cpuSecondsPerGigabyte }) => sum + cpuSecondsPerGigabyte, 0);
}

function part(name: string, times: number, cpuSecondsPerGigabyteOnce: number): FloorPart {
  return { name, times, cpuSecondsPerGigabyte: times * cpuSecondsPerGigabyteOnce };
}
