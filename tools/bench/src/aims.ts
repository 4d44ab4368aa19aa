import { type Aim, atLeast, atMost } from "./aim.ts";
import { badLinkAims } from "./bad-link-aims.ts";
import { totalOf } from "./floors/cpu-floor.ts";
import { kilobytesPerConnection, totalMemory } from "./measures/memory.ts";
import { besideBulkOf, connectionsOf, cpuOf, megabitsOf, type Percentile, roundTripOf } from "./medians.ts";
import { curvesOf } from "./micro/micro-table.ts";
import type { SystemResult } from "./plan.ts";
import type { Figures } from "./run.ts";

/** Peers that carry packets over UDP, as the mesh does. */
const UDP_PEERS = ["nebula"];
/** The kernel is the limit of the machine, and no peer. */
const NO_PEERS = ["florenetes", "kernel"];
const FLOOR_TIMES_MAX = 1.5;
const FLOOR_SHARE_MIN = 0.7;
const BEYOND_OUTAGE_MS_MAX = 1_000;
const NODE_MEGABYTES_MAX = 140;
const CONNECTION_KILOBYTES_MAX = 20;
/** What is done again may leave so much more than the first time. */
const FLAT_TIMES_MAX = 1.1;
/** A cost that is flat: so many times that of the smallest table; or hardly more at all, for caches are smaller than the largest tables. */
const CURVE_TIMES_MAX = 1.5;
const CURVE_NANOSECONDS_MAX = 500;

/** Those of which the run has the figures. */
export function aimsOf(figures: Figures): Aim[] {
  const mesh = figures.results.find(({ key }) => key === "florenetes");
  const own = mesh === undefined ? [] : [...floorAims(mesh, figures), ...peerAims(mesh, figures.results)];
  const alone = mesh === undefined ? [] : [...outageAims(mesh), ...memoryAims(mesh)];
  return [...own, ...alone, ...curveAims(figures), ...badLinkAims(figures.grounds)];
}

function floorAims(mesh: SystemResult, { floors }: Figures): Aim[] {
  if (floors === undefined) return [];
  const times = (floor: number | undefined, factor: number) => (floor === undefined ? undefined : floor * factor);
  const cpu = floors.cpu === null ? undefined : Math.min(totalOf(floors.cpu.large), totalOf(floors.cpu.small));
  const because = `${FLOOR_TIMES_MAX} times the floor`;
  return [
    ...[1, 8].flatMap((streams) =>
      atMost(`CPU time, ${streamsText(streams)}`, "s/GB", cpuOf(mesh, streams), times(cpu, FLOOR_TIMES_MAX), because),
    ),
    ...atMost(
      "round trip p50",
      "µs",
      roundTripOf(mesh, "p50Micros"),
      times(roundTripOf(floors.row, "p50Micros"), FLOOR_TIMES_MAX),
      because,
    ),
    ...[1, 16].flatMap((parallel) =>
      atLeast(
        `connections, ${parallel} at once`,
        "/s",
        connectionsOf(mesh, parallel),
        times(connectionsOf(floors.proxies, parallel), FLOOR_SHARE_MIN),
        `${FLOOR_SHARE_MIN} of the floor`,
      ),
    ),
  ];
}

