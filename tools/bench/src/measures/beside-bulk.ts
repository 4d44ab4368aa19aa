import { setTimeout as sleep } from "node:timers/promises";
import type { System } from "../system.ts";
import { percentile, runOnA, workload } from "./measure.ts";
import { withBulk } from "./throughput.ts";

const BULK_SETTLES_MS = 500;
/** More than any system manages in a run. */
const ROUND_TRIPS_MAX = 1_000_000;

export interface BesideBulk {
  /** Offered by the bulk transfer; null when it takes what it gets. */
  readonly limitMegabits: number | null;
  /** What the bulk transfer got. */
  readonly bulkMegabits: number;
  readonly count: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
}

/** Round trips of 64 bytes for `seconds`, one at a time, while one stream carries a bulk transfer from a to d. */
export async function measureBesideBulk(
  system: System,
  limitMegabits: number | null,
  seconds: number,
): Promise<BesideBulk> {
  const bulkSeconds = seconds + 1;
  const { host, port } = system.target("echo");
  let times: number[] = [];
  const bulk = await withBulk(system, { streams: 1, seconds: bulkSeconds, limitMegabits }, async () => {
    await sleep(BULK_SETTLES_MS);
    const argv = workload("ping-pong", host, port, ROUND_TRIPS_MAX, seconds);
    times = JSON.parse(await runOnA(system, argv, (seconds + 15) * 1000)) as number[];
  });
  times.sort((left, right) => left - right);
  return {
    limitMegabits,
    bulkMegabits: bulk.megabitsPerSecond,
    count: times.length,
    p50Micros: percentile(times, 0.5),
    p99Micros: percentile(times, 0.99),
  };
}
