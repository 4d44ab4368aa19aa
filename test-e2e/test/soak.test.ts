/*
 *   a ───── b ───── c ───── d
 *   connections that come and go ══▶   one after the other, large ones, and some that are reset in the middle
 *
 *   The end-to-end connection is rotated every 5,000 streams. FLORENETES_SOAK says for how many seconds all this goes on.
 */
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Lab } from "@florenetes/meshlab";
import { isSoak, runs } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { memoryOf, openCrowdMesh, runWorkload, streamsOpen } from "../src/crowd-mesh.ts";
import type { CrowdResult } from "../src/crowd-mesh.ts";
import { isRoot } from "../src/root.ts";
import { slopeOf } from "../src/slope.ts";

const SECONDS = Number(process.env["FLORENETES_SOAK"] || 30);
const CONNECTIONS_MIN = runs(20_000, 10_000);
/** How many connections are under way at a time. One at a time takes longer than CI has. */
const LANES = isSoak ? 1 : 8;
const STREAMS_PER_CONNECTION = 5_000;
/** The number of samples in `SECONDS`; on a busy machine it takes longer to make all connections. */
const SAMPLES = 60;
/** MB by which a process's memory may grow over the second half, by the line that fits best; up to 2.3 were seen. */
const GROWTH_MAX = 6;
/** How many descriptors and timers may come and go between two looks. */
const PASSING = 3;
const COLLECTOR = fileURLToPath(new URL("../src/collected-heap.mjs", import.meta.url));
/** Every process collects its garbage when it is asked to: the rest is in use. Little room makes the rest of the heap small. */
const NODE_OPTIONS = `--max-semi-space-size=1 --max-old-space-size=64 --expose-gc --import=${COLLECTOR}`;

describe.skipIf(!isRoot)("connections that come and go", () => {
  test(`for ${SECONDS} s leave nothing behind in any process`, { timeout: (2 * SECONDS + 240) * 1000 }, async () => {
    await using lab = await openCrowdMesh({
      streamsPerConnection: STREAMS_PER_CONNECTION,
      environment: { NODE_OPTIONS },
    });
    await crowd(lab, 500, 16, 1_024, 0);
    await sleep(2_000);
    const idle = await use(lab);
    const running = Promise.all([
      crowd(lab, CONNECTIONS_MIN, LANES, 512, SECONDS),
      crowd(lab, 1, 1, 100_000, SECONDS),
      runWorkload<{ resets: number }>(lab, "rude.ts", SECONDS),
    ]);
    const series: Map<string, number>[] = [];
    const ids = new Set<string>();
    while ((await Promise.race([running, sleep((1000 * SECONDS) / SAMPLES, "sample")])) === "sample") {
      series.push(memoryOf(lab));
      for (const { pid } of lab.pids()) process.kill(pid, "SIGUSR2");
      for (const { id } of (await lab.status("a")).clusterFlor!.connections) ids.add(id);
    }
    const [small, large, { resets }] = await running;
    expect(small).toMatchObject({ failed: 0, errors: {} });
    expect(small.done).toBeGreaterThanOrEqual(CONNECTIONS_MIN);
    expect(large).toMatchObject({ failed: 0, errors: {} });
    expect(resets).toBeGreaterThan(SECONDS);
    expect(ids.size, "end-to-end connections").toBeGreaterThan(CONNECTIONS_MIN / STREAMS_PER_CONNECTION);

    const secondHalf = series.slice(series.length / 2);
    for (const name of secondHalf[0]!.keys()) {
      const sizes = secondHalf.map((sample) => sample.get(name)!);
      process.stdout.write(
        `${name}: ${sizes.at(0)!.toFixed(1)} to ${sizes.at(-1)!.toFixed(1)} MB in the second half\n`,
      );
      expect
        .soft(slopeOf(sizes) * sizes.length, `MB more in ${name}: ${sizes.map(Math.round).join(" ")}`)
        .toBeLessThan(GROWTH_MAX);
    }
    // A leak of every connection would show 10,000 times. The answer to this very question has a descriptor and a timer now
    // and then.
    const after = await use(lab);
    for (const [index, { name, files, timers }] of after.entries()) {
      expect.soft(files, `descriptors of ${name}`).toBeLessThanOrEqual(idle[index]!.files + PASSING);
      expect.soft(timers, `timers of ${name}`).toBeLessThanOrEqual(idle[index]!.timers + PASSING);
    }
  });
});

function crowd(lab: Lab, count: number, parallel: number, size: number, seconds: number): Promise<CrowdResult> {
  return runWorkload<CrowdResult>(lab, "crowd.ts", count, parallel, size, seconds);
}

/** File descriptors and timers of every process, once all streams have ended. */
async function use(lab: Lab): Promise<{ name: string; files: number; timers: number }[]> {
  for (const node of ["a", "d"]) {
    await expect.poll(() => streamsOpen(lab, node), { timeout: 30_000, interval: 100 }).toBe(0);
  }
  const statuses = await lab.statuses();
  return lab.pids().map(({ node, process, pid }) => {
    const { clusterFlor, linkFlor } = statuses.get(node)!;
    const { timers } = (process === "cluster-flor" ? clusterFlor : linkFlor)!.process!;
    return { name: `${node} ${process}`, files: readdirSync(`/proc/${pid}/fd`).length, timers };
  });
}
