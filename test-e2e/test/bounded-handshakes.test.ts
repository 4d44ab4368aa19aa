/*
 *   a ──────────── b ───── c ───── d
 *   1,000 ports ─▶ link-flor        handshakes that are never finished, from an address of their own
 *   link-flor ───▶                  and the real neighbour, which is restarted meanwhile
 */
import type { Lab } from "@florenetes/meshlab";
import { describe, expect, test } from "vitest";
import { growthOf, memoryOf, openCrowdMesh, runProgram, runWorkload } from "../src/crowd-mesh.ts";
import type { CrowdResult } from "../src/crowd-mesh.ts";
import { isRoot } from "../src/root.ts";

const PORTS = 1_000;
const SECONDS = 8;
/** Places for one address among link-flor's half-open connections. Each place is held for five seconds. */
const PLACES = 103;
const HELD_SECONDS = 6;
/** MB that a link-flor may gain by the whole attack. */
const GROWTH_MAX = 40;

describe.skipIf(!isRoot)("handshakes from a thousand ports that are never finished", () => {
  test("take few places and little memory, end no link, and keep no neighbour out", async () => {
    await using lab = await openCrowdMesh();
    for (const [node, address] of Object.entries({ a: "10.99.0.1", b: "10.99.0.2" })) {
      const { code, stderr } = await lab.exec(node, ["ip", "addr", "add", `${address}/24`, "dev", "link0"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    }
    expect(await crowd(lab)).toMatchObject({ done: 200, failed: 0 });
    const before = memoryOf(lab);
    const upsBefore = await ups(lab);

    const identity = lab.identityFolder("a", "vertex");
    const settings = ["10.99.0.1", "10.99.0.2", 4_433, PORTS, SECONDS, identity];
    const attack = runProgram<AttackResult>(lab, "half-open.ts", ...settings);
    await expect.poll(() => refused(lab), { timeout: 15_000, interval: 200 }).toBeGreaterThan(PORTS);
    expect(await crowd(lab)).toMatchObject({ done: 200, failed: 0 });
    expect(await ups(lab), "a link went down").toEqual(upsBefore);
    await lab.kill("a", "link-flor");
    lab.start("a", "link-flor");
    await lab.waitUntilUp({ timeoutMs: 15_000 });
    expect(await crowd(lab)).toMatchObject({ done: 200, failed: 0 });

    const { started, retries, answered } = await attack;
    expect(retries, "addresses are to be proven first").toBeGreaterThan(PLACES);
    expect(answered).toBeGreaterThanOrEqual(PLACES);
    expect(answered, `of ${started} handshakes`).toBeLessThanOrEqual(
      PLACES * (1 + Math.ceil((2 * SECONDS) / HELD_SECONDS)),
    );
    expect(growthOf(before, memoryOf(lab)).get("b link-flor"), "MB more").toBeLessThan(GROWTH_MAX);
  });
});

/** The output of `half-open.ts`. */
interface AttackResult {
  readonly started: number;
  readonly retries: number;
  readonly answered: number;
}

function crowd(lab: Lab): Promise<CrowdResult> {
  return runWorkload<CrowdResult>(lab, "crowd.ts", 200, 8, 1_024);
}

/** How often each link came up, at all nodes. */
async function ups(lab: Lab): Promise<unknown> {
  const statuses = await lab.statuses();
  return [...statuses.values()].flatMap(({ clusterFlor }) => clusterFlor!.links.map((link) => link["ups"]));
}

/** The number of handshakes that got no place, or no Retry, since one address gets only a part of both. */
async function refused(lab: Lab): Promise<number> {
  const { linkFlor } = await lab.status("b");
  const { droppedNotAdmitted = 0, droppedRate = 0 } = linkFlor!.clusters[0]!.udp;
  return droppedNotAdmitted + droppedRate;
}
