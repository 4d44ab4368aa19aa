import { medianOf } from "../figures.ts";
import { measureMicro } from "../micro/micro.ts";
import { datagrams, PACKETS, type PacketSizes, stream } from "../micro/subjects/engine.ts";
import { florioOnSockets, TCP, udp } from "../micro/subjects/sockets.ts";
import { FLOOR_PLACE } from "../place.ts";
import { emptyResult, type SystemResult } from "../system-result.ts";

/**
 * The least CPU time that a GB of a workload takes over three links, if nothing but these steps is done: encryption and decryption four
 * times, FlorIO six times, UDP three times, TCP at both ends. One floor has the largest packets that the mesh carries, the other has
 * packets that fit one packet of a link each.
 */
export async function measureCpuFloors(onStep: (text: string) => void): Promise<SystemResult[]> {
  const costs = await measureMicro(FLOOR_SUBJECTS, onStep);
  const problems = costs.flatMap((cost) => cost.problems);
  const costOf = (subject: string): number => medianOf(costs.find(({ name }) => name === subject)?.here)!;
  return Object.values(PACKETS).map((sizes) =>
    problems.length > 0 ? { ...emptyResult(sizes.name, FLOOR_PLACE), problems } : cpuFloor(sizes, costOf),
  );
}

/** The floors are sums of these subjects' costs. */
export const FLOOR_SUBJECTS: readonly string[] = Object.values(PACKETS).flatMap(subjectsOf);

function subjectsOf({ mesh, link, end }: PacketSizes): [string, string, string, string, string] {
  return [datagrams(link).name, stream(end).name, florioOnSockets(mesh).name, udp(link).name, TCP.name];
}

/** @param costOf The cost of a subject, in nanoseconds of CPU time. */
export function cpuFloor(sizes: PacketSizes, costOf: (subject: string) => number): SystemResult {
  const [link, end, florio, udpDatagram, tcp] = subjectsOf(sizes);
  // The rest of an end-to-end packet is QUIC's header, the header of a stream frame, and the authentication tag.
  const workloadBytes = sizes.end - 32;
  const parts = [
    ["QUIC with its encryption, link", 3, (costOf(link) * sizes.pieces) / workloadBytes],
    ["QUIC with its encryption, end to end", 1, costOf(end) / 1000],
    ["FlorIO, sent and received", 6, costOf(florio) / workloadBytes],
    ["UDP, sent and received", 3, (costOf(udpDatagram) * sizes.pieces) / workloadBytes],
    ["TCP, read on a and written on d", 1, costOf(tcp) / 1000],
  ] as const;
  const total = parts.reduce((sum, [, times, once]) => sum + times * once, 0);
  const about = parts.map(([name, times, once]) => `${name}, ${times} × ${once.toFixed(2)}`).join("; ");
  return {
    ...emptyResult(sizes.name, FLOOR_PLACE),
    description: { name: sizes.name, version: "CPU s per GB", about, isEncryptedEndToEnd: true },
    figures: { "CPU s per GB, 1": [total], "CPU s per GB, 8": [total] },
  };
}
