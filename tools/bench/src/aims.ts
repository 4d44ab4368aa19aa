import { type FigureName, medianOf } from "./figures.ts";
import { curvesOf } from "./micro/micro.ts";
import { linksText, LONG_WIRE, SLOW_WIRE } from "./place.ts";
import { nameOf, resultOf, resultsIn, type Run } from "./run.ts";
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

type Found = Pick<Run, "results" | "micro">;

/** The aims that a run has the figures of. */
class Aims {
  readonly all: Aim[] = [];

  atMost(of: string, unit: string, figure?: number, limit?: number, because = "", isLeast = false): void {
    if (figure !== undefined && limit !== undefined) this.all.push({ of, unit, figure, limit, isLeast, because });
  }

  atLeast(of: string, unit: string, figure?: number, limit?: number, because = ""): void {
    this.atMost(of, unit, figure, limit, because, true);
  }
}

export function aimsOf(run: Found): Aim[] {
  const aims = new Aims();
  const mesh = resultOf(run, "florenetes");
  if (mesh !== undefined) {
    addFloorAims(aims, mesh, run);
    addPeerAims(aims, mesh, run);
    addOwnAims(aims, mesh);
  }
  addCurveAims(aims, run);
  addBadWireAims(aims, run);
  return aims.all;
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

function median(result: SystemResult | undefined, name: FigureName): number | undefined {
  return medianOf(result?.figures[name]);
}

function addFloorAims(aims: Aims, mesh: SystemResult, run: Found): void {
  const because = `${FLOOR_TIMES_MAX} times the floor`;
  for (const name of ["CPU s per GB, 1", "CPU s per GB, 8", "round trip, p50"] as const) {
    const least = Math.min(...floorsOf(run, name));
    const unit = name === "round trip, p50" ? "µs" : "s/GB";
    if (least < Infinity) aims.atMost(name, unit, median(mesh, name), FLOOR_TIMES_MAX * least, because);
  }
  for (const name of ["connections/s, 1", "connections/s, 16"] as const) {
    for (const floor of floorsOf(run, name))
      aims.atLeast(name, "/s", median(mesh, name), FLOOR_SHARE_MIN * floor, `${FLOOR_SHARE_MIN} of the floor`);
  }
}

function floorsOf(run: Found, name: FigureName): number[] {
  return resultsIn(run, "floor").flatMap((floor) => median(floor, name) ?? []);
}

function addPeerAims(aims: Aims, mesh: SystemResult, run: Found): void {
  const usual = resultsIn(run, "usual");
  const overUdp = usual.filter(({ key }) => UDP_PEERS.includes(key));
  const peers = usual.filter(({ key }) => !NO_PEERS.includes(key));
  /** From the best to the worst, for a figure of which less is better. */
  const ranked = (among: readonly SystemResult[], name: FigureName): SystemResult[] =>
    among.filter(({ figures }) => figures[name]).toSorted((one, other) => median(one, name)! - median(other, name)!);
  for (const streams of [1, 8] as const) {
    const [megabits, cpu] = [`Mbit/s, ${streams}`, `CPU s per GB, ${streams}`] as const;
    const [fastest, cheapest] = [ranked(overUdp, megabits).at(-1), ranked(overUdp, cpu)[0]];
    const [most, least] = [median(fastest, megabits), median(cheapest, cpu)];
    aims.atLeast(`${megabits}, best peer over UDP`, "Mbit/s", median(mesh, megabits), most, fastest && nameOf(fastest));
    aims.atMost(`${cpu}, best peer over UDP`, "s/GB", median(mesh, cpu), least, cheapest && nameOf(cheapest));
  }
  for (const beside of ["beside bulk", "beside 200 Mbit/s"] as const) {
    for (const name of [`${beside}, p50`, `${beside}, p99`] as const) {
      const best = ranked(peers, name)[0];
      const limit = median(best, name);
      aims.atMost(`round trip ${name}, best peer`, "µs", median(mesh, name), limit, best && nameOf(best));
    }
  }
}

function addOwnAims(aims: Aims, mesh: SystemResult): void {
  const { figures } = mesh;
  const lost = figures["lost, transit killed for 2 s"]?.reduce((sum, one) => sum + one, 0);
  const beyond = figures["beyond ms, transit killed for 2 s"];
  aims.atMost("connections lost when the transit is killed for 2 s", "", lost, 0);
  const longest = beyond && Math.max(...beyond);
  aims.atMost("longest pause beyond the outage then", "ms", longest, BEYOND_OUTAGE_MS_MAX);
  aims.atMost("memory of an idle node", "MB", median(mesh, "memory, idle node"), NODE_MEGABYTES_MAX);
  aims.atMost("memory of an idle connection", "KB", median(mesh, "KB per connection"), CONNECTION_KILOBYTES_MAX);
  const loaded = figures["memory, after a round"] ?? [];
  const flat = [
    ["memory after 10,000 connections, the second time", figures["memory, 10000 closed"] ?? []],
    [`memory after ${loaded.length} rounds of all measures`, loaded],
  ] as const;
  for (const [of, [first, ...more]] of flat) {
    const because = `${FLAT_TIMES_MAX} times that after the first time`;
    aims.atMost(of, "MB", more.at(-1), first && FLAT_TIMES_MAX * first, because);
  }
}

function addCurveAims(aims: Aims, { micro }: Found): void {
  for (const { name, points } of curvesOf(micro)) {
    const [first, last] = [points[0]!, points.at(-1)!];
    const limit = Math.max(first.nanoseconds * CURVE_TIMES_MAX, first.nanoseconds + CURVE_NANOSECONDS_MAX);
    const because = `${CURVE_TIMES_MAX} times what N = ${first.entries} costs, or ${CURVE_NANOSECONDS_MAX} ns more`;
    aims.atMost(`${name}, N = ${last.entries.toLocaleString("en")}`, "ns", last.nanoseconds, limit, because);
  }
}

function addBadWireAims(aims: Aims, run: Found): void {
  const bad = resultsIn(run, "bad-link");
  const alone = bad.find(({ key, place }) => key === "kernel" && place.title === SLOW_WIRE && place.links === 1);
  for (const mesh of bad.filter(({ key }) => key === "florenetes")) {
    const { title, links } = mesh.place;
    const where = `${title}, ${linksText(links)}`;
    const megabits = median(mesh, "Mbit/s, 1");
    if (title === SLOW_WIRE) {
      const carried = median(alone, "Mbit/s, 1");
      const because = `${SLOW_SHARE_MIN} of what the kernel carries over that link alone`;
      aims.atLeast(`throughput, ${where}`, "Mbit/s", megabits, carried && SLOW_SHARE_MIN * carried, because);
    }
    if (title === LONG_WIRE) aims.atLeast(`throughput, ${where}`, "Mbit/s", megabits, LONG_MEGABITS_MIN, "fills it");
    const [idle, beside] = [median(mesh, "round trip, p99"), median(mesh, "beside bulk, p99")].map(
      (micros) => micros && micros / 1000,
    );
    const limit = idle && idle + QUEUE_TARGET_MS * links;
    const because = `idle, and ${QUEUE_TARGET_MS} ms for each link's queue`;
    aims.atMost(`round trip p99 beside bulk, ${where}`, "ms", beside, limit, because);
  }
}
