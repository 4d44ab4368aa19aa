/*
 *   a ───── b ───── c ───── d
 *   tunnel                  service
 *   2,000 clients ════════▶ (one end-to-end connection)
 */
import { describe, expect, test } from "vitest";
import { openCrowdMesh, runWorkload } from "../src/crowd-mesh.ts";
import type { CrowdResult } from "../src/crowd-mesh.ts";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";

describe.skipIf(!isRoot)("very many connections", () => {
  test("2,000 at once, each with the right bytes back", async () => {
    await using lab = await openCrowdMesh();
    const result = await runWorkload<CrowdResult>(lab, "crowd.ts", 2_000, 2_000, 8_192, "together");
    expect(result).toMatchObject({ done: 2_000, failed: 0, openMax: 2_000 });
    // A connection may have a successor with packets of another size: the former one is gone when its streams are.
    await expect
      .poll(async () => (await lab.status("a")).clusterFlor!.connections, PATIENCE)
      .toMatchObject([{ direction: "originated", state: "established" }]);
  });
});
