import { setTimeout as sleep } from "node:timers/promises";
import { type Figures, medianOf } from "../figures.ts";
import { SERVICES, type System } from "../system.ts";
import { start, workload } from "./programs.ts";
import { untilCarries } from "./round-trips.ts";

/** A transfer has its rate after so long, and keeps it for as long once more. */
const STEADY_MS = 4_000;
const WINDOW_MS = 100;
const SHARE = 0.9;
/** Nothing comes for longer than that when the route in use has died. */
const GAP_MS_MIN = 300;
const ENDS_MS_MAX = 5_000;
const READY_MS_MAX = 5_000;
const HEALS_MS_MAX = 90_000;

/** Bytes that came in a step of time that began then. */
export type Arrival = readonly [atMs: number, bytes: number];

/**
 * Kills the far relay of the route that the first bulk transfer of a system uses: after how long it has 90 % of its rate when it begins, over a
 * connection of the mesh that is new as well, and when it comes again over the other route, which has wires of the same kind.
 */
export async function measureRamps(system: System): Promise<Figures> {
  const { lab, host, ports } = system;
  using sink = start(lab, "d", workload("bulk-sink", host, SERVICES.iperf));
  if (!(await sink.untilSays("ready\n", READY_MS_MAX))) throw new Error(`no sink on d: ${sink.said()}`);
  try {
    using _source = start(lab, "a", workload("bulk-source", host, ports.iperf));
    await sleep(2 * STEADY_MS);
    const struckAt = Number(process.hrtime.bigint()) / 1e6;
    await system.strikes["far relay killed"]!();
    await sleep(2 * STEADY_MS);
    sink.child.stdin!.end();
    await Promise.race([sink.ended, sleep(ENDS_MS_MAX)]);
    const [arrivals = []] = JSON.parse(sink.said().split("\n").at(-1)!) as Arrival[][];
    const rate = rateBetween(arrivals, struckAt - STEADY_MS, struckAt);
    const [first, again] = [arrivals[0]?.[0], firstAfterGap(arrivals, struckAt)];
    if (first === undefined || again === undefined) throw new Error("the transfer was not on the route that died");
    const ramps = [rampMs(arrivals, again, rate), rampMs(arrivals, first, rate)];
    if (ramps.includes(undefined)) throw new Error("the transfer did not reach its former rate again");
    return { "ramp ms, switched": ramps[0]!, "ramp ms, fresh": ramps[1]! };
  } finally {
    await system.recover?.();
    await untilCarries(system, HEALS_MS_MAX);
  }
}

/** The median of the bytes that came in each window between two times. */
export function rateBetween(arrivals: readonly Arrival[], fromMs: number, toMs: number): number {
  const count = Math.floor((toMs - fromMs) / WINDOW_MS);
  return medianOf(Array.from({ length: count }, (_, at) => bytesFrom(arrivals, fromMs + at * WINDOW_MS))) ?? 0;
}

/** When something came again after the first long silence since a time; undefined: there was none. */
export function firstAfterGap(arrivals: readonly Arrival[], sinceMs: number): number | undefined {
  return arrivals.find(([at], index) => at >= sinceMs && at - (arrivals[index - 1]?.[0] ?? at) >= GAP_MS_MIN)?.[0];
}

/** How long after a time the first window began that had 90 % of a rate; undefined: there was none. */
export function rampMs(arrivals: readonly Arrival[], sinceMs: number, rate: number): number | undefined {
  const first = arrivals.find(([at]) => at >= sinceMs && bytesFrom(arrivals, at) >= SHARE * rate);
  return first && first[0] - sinceMs;
}

function bytesFrom(arrivals: readonly Arrival[], fromMs: number): number {
  const within = arrivals.filter(([at]) => at >= fromMs && at < fromMs + WINDOW_MS);
  return within.reduce((sum, [, bytes]) => sum + bytes, 0);
}
