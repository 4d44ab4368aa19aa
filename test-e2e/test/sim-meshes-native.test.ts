/**
 * Some of the meshes of `sim-meshes.test.ts` over the engine of native/: its time and chance are those of the simulation, except for the
 * keys of TLS. Where cargo is missing they are skipped.
 */
import { nativeEngine } from "@florenetes/quic/native";
import { runs } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { describeSmallMeshes, MESH_TIMEOUT_MS, openRunner } from "../src/sim/mesh-tests.ts";

describe.skipIf(nativeEngine() === undefined)("over the native engine", () => {
  const runner = openRunner();

  describeSmallMeshes(runner, 0, runs(30, 8), "native");

  test("a mesh is the same with the same seed", { timeout: MESH_TIMEOUT_MS }, async () => {
    expect(await runner.run(1, 3, "native")).toEqual(await runner.run(1, 3, "native"));
  });
});
