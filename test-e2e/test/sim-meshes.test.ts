/**
 * Whole meshes in virtual time: the processes of both programs, with FlorIO between them, over the simulated engine.
 * `npm run sim` runs other ones, and shows what the processes of one log.
 */
import { describe, expect, test } from "vitest";
import { nodesOf, runSeed } from "../src/sim/run-seed.ts";

const seedsAtOnce = 50;
const starts = Array.from({ length: 20 }, (_, index) => index * seedsAtOnce);

describe("small meshes that lose packets and processes give no workload a wrong byte, and are whole soon after", () => {
  test.each(starts)(`${seedsAtOnce} seeds from %i on`, (start) => {
    const reports = Array.from({ length: seedsAtOnce }, (_, index) => runSeed(start + index, nodesOf(start + index)));
    for (const happening of ["done", "reset", "restarts", "cameAgain", "cameToTheirLimit"] as const) {
      expect(
        reports.reduce((sum, report) => sum + report[happening], 0),
        happening,
      ).toBeGreaterThan(0);
    }
  });
});

/** It takes 20 s of CPU time: with a busy neighbour that is minutes. */
const largeMeshMs = 600_000;

test("so does one of 200 nodes", { timeout: largeMeshMs }, () => {
  const { done, restarts } = runSeed(0, 200);
  expect(done).toBeGreaterThan(0);
  expect(restarts).toBeGreaterThan(0);
});

test("a mesh is the same with the same seed", () => {
  expect(runSeed(1, 3)).toEqual(runSeed(1, 3));
});
