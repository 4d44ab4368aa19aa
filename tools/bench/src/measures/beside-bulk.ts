import { setTimeout as sleep } from "node:timers/promises";
import type { System } from "../system.ts";
import { percentile, start, workload } from "./measure.ts";
import { withBulk } from "./throughput.ts";

const BULK_SETTLES_MS = 500;
const READY_MS_MAX = 10_000;
/** A round trip that lasts longer is not waited for. */
const STALL_MS_MAX = 15_000;
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

/**
 * Round trips of 64 bytes for `seconds`, one at a time, while one stream carries a bulk transfer from a to d. The connection of
 * the round trips is there before the transfer begins.
 */
export async function measureBesideBulk(
  system: System,
  limitMegabits: number | null,
  seconds: number,
): Promise<BesideBulk> {
  const { host, port } = system.target("echo");
  const pings = start(system, "a", workload("ping-pong", host, port, ROUND_TRIPS_MAX, seconds, "wait"));
  try {
    if (!(await pings.untilSays(["ready\n"], READY_MS_MAX))) throw new Error(`no round trip within ${READY_MS_MAX} ms`);
    const bulk = await withBulk(
      system,
      { streams: 1, seconds: seconds + 1, settleSeconds: 0, limitMegabits },
      async () => {
        await sleep(BULK_SETTLES_MS);
        pings.child.stdin!.write("go\n");
        if (!(await pings.untilSays(["]"], seconds * 1000 + STALL_MS_MAX))) throw new Error("the round trips stalled");
      },
    );
    const times = (JSON.parse(pings.said().split("\n").at(-1)!) as number[]).sort((left, right) => left - right);
    return {
      limitMegabits,
      bulkMegabits: bulk.megabitsPerSecond,
      count: times.length,
      p50Micros: percentile(times, 0.5),
      p99Micros: percentile(times, 0.99),
    };
  } finally {
    pings.child.kill("SIGKILL");
  }
}