function peerAims(mesh: SystemResult, results: readonly SystemResult[]): Aim[] {
  const overUdp = results.filter(({ key }) => UDP_PEERS.includes(key));
  const peers = results.filter(({ key }) => !NO_PEERS.includes(key));
  const best = (
    among: readonly SystemResult[],
    pick: (...values: number[]) => number,
    figure: (result: SystemResult) => number | undefined,
  ): { limit?: number; because?: string } => {
    const values = among.map(figure);
    const limit = pick(...values.filter((value) => value !== undefined));
    if (!Number.isFinite(limit)) return {};
    return { limit, because: among[values.indexOf(limit)]!.description?.name ?? "" };
  };
  return [
    ...[1, 8].flatMap((streams) => {
      const [most, least] = [
        best(overUdp, Math.max, (peer) => megabitsOf(peer, streams)),
        best(overUdp, Math.min, (peer) => cpuOf(peer, streams)),
      ];
      const text = `${streamsText(streams)}, best peer over UDP`;
      return [
        ...atLeast(`throughput, ${text}`, "Mbit/s", megabitsOf(mesh, streams), most.limit, most.because),
        ...atMost(`CPU time, ${text}`, "s/GB", cpuOf(mesh, streams), least.limit, least.because),
      ];
    }),
    ...[null, 200].flatMap((limit) =>
      (["p50Micros", "p99Micros"] as const).flatMap((percentile: Percentile) => {
        const least = best(peers, Math.min, (peer) => besideBulkOf(peer, limit, percentile));
        const bulk = limit === null ? "bulk without limit" : `bulk at ${limit} Mbit/s`;
        const of = `round trip ${percentile.slice(0, 3)} beside ${bulk}, best peer`;
        return atMost(of, "µs", besideBulkOf(mesh, limit, percentile), least.limit, least.because);
      }),
    ),
  ];
}

function outageAims({ outages }: SystemResult): Aim[] {
  const struck = outages.filter(({ fault }) => fault === "transit killed for 2 s");
  if (struck.length === 0) return [];
  const lived = struck.filter(({ lost }) => lost === null);
  const beyond = lived.map(({ gapMs, outageMs }) => gapMs - outageMs);
  return [
    ...atMost("connections lost when the transit is killed for 2 s", "", struck.length - lived.length, 0),
    ...(lived.length === 0
      ? []
      : atMost("longest pause beyond the outage then", "ms", Math.max(...beyond), BEYOND_OUTAGE_MS_MAX)),
  ];
}

function memoryAims({ memory, memoryAfterLoad }: SystemResult): Aim[] {
  return memory.flatMap((taken) => {
    const nodes = Map.groupBy(Object.entries(taken.idle), ([name]) => name.split(" ")[0]!);
    const perNode = [...nodes.values()].map((processes) => totalMemory(Object.fromEntries(processes)));
    const most = Math.max(...taken.held.map(({ connections }) => connections));
    const closed = taken.held.filter(({ connections }) => connections === most).map((one) => totalMemory(one.closed));
    const loaded = memoryAfterLoad.map(totalMemory);
    const flat = `${FLAT_TIMES_MAX} times that after the first time`;
    return [
      ...atMost("memory of an idle node", "MB", Math.max(...perNode), NODE_MEGABYTES_MAX),
      ...atMost("memory of an idle connection", "KB", kilobytesPerConnection(taken), CONNECTION_KILOBYTES_MAX),
      ...(closed.length < 2
        ? []
        : atMost(
            `memory after ${most.toLocaleString("en")} connections, the second time`,
            "MB",
            closed.at(-1),
            closed[0]! * FLAT_TIMES_MAX,
            flat,
          )),
      ...(loaded.length < 2
        ? []
        : atMost(
            `memory after ${loaded.length} rounds of all measures`,
            "MB",
            loaded.at(-1),
            loaded[0]! * FLAT_TIMES_MAX,
            `${FLAT_TIMES_MAX} times that after one`,
          )),
    ];
  });
}

function curveAims({ micro }: Figures): Aim[] {
  if (micro === undefined) return [];
  return curvesOf(micro).flatMap(({ name, points }) => {
    const [first, last] = [points[0]!.nanoseconds, points.at(-1)!.nanoseconds];
    const limit = Math.max(first * CURVE_TIMES_MAX, first + CURVE_NANOSECONDS_MAX);
    const because = `${CURVE_TIMES_MAX} times what N = ${points[0]!.entries} costs, or ${CURVE_NANOSECONDS_MAX} ns more`;
    return atMost(`${name}, N = ${points.at(-1)!.entries.toLocaleString("en")}`, "ns", last, limit, because);
  });
}

function streamsText(streams: number): string {
  return streams === 1 ? "1 stream" : `${streams} streams`;
}
