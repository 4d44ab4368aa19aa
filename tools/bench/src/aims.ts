import { type AllFigures, type FigureName, medianOf } from "./figures.ts";
import { totalOf } from "./floors/cpu-floor.ts";
import { curvesOf } from "./micro/micro.ts";
import { linksText, LONG_WIRE, SLOW_WIRE } from "./place.ts";
import { nameOf, resultOf, resultsIn } from "./results.ts";
import type { Run } from "./run.ts";
import type { SystemResult } from "./system-result.ts";
import { markdownTable } from "./tables.ts";

/** Peers that carry packets over UDP, as the mesh does. */
const UDP_PEERS = ["nebula"];
/** The kernel is the limit of the machine, and no peer. */
const NO_PEERS = ["florenetes", "kernel"];
const FLOOR_TIMES_MAX = 1.5;
const FLOOR_SHARE_MIN = 0.7;
const BEYOND_OUTAGE_MS_MAX = 1_000;
const NODE_MEGABYTES_MAX = 140;
const CONNECTION_KILOBYTES_MAX = 20;
/** A second round of the same may leave so many times the memory of the first. */
const FLAT_TIMES_MAX = 1.1;
/** A cost that is flat: so many times that of the smallest table; or hardly more at all, for caches are smaller than the largest tables. */
const CURVE_TIMES_MAX = 1.5;
const CURVE_NANOSECONDS_MAX = 500;
/** Share of the throughput that a slow wire alone carries, over one link. */
const SLOW_SHARE_MIN = 0.8;
const LONG_MEGABITS_MIN = 80;
/** Delay that a link's queue aims at (docs/link-protocol.md). */
const QUEUE_TARGET_MS = 5;

/** A figure that the mesh is meant to reach. */
export interface Aim {
  readonly of: string;
  readonly unit: string;
  /** A figure of the mesh, and where it is to be. */
  readonly figure: number;
  readonly limit: number;
  readonly isLeast: boolean;
  /** The reason of the limit. */
  readonly because: string;
}

type Found = Pick<Run, "results" | "cpuFloors" | "micro">;
type Limit = readonly [limit: number | undefined, because?: string];

/** Those of which the run has the figures. */
export function aimsOf(run: Found): Aim[] {
  const mesh = resultOf(run, "florenetes");
  const ofMesh =
    mesh === undefined
      ? []
      : [...floorAims(mesh, run), ...peerAims(mesh, run), ...outageAims(mesh), ...memoryAims(mesh)];
  return [...ofMesh, ...curveAims(run), ...badWireAims(run)];
}

export function isMet({ figure, limit, isLeast }: Aim): boolean {
  return isLeast ? figure >= limit : figure <= limit;
}

/** With what is met, and what is not. */
export function aimTable(aims: readonly Aim[]): string {
  const rows = aims.map((aim) => [
    aim.of,
    withUnit(aim.figure, aim.unit),
    `${aim.isLeast ? "at least" : "at most"} ${withUnit(aim.limit, aim.unit)}${aim.because === "" ? "" : ` (${aim.because})`}`,
    aim.limit === 0 ? "–" : (aim.figure / aim.limit).toFixed(2),
    isMet(aim) ? "met" : "not met",
  ]);
  return markdownTable(["aim", "the mesh", "where it is to be", "mesh / limit", ""], rows);
}

function withUnit(value: number, unit: string): string {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return `${Number(value.toFixed(digits)).toLocaleString("en")} ${unit}`.trim();
}

/** None where there are not both. */
function atMost(of: string, unit: string, figure: number | undefined, [limit, because = ""]: Limit): Aim[] {
  if (figure === undefined || limit === undefined) return [];
  return [{ of, unit, figure, limit, isLeast: false, because }];
}

function atLeast(of: string, unit: string, figure: number | undefined, limit: Limit): Aim[] {
  return atMost(of, unit, figure, limit).map((aim) => ({ ...aim, isLeast: true }));
}

function times(factor: number, figure: number | undefined, because: string): Limit {
  return [figure === undefined ? undefined : factor * figure, `${factor} ${because}`];
}

function median(result: SystemResult | undefined, name: FigureName): number | undefined {
  return medianOf(result?.figures[name]);
}

function floorAims(mesh: SystemResult, run: Found): Aim[] {
  const cpu = run.cpuFloors.length === 0 ? undefined : Math.min(...run.cpuFloors.map(totalOf));
  const trip = "round trip, p50";
  const row = median(resultOf(run, "floor-row"), trip);
  const proxies = resultOf(run, "floor-proxies");
  return [
    ...(["CPU s per GB, 1", "CPU s per GB, 8"] as const).flatMap((name) =>
      atMost(name, "s/GB", median(mesh, name), times(FLOOR_TIMES_MAX, cpu, "times the floor")),
    ),
    ...atMost(trip, "µs", median(mesh, trip), times(FLOOR_TIMES_MAX, row, "times the floor")),
    ...(["connections/s, 1", "connections/s, 16"] as const).flatMap((name) =>
      atLeast(name, "/s", median(mesh, name), times(FLOOR_SHARE_MIN, median(proxies, name), "of the floor")),
    ),
  ];
}

