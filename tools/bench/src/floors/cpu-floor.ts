import { datagrams, PACKETS, type PacketSizes, stream } from "../micro/subjects/engine.ts";
import { florioOnSockets, TCP, udp } from "../micro/subjects/sockets.ts";

/** One part of what a byte cannot cost less than. */
interface FloorPart {
  readonly name: string;
  /** How often a byte meets it. */
  readonly times: number;
  readonly cpuSecondsPerGigabyte: number;
}

export interface CpuFloor {
  readonly title: string;
  readonly parts: readonly FloorPart[];
}

/** The subjects whose costs the floors are sums of. */
export const FLOOR_SUBJECTS: readonly string[] = Object.values(PACKETS).flatMap(subjectsOf);

/**
 * The least that a GB of a workload costs on its way over three links, when nothing is done but the steps themselves: encrypted
 * and decrypted four times, FlorIO six times, UDP three times, TCP at both ends. Once with packets as large as the mesh
 * carries, and once with packets that fit one packet of a link each.
 *
 * @param cost of a subject, in nanoseconds of CPU time
 */
export function cpuFloors(cost: (subject: string) => number): CpuFloor[] {
  return Object.values(PACKETS).map((sizes) => {
    const [linkEngine, endEngine, florio, datagram, tcp] = subjectsOf(sizes).map(cost) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const perPacket = (nanoseconds: number): number => nanoseconds / workloadBytes(sizes);
    const perThousand = (nanoseconds: number): number => nanoseconds / 1000;
    const parts = [
      part("QUIC with its encryption, link", 3, perPacket(linkEngine * sizes.pieces)),
      part("QUIC with its encryption, end to end", 1, perThousand(endEngine)),
      part("FlorIO, sent and received", 6, perPacket(florio)),
      part("UDP, sent and received", 3, perPacket(datagram * sizes.pieces)),
      part("TCP, read on a and written on d", 1, perThousand(tcp)),
    ];
    return { title: sizes.name, parts };
  });
}

export function totalOf({ parts }: CpuFloor): number {
  return parts.reduce((sum, { cpuSecondsPerGigabyte }) => sum + cpuSecondsPerGigabyte, 0);
}

function subjectsOf({ mesh, link, end }: PacketSizes): string[] {
  return [datagrams(link), stream(end), florioOnSockets(mesh), udp(link), TCP].map(({ name }) => name);
}

/** The workload's bytes in an end-to-end packet. The rest is QUIC's header, that of a stream frame, and the authentication tag. */
function workloadBytes({ end }: PacketSizes): number {
  return end - 32;
}

function part(name: string, times: number, cpuSecondsPerGigabyteOnce: number): FloorPart {
  return { name, times, cpuSecondsPerGigabyte: times * cpuSecondsPerGigabyteOnce };
}
