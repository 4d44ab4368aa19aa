import { afterAll, describe, expect, test } from "vitest";
import { nodesOf } from "./run-seed.ts";
import type { SimEngineName } from "./sim-engine.ts";
import { SeedRunner } from "./seed-runner.ts";

const SEEDS_AT_ONCE = 50;
/** A time beyond all that a seed needs on a busy machine: the runner itself ends a seed that hangs, and names it. */
export const MESH_TIMEOUT_MS = 1_800_000;

/** A runner for the meshes of one test file. */
export function openRunner(): SeedRunner {
  const runner = new SeedRunner();
  afterAll(() => runner.close());
  return runner;
}

/** Tests of small meshes, from one seed to another. */
export function describeSmallMeshes(
  runner: SeedRunner,
  from: number,
  to: number,
  engine: SimEngineName = "simulated",
): void {
  const atOnce = Math.min(SEEDS_AT_ONCE, to - from);
  const starts = Array.from({ length: (to - from) / atOnce }, (_, index) => from + index * atOnce);
  describe(
    "small meshes that lose packets and processes give no workload a wrong byte, and are whole soon after",
    { timeout: MESH_TIMEOUT_MS },
    () => {
      test.each(starts)(`${atOnce} seeds from %i on`, async (start) => {
        const sums = { done: 0, reset: 0, restarts: 0, cameAgain: 0, cameToTheirLimit: 0 };
        for (let seed = start; seed < start + atOnce; seed++) {
          const report = await runner.run(seed, nodesOf(seed), engine);
          for (const happening of Object.keys(sums) as (keyof typeof sums)[]) sums[happening] += report[happening];
        }
        for (const [happening, sum] of Object.entries(sums)) expect(sum, happening).toBeGreaterThan(0);
      });
    },
  );
}
