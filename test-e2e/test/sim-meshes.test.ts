/**
 * Whole meshes in virtual time: the processes of both programs, with FlorIO between them, over the simulated engine.
 * `npm run sim` runs more of them, and larger ones.
 */
import { describe, expect, test } from "vitest";
import { runMesh } from "../src/sim/sim-mesh.ts";

const nodes = 3;

describe("a mesh that loses packets and processes", () => {
  test.each([0, 1, 2, 3, 4, 5])("gives no workload a wrong byte, and is whole soon after: seed %i", (seed) => {
    const { done, restarts } = runMesh(seed, nodes);
    expect(done).toBeGreaterThanOrEqual(nodes);
    expect(restarts).toBeGreaterThan(0);
  });

  test("is the same with the same seed", () => {
    expect(runMesh(1, nodes)).toEqual(runMesh(1, nodes));
  });
});
