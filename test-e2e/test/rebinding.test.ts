/*
 *   a ──relay── b ──relay── c ──relay── d     each relay is a NAT in front of the link's originator: it forgets its mapping, and
 *                                             the originator appears at another port, ten times; or a bad wire
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isSoak } from "@florenetes/simkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { now } from "../src/monotonic-clock.ts";
import { OutageMesh } from "../src/outage-mesh.ts";
import { isRoot } from "../src/root.ts";

const links = isSoak ? (["a b", "b c", "c d"] as const) : (["a b"] as const);
/** Time between two moves: longer than it takes to validate a new path, shorter than it takes to give a silent peer up. */
const BETWEEN_MS = 400;
/** The longest pause: a new path begins with a small window and no idea of its round trip, which takes a while on a busy machine. */
const GAP_MS_MAX = 2_000;

describe.skipIf(!isRoot)("links survive what NATs and bad wires do", () => {
  let mesh: OutageMesh;

  beforeAll(async () => {
    mesh = await OutageMesh.open({ relays: true });
  });
  afterAll(() => mesh?.[Symbol.asyncDispose]());

  test.each(links)("ten rebindings of %s: the link stays up, and workloads notice nothing", async (link) => {
    const [a = "", b = ""] = link.split(" ");
    const handles = await handlesOf(a, b);
    expect(handles).toEqual([expect.objectContaining({ state: "up" }), expect.objectContaining({ state: "up" })]);
    mesh.workload.takeLongestGap();
    for (let count = 0; count < 10; count++) {
      await mesh.lab.rebind(a, b);
      await mesh.workload.untilProgress(now(), 5_000);
      await sleep(BETWEEN_MS);
    }
    expect(await handlesOf(a, b)).toEqual(handles);
    expect(mesh.workload.takeLongestGap()).toBeLessThan(GAP_MS_MAX);
  });

  test("wires that lose, delay, duplicate and reorder change no byte, and no link goes down", async () => {
    const ends = [["a", "b"] as const, ["b", "c"] as const, ["c", "d"] as const];
    const before = await Promise.all(ends.map(([a, b]) => handlesOf(a, b)));
    const bad = { delayMs: 5, jitterMs: 5, loss: 0.005, duplicate: 0.02, reorder: 0.02 };
    await Promise.all(ends.map(([a, b]) => mesh.lab.impair(a, b, bad)));
    for (let count = 0; count < (isSoak ? 30 : 3); count++) {
      await mesh.workload.untilProgress(now(), 5_000);
      await sleep(1_000);
    }
    await Promise.all(ends.map(([a, b]) => mesh.lab.impair(a, b, {})));
    await mesh.workload.untilProgress(now(), 5_000);
    expect(await Promise.all(ends.map(([a, b]) => handlesOf(a, b)))).toEqual(before);
  });

  /** The handles of a link at both ends. A link that went down and came up again would have others. */
  async function handlesOf(a: string, b: string): Promise<readonly unknown[]> {
    const statuses = [await mesh.lab.status(a), await mesh.lab.status(b)];
    return statuses.map(({ linkFlor }, end) => {
      const row = linkFlor?.clusters[0]?.links.find(({ peer }) => peer === (end === 0 ? b : a));
      return { state: row?.state, handle: (row as { handle?: number } | undefined)?.handle };
    });
  }
});