function peerAims(mesh: SystemResult, run: Found): Aim[] {
  const usual = resultsIn(run, "usual");
  const overUdp = usual.filter(({ key }) => UDP_PEERS.includes(key));
  const peers = usual.filter(({ key }) => !NO_PEERS.includes(key));
  const best = (among: readonly SystemResult[], pick: (...values: number[]) => number, name: FigureName): Limit => {
    const values = among.map((peer) => median(peer, name));
    const limit = pick(...values.filter((value) => value !== undefined));
    return Number.isFinite(limit) ? [limit, nameOf(among[values.indexOf(limit)]!)] : [undefined];
  };
  return [
    ...([1, 8] as const).flatMap((streams) => {
      const [megabits, cpu] = [`Mbit/s, ${streams}`, `CPU s per GB, ${streams}`] as const;
      return [
        ...atLeast(
          `${megabits}, best peer over UDP`,
          "Mbit/s",
          median(mesh, megabits),
          best(overUdp, Math.max, megabits),
        ),
        ...atMost(`${cpu}, best peer over UDP`, "s/GB", median(mesh, cpu), best(overUdp, Math.min, cpu)),
      ];
    }),
    ...(["beside bulk", "beside 200 Mbit/s"] as const).flatMap((beside) =>
      ([`${beside}, p50`, `${beside}, p99`] as const).flatMap((name) =>
        atMost(`round trip ${name}, best peer`, "µs", median(mesh, name), best(peers, Math.min, name)),
      ),
    ),
  ];
}

function outageAims({ figures }: SystemResult): Aim[] {
  const lost = figures["lost, transit killed for 2 s"];
  const beyond = figures["beyond ms, transit killed for 2 s"];
  const count = lost?.reduce((sum, one) => sum + one, 0);
  const longest = beyond === undefined ? undefined : Math.max(...beyond);
  return [
    ...atMost("connections lost when the transit is killed for 2 s", "", count, [0]),
    ...atMost("longest pause beyond the outage then", "ms", longest, [BEYOND_OUTAGE_MS_MAX]),
  ];
}

function memoryAims(mesh: SystemResult): Aim[] {
  const loaded = mesh.figures["memory, after a round"] ?? [];
  return [
    ...atMost("memory of an idle node", "MB", median(mesh, "memory, idle node"), [NODE_MEGABYTES_MAX]),
    ...atMost("memory of an idle connection", "KB", median(mesh, "KB per connection"), [CONNECTION_KILOBYTES_MAX]),
    ...flatAim("memory after 10,000 connections, the second time", mesh.figures["memory, 10000 closed"]),
    ...flatAim(`memory after ${loaded.length} rounds of all measures`, loaded),
  ];
}

/** The last is hardly more than the first. None of one alone. */
function flatAim(of: string, figures: AllFigures[FigureName] = []): Aim[] {
  if (figures.length < 2) return [];
  return atMost(of, "MB", figures.at(-1), times(FLAT_TIMES_MAX, figures[0], "times that after the first time"));
}

function curveAims({ micro }: Found): Aim[] {
  return curvesOf(micro).flatMap(({ name, points }) => {
    const [first, last] = [points[0]!, points.at(-1)!];
    const limit = Math.max(first.nanoseconds * CURVE_TIMES_MAX, first.nanoseconds + CURVE_NANOSECONDS_MAX);
    const because = `${CURVE_TIMES_MAX} times what N = ${first.entries} costs, or ${CURVE_NANOSECONDS_MAX} ns more`;
    return atMost(`${name}, N = ${last.entries.toLocaleString("en")}`, "ns", last.nanoseconds, [limit, because]);
  });
}

function badWireAims(run: Found): Aim[] {
  const bad = resultsIn(run, "bad-link");
  const wire = bad.find(({ key, place }) => key === "kernel" && place.title === SLOW_WIRE && place.links === 1);
  const share = times(SLOW_SHARE_MIN, median(wire, "Mbit/s, 1"), "of what the kernel carries over that link alone");
  return bad
    .filter(({ key }) => key === "florenetes")
    .flatMap((mesh) => {
      const where = `${mesh.place.title}, ${linksText(mesh.place.links)}`;
      const megabits = median(mesh, "Mbit/s, 1");
      const least: Limit = { [SLOW_WIRE]: share, [LONG_WIRE]: [LONG_MEGABITS_MIN, "fills it"] as const }[
        mesh.place.title
      ] ?? [undefined];
      const [idle, beside] = [median(mesh, "round trip, p99"), median(mesh, "beside bulk, p99")].map(
        (micros) => micros && micros / 1000,
      );
      const most = idle === undefined ? undefined : idle + QUEUE_TARGET_MS * mesh.place.links;
      const because = `idle, and ${QUEUE_TARGET_MS} ms for each link's queue`;
      return [
        ...atLeast(`throughput, ${where}`, "Mbit/s", megabits, least),
        ...atMost(`round trip p99 beside bulk, ${where}`, "ms", beside, [most, because]),
      ];
    });
}
