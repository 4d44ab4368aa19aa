/*
 *   a ───── b ───── c ───── d     connections from a to d end with the cluster vertex of a or of d, and the other side learns
 *                                 of it soon after the restart, and not by silence
 */
import { isSoak } from "@florenetes/simkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { now } from "../src/monotonic-clock.ts";
import { OutageMesh } from "../src/outage-mesh.ts";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import type { Mode } from "../src/steady-workload.ts";

/** A quiet end asks its peer within a second, and again after two round trips, which a busy machine makes long. Silence alone would take
 *  far longer. */
const LEARNT_WITHIN_MS = 5_000;
const modes: readonly Mode[] = ["p", "d", "u"];
/** The process of the end's node that is killed, and for how long it is away. */
const deaths: readonly (readonly [what: string, pauseMs: number])[] = isSoak
  ? [" cluster-flor", ""].flatMap((what) => [0, 1_000, 3_500, 10_000].map((pause) => [what, pause] as const))
  : [[" cluster-flor", 0]];

describe.skipIf(!isRoot)("nobody hangs when an end of a connection is restarted", () => {
  let mesh: OutageMesh;

  beforeEach(async () => {
    mesh = await OutageMesh.open();
  });
  afterEach(() => mesh?.[Symbol.asyncDispose]());

  test.each(deaths)("the service's: d%s is killed, and started after %d ms", async (what, pause) => {
    await restart(`d${what}`, pause);
    const readyAt = now();
    await expect
      .poll(() => modes.map((mode) => mesh.workload.course(mode).lost?.reason), { timeout: 10_000, interval: 25 })
      .toEqual(modes.map(() => "ECONNRESET"));
    const latest = Math.max(...modes.map((mode) => mesh.workload.course(mode).lost!.at));
    expect(latest - readyAt).toBeLessThan(LEARNT_WITHIN_MS);
    await goOn();
  });

  test.each(deaths)("the tunnel's: a%s is killed, and started after %d ms", async (what, pause) => {
    await restart(`a${what}`, pause);
    const readyAt = now();
    await expect
      .poll(() => mesh.service.ends.map(({ mode }) => mode).toSorted(), { timeout: 10_000, interval: 25 })
      .toEqual([...modes].toSorted());
    const latest = Math.max(...mesh.service.ends.map(({ at }) => at));
    expect(latest - readyAt).toBeLessThan(LEARNT_WITHIN_MS);
    // The workload itself was told by the kernel when the process died, and says so to the test.
    await expect
      .poll(() => modes.filter((mode) => mesh.workload.course(mode).lost === undefined), PATIENCE)
      .toEqual([]);
    await goOn();
  });

  async function restart(processes: string, pause: number): Promise<void> {
    await mesh.play([
      { at: "0ms", kill: processes },
      { at: `${pause}ms`, start: processes },
    ]);
    await mesh.lab.untilReady();
  }

  /** Expects new connections to work. */
  async function goOn(): Promise<void> {
    await mesh.lab.waitUntilUp({ timeoutMs: 5_000 });
    await mesh.renewWorkload();
  }
});
