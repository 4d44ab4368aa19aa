/**
 * Whole meshes in virtual time: the processes of both programs, with FlorIO between them, over the simulated engine.
 * `npm run sim` runs other ones, and shows what the processes of one log.
 */
import { afterAll, describe, expect, test } from "vitest";
import { nodesOf } from "../src/sim/run-seed.ts";
import { SeedRunner } from "../src/sim/seed-runner.ts";

const seedsAtOnce = 50;
const starts = Array.from({ length: 20 }, (_, index) => index * seedsAtOnce);
/** A seed that hangs is named by the runner, with any time that is needed for it on a busy machine. */
const timeout = 1_800_000;

const runner = new SeedRunner();
afterAll(() => runner.close());

describe(
  "small meshes that lose packets and processes give no workload a wrong byte, and are whole soon after",
  { timeout },
  () => {
    test.each(starts)(`${seedsAtOnce} seeds from %i on`, async (start) => {
      const sums = { done: 0, reset: 0, restarts: 0, cameAgain: 0, cameToTheirLimit: 0 };
      for (let seed = start; seed < start + seedsAtOnce; seed++) {
        const report = await runner.run(seed, nodesOf(seed));
        for (const happening of Object.keys(sums) as (keyof typeof sums)[]) sums[happening] += report[happening];
      }
      for (const [happening, sum] of Object.entries(sums)) expect(sum, happening).toBeGreaterThan(0);
    });
  },
);

test("so does one of 200 nodes", { timeout }, async () => {
  const { done, restarts } = await runner.run(0, 200);
  expect(done).toBeGreaterThan(0);
  expect(restarts).toBeGreaterThan(0);
});

test("a mesh is the same with the same seed", { timeout }, async () => {
  expect(await runner.run(1, 3)).toEqual(await runner.run(1, 3));
});
