/*
 *            hub            Fifty nodes, each with one link to the hub. One command at the issuer revokes a node, and the timers renew all identities:
 *   n01 … n24 │ n25 … n49   nobody does anything at a node. In soak runs alone.
 */
import type { ChildProcess } from "node:child_process";
import { type Lab, openLab } from "@florenetes/meshlab";
import { isSoak } from "@florenetes/simkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flor } from "../src/executables.ts";
import { IssuerProcess, livingFrom, startFlor, writeKeepConfig } from "../src/issuer-process.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE } from "../src/patience.ts";
import { hangUp, type Holding, replaceIdentity, troubles } from "../src/renewal.ts";

const LEAVES = Array.from({ length: 49 }, (_, index) => `n${String(index + 1).padStart(2, "0")}`);
const NODES = ["hub", ...LEAVES];
const HOLDINGS: readonly Holding[] = NODES.map((node) => ({ node, folder: "vertex", principal: `vertex/${node}` }));
const REVOKED = LEAVES[0]!;
const LEFT = NODES.filter((node) => node !== REVOKED);
const LIFE_MS = 3_600_000;
/** A list that is published is in force within this time. */
const IN_FORCE_MS = 10_000;
const START_MS = 300_000;

if (!isSoak) process.stderr.write("left out: an issuer of fifty nodes (`npm run soak` has it)\n");

let lab: Lab;
let issuer: IssuerProcess;
/** The config of each node by which it follows the lists, and keeps its identity. */
const configs: string[] = [];
const followers: ChildProcess[] = [];

describe.skipIf(!isSoak)("an issuer of fifty nodes", () => {
  beforeAll(async () => {
    lab = await openLab({
      cluster: "fleet",
      nodes: Object.fromEntries(NODES.map((node) => [node, {}])),
      links: LEAVES.map((node) => ({ between: [node, "hub"] })),
    });
    issuer = await IssuerProcess.make(lab, "issuer", `${LIFE_MS / 1_000}s`);
    issuer.trustRoot();
    await lab.up();
    await issuer.start();
    configs.push(...NODES.map((node) => writeKeepConfig(lab, node, HOLDINGS, [issuer.address])));
    for (const config of configs) followers.push(await startFlor(lab, "identity", "follow", "--config", config));
  }, START_MS);

  afterAll(async () => {
    for (const child of followers) child.kill("SIGKILL");
    issuer?.[Symbol.dispose]();
    await lab?.down();
  });

  test("renews all of them by what their timers run, and no link ends", { timeout: START_MS }, async () => {
    // The lives of all are at two thirds by now.
    for (const holding of HOLDINGS)
      replaceIdentity(
        lab,
        holding,
        issuer.ca,
        livingFrom(issuer.ca, holding.principal, LIFE_MS, Date.now() - 0.8 * LIFE_MS),
      );
    await hangUp(
      lab,
      NODES.map((node) => [node, "link-flor"] as const),
      "IDENTITY_RELOADED",
    );
    const before = await troubles(lab, [["hub", "link-flor"]]);
    const at = now();
    for (const config of configs) {
      const { code, stderr } = await flor("identity", "keep", "--config", config);
      expect(code, `${config}: ${stderr}`).toBe(0);
    }
    process.stderr.write(`${NODES.length} identities are renewed in ${seconds(now() - at)}\n`);
    for (const { principal } of HOLDINGS) {
      const issued = issuer.ca.record.certificatesOf(`spiffe://fleet/${principal}`);
      expect(issued.length, principal).toBeGreaterThan(1);
    }
    expect(await leavesDown(LEAVES)).toEqual([]);
    expect(await troubles(lab, [["hub", "link-flor"]])).toEqual(before);
  });

  test(
    "revokes one of them by one command: its list is in force at all others soon",
    { timeout: START_MS },
    async () => {
      const { code, stderr } = await flor("ca", "revoke", `vertex/${REVOKED}`, "--ca", issuer.ca.folder);
      const at = now();
      expect(code, stderr).toBe(0);
      await expect.poll(() => without(LEFT), { ...PATIENCE, interval: 20 }).toEqual([]);
      const tookMs = now() - at;
      process.stderr.write(`a list is in force at ${LEFT.length} nodes after ${seconds(tookMs)}\n`);
      expect(tookMs).toBeLessThan(IN_FORCE_MS);
      await expect.poll(() => leavesDown([REVOKED]), PATIENCE).toEqual([REVOKED]);
      expect(await leavesDown(LEFT.slice(1))).toEqual([]);
    },
  );
});

/** Nodes at which no list is in force. */
async function without(nodes: readonly string[]): Promise<string[]> {
  const statuses = await lab.statuses();
  return nodes.filter((node) => {
    const [cluster] = (statuses.get(node)?.linkFlor?.clusters ?? []) as unknown as {
      revocation: { lists: unknown[] };
    }[];
    return (cluster?.revocation.lists.length ?? 0) === 0;
  });
}

/** The leaves whose link is not up at the hub. */
async function leavesDown(leaves: readonly string[]): Promise<string[]> {
  const { linkFlor } = await lab.status("hub");
  const links = linkFlor!.clusters[0]!.links;
  return leaves.filter((leaf) => links.find(({ peer }) => peer === leaf)?.state !== "up");
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
