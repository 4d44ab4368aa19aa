/** The other half of what `sim-meshes.test.ts` begins, and one large mesh. */
import { expect, test } from "vitest";
import { describeSmallMeshes, MESH_TIMEOUT_MS, openRunner } from "../src/sim/mesh-tests.ts";

const runner = openRunner();

describeSmallMeshes(runner, 500, 1_000);

test("so does one of 200 nodes", { timeout: MESH_TIMEOUT_MS }, async () => {
  const { done, restarts } = await runner.run(0, 200);
  expect(done).toBeGreaterThan(0);
  expect(restarts).toBeGreaterThan(0);
});
