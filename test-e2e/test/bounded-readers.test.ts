/*
 *   a ───── b ───── c ───── d
 *   clients that stop reading ◀══  sources without end
 *   sources without end  ══▶       services that do not read
 *   1 interactive client ─▶        over the same end-to-end connection
 */
import type { Lab } from "@florenetes/meshlab";
import { describe, expect, test } from "vitest";
import { HeldConnections, growthOf, memoryOf, openCrowdMesh, runWorkload, streamsOpen } from "../src/crowd-mesh.ts";
import type { PingPongResult } from "../src/crowd-mesh.ts";
import { fileDigest } from "../src/file-contents.ts";
import { isRoot } from "../src/root.ts";
import { MEGABYTE } from "../src/services.ts";

/** Streams in each direction. */
const STREAMS = 50;
/** The most comparisons until one holds: a burst of work elsewhere on the machine spoils a p99. */
const ROUNDS_MAX = 3;
const ROUND_SECONDS = 2;
/** MB that a process may hold for the streams: a window of 256 KB for each, as much again in sockets, and bytes under way. */
const HELD_MAX = 80;
/** MB that a process may gain while nothing moves but the interactive stream: the garbage collector's coming and going. */
const FLAT = 12;
/** Bytes that are sent to a reader of 4 MB a second. */
const SOURCE_SIZE = 16 * MEGABYTE;

describe.skipIf(!isRoot)("readers that stop or are slow", () => {
  test("100 streams that nobody reads cost a bounded memory, and an interactive one nothing", async () => {
    await using lab = await openCrowdMesh();
    await pingPong(lab);
    const before = memoryOf(lab);
    const rounds: { readonly ratio: number }[] = [];
    while (rounds.length < ROUNDS_MAX && !rounds.some(({ ratio }) => ratio < 2)) {
      const control = await pingPong(lab);
      const held = [
        await HeldConnections.open(lab, STREAMS, "no-read"),
        await HeldConnections.open(lab, STREAMS, "no-write"),
      ];
      await untilStill(lab);
      const still = memoryOf(lab);
      let beside = await pingPong(lab);
      // Garbage that was not collected yet goes with more of the same work; memory that is held does not.
      for (let more = 0; more < 2 && !isGrowthBelow(FLAT, still, lab); more++) beside = await pingPong(lab);
      expectGrowthBelow(FLAT, still, lab);
      expectGrowthBelow(HELD_MAX, before, lab);
      for (const connections of held) expect(await connections.close(), "connections lost").toBe(0);
      rounds.push({ ratio: beside.p99 / control.p99, control, beside } as { readonly ratio: number });
      for (const node of ["a", "d"]) {
        await expect.poll(() => streamsOpen(lab, node), { timeout: 30_000, interval: 100 }).toBe(0);
      }
    }
    expect(Math.min(...rounds.map(({ ratio }) => ratio)), JSON.stringify(rounds)).toBeLessThan(2);
  });

  test("a source that is faster than its reader is slowed down to it, and nothing piles up on the way", async () => {
    await using lab = await openCrowdMesh();
    await pingPong(lab);
    const before = memoryOf(lab);
    const startedAt = performance.now();
    const sending = runWorkload<string>(lab, "source.ts", SOURCE_SIZE);
    let isSent = false;
    const sent = sending.finally(() => (isSent = true));
    let most = new Map<string, number>();
    await expect
      .poll(
        () => {
          const growth = growthOf(before, memoryOf(lab));
          most = new Map([...growth].map(([name, size]) => [name, Math.max(size, most.get(name) ?? 0)]));
          return isSent;
        },
        { timeout: 60_000, interval: 250 },
      )
      .toBe(true);
    expect(await sent).toBe(fileDigest(SOURCE_SIZE));
    const megabytesPerSecond = SOURCE_SIZE / MEGABYTE / ((performance.now() - startedAt) / 1000);
    expect(megabytesPerSecond, "the reader was not slow").toBeLessThan(5);
    for (const [name, size] of most) expect(size, `MB more in ${name}`).toBeLessThan(HELD_MAX / 2);
  });
});

function pingPong(lab: Lab): Promise<PingPongResult> {
  return runWorkload<PingPongResult>(lab, "ping-pong.ts", ROUND_SECONDS);
}

function isGrowthBelow(max: number, before: ReadonlyMap<string, number>, lab: Lab): boolean {
  return [...growthOf(before, memoryOf(lab)).values()].every((size) => size < max);
}

function expectGrowthBelow(max: number, before: ReadonlyMap<string, number>, lab: Lab): void {
  for (const [name, size] of growthOf(before, memoryOf(lab))) expect(size, `MB more in ${name}`).toBeLessThan(max);
}

/** Waits until hardly a packet moves on the end-to-end connection. */
async function untilStill(lab: Lab): Promise<void> {
  let before = Number.NEGATIVE_INFINITY;
  const moved = async (): Promise<number> => {
    const [connection] = (await lab.status("a")).clusterFlor!.connections;
    const now = connection!.bytesReceived + connection!.bytesSent;
    const more = now - before;
    before = now;
    return more;
  };
  await expect.poll(moved, { timeout: 60_000, interval: 300 }).toBeLessThan(2_000);
}
