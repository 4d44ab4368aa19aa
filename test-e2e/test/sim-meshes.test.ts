/**
 * Whole meshes in virtual time: the processes of both programs, with FlorIO between them, over the simulated engine.
 * `npm run sim` runs other meshes, and shows what the processes of one log. A file of its own has the other half of the seeds, for the other core.
 */
import { runs } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { describeSmallMeshes, MESH_TIMEOUT_MS, openRunner } from "../src/sim/mesh-tests.ts";

const runner = openRunner();

describeSmallMeshes(runner, 0, runs(150, 12));

test("a mesh is the same with the same seed", { timeout: MESH_TIMEOUT_MS }, async () => {
  expect(await runner.run(1, 3)).toEqual(await runner.run(1, 3));
});
