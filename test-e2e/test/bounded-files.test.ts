/*
 *   a ───── b ───── c ───── d
 *   400 clients ══════════▶     with a limit of 256 file descriptors, once for cluster-flor of a, once for that of d
 */
import { describe, expect, test } from "vitest";
import { openCrowdMesh, runWorkload } from "../src/crowd-mesh.ts";
import type { CrowdResult } from "../src/crowd-mesh.ts";
import { executable } from "../src/executables.ts";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { expectLog } from "../src/log-entries.ts";

const LIMIT = 256;
const CLIENTS = 400;

describe.skipIf(!isRoot)("a limit of file descriptors", () => {
  test.for(["a", "d"] as const)("of cluster-flor on %s refuses what is too much, and says so", async (node) => {
    const limited = `test "$FLORENETES_NODE" != ${node} || ulimit -n ${LIMIT}; exec "$0" "$@"`;
    await using lab = await openCrowdMesh({ clusterVertex: ["sh", "-ec", limited, ...executable("cluster-flor")] });
    const { done, failed, errors } = await runWorkload<CrowdResult>(
      lab,
      "crowd.ts",
      CLIENTS,
      CLIENTS,
      4_096,
      "together",
    );
    expect(done + failed).toBe(CLIENTS);
    expect(done).toBeGreaterThan(LIMIT / 2);
    expect(failed).toBeGreaterThanOrEqual(CLIENTS - LIMIT);
    expect(Object.keys(errors), "never a clean end").toEqual(["ECONNRESET"]);

    // Refused workloads are counted at both ends, and the end that is short of descriptors says what to do.
    const status = async () => (await lab.status(node)).clusterFlor!;
    expect((await status()).process!.openFilesMax).toBe(LIMIT);
    const counted = async (): Promise<unknown> => {
      const { tunnels, services } = await status();
      const [{ connections }] = (node === "a" ? tunnels : services) as [{ connections: unknown }];
      return connections;
    };
    const all = { open: 0, total: CLIENTS, refused: { OVER_BUDGET: failed } };
    await expect.poll(counted, PATIENCE).toMatchObject(all);
    await expectLog(lab, node, "cluster-flor").toMatch(/"code":"STREAM_REFUSED".*file descriptors.*LimitNOFILE/);
    expect(await runWorkload<CrowdResult>(lab, "crowd.ts", 300, 100, 512, 0)).toMatchObject({ done: 300, failed: 0 });
  });
});
