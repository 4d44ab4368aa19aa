/*
 *   a ───── b ───── c ───── d
 *   10,000 idle streams ══▶
 *   1 interactive stream ─▶   over the same end-to-end connection
 */
import { describe, expect, test } from "vitest";
import { HeldConnections, growthOf, memoryOf, openCrowdMesh, runWorkload, streamsOpen } from "../src/crowd-mesh.ts";
import type { PingPongResult } from "../src/crowd-mesh.ts";
import { isRoot } from "../src/root.ts";

const STREAMS = 10_000;
/** Kilobytes that a stream may cost at either end: sockets of Node's, the relay, QUIC's state. Measured: 6 to 9 KB. */
const KILOBYTES_PER_STREAM_MAX = 16;
/** MB that a transit node may grow, as it keeps nothing of streams. Measured: below 6 MB, which any traffic makes. */
const TRANSIT_GROWTH_MAX = 20;

describe.skipIf(!isRoot)("10,000 idle streams", () => {
  test("cost little, hold up nobody, and leave nothing", async () => {
    await using lab = await openCrowdMesh();
    await runWorkload<PingPongResult>(lab, "ping-pong.ts", 1);
    const before = memoryOf(lab);
    const held = await HeldConnections.open(lab, STREAMS, "idle");
    const growth = growthOf(before, memoryOf(lab));
    for (const node of ["a", "d"]) {
      const perStream = (growth.get(`${node} cluster-flor`)! * 1024) / STREAMS;
      expect(perStream, `KB per stream in cluster-flor of ${node}`).toBeLessThan(KILOBYTES_PER_STREAM_MAX);
      growth.delete(`${node} cluster-flor`);
    }
    for (const [name, size] of growth) expect(size, `MB more in ${name}`).toBeLessThan(TRANSIT_GROWTH_MAX);

    expect(await streamsOpen(lab, "a")).toBe(STREAMS);
    const beside = await runWorkload<PingPongResult>(lab, "ping-pong.ts", 2);
    expect(await held.close(), "connections lost").toBe(0);
    // Nothing of the idle streams may be left; and they were no burden, or the interactive stream would be much quicker now.
    await expect.poll(() => streamsOpen(lab, "d"), { timeout: 30_000, interval: 250 }).toBe(0);
    await expect.poll(() => streamsOpen(lab, "a"), { timeout: 30_000, interval: 250 }).toBe(0);
    const alone = await runWorkload<PingPongResult>(lab, "ping-pong.ts", 2);
    expect(beside.p50, `alone: ${alone.p50} ms`).toBeLessThan(3 * alone.p50 + 2);
  });
});
