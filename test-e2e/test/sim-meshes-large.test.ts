/** The second half of the seeds of `sim-meshes.test.ts`, and one large mesh. */
import { isSoak, runs } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { describeSmallMeshes, MESH_TIMEOUT_MS, openRunner } from "../src/sim/mesh-tests.ts";

const runner = openRunner();

describeSmallMeshes(runner, 150, runs(300, 175));

test.runIf(isSoak)("so does one of 200 nodes with rings", { timeout: MESH_TIMEOUT_MS }, async () => {
  const { done, reset, restarts, cameAgain } = await runner.run(7, 200);
  for (const count of [done, reset, restarts, cameAgain]) expect(count).toBeGreaterThan(0);
});
