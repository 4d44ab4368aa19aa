/*
 *   a ┄┄┄┄┄ b     no file has a link: b is the seed, c a relay that announces itself. a is off for an hour (of clocks that are shifted),
 *   └┄┄┄┄┄┄ c     and comes back where nobody is any more at whom it knows by a record in force
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flor } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { PATIENCE, PATIENCE_MS } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { agentWithClock, canShiftClocks, shiftClocks } from "../src/shifted-clocks.ts";

interface Links {
  readonly alone: { readonly rung: string; readonly isTold: boolean } | null;
  readonly remembered: number;
  readonly made: readonly { readonly peer: string; readonly phase: string; readonly endpoint: string | null }[];
}

const HOUR_S = 3_600;
const NODES = ["a", "b", "c"] as const;
type Node = (typeof NODES)[number];
/** An operator's record has the node back within this time. */
const IN_HAND_MS = 10_000;

describe.skipIf(!isRoot || !canShiftClocks)("a node that nobody answers", () => {
  let lab: Lab;
  let fabric: FabricLab;
  /** Each node has an address of its own on loopback. */
  const hosts = new Map<Node, string>();
  const ports = new Map<Node, number>();

  const linksOf = async (node: Node): Promise<Links> => ((await fabric.status(node)) as { links: Links }).links;
  const linkOf = async (node: Node, peer: Node): Promise<Links["made"][number] | undefined> =>
    (await linksOf(node)).made.find((link) => link.peer === peer);
  const endpointOf = (node: Node, port = ports.get(node)!): string => `udp://${hosts.get(node)!}:${port}`;
  const upAt = (node: Node, port?: number) => ({ phase: "up", endpoint: endpointOf(node, port) });
  const placeOf = (node: Node) => ({
    id: node,
    endpoint: endpointOf(node),
    carrier: "quic",
    reach: "public" as const,
    priority: 0,
    weight: 1,
  });

  /** Has the link vertex of a node listen elsewhere from its next start on. */
  function move(node: Node, to: number): void {
    const file = lab.configFile(node, "link-flor");
    writeFileSync(file, readFileSync(file, "utf8").replaceAll(`:${ports.get(node)!}`, `:${to}`));
    ports.set(node, to);
  }

  async function killAll(node: Node): Promise<void> {
    await fabric.kill(node);
    for (const name of lab.processNames(node)) await lab.kill(node, name);
  }

  async function startAll(node: Node): Promise<void> {
    for (const name of lab.processNames(node)) lab.start(node, name);
    fabric.start(node);
    await fabric.untilReady(node);
  }

  beforeAll(async () => {
    lab = await openLab({ cluster: "ladder", nodes: { a: {}, b: {}, c: {} }, links: [], services: {}, tunnels: [] });
    const door = { "links-max": 8, dial: ["127.0.0.0/8"] };
    const first = { "seeds-file": join(lab.folder, "first.fact"), "root-file": undefined };
    fabric = FabricLab.prepare(lab, {
      development: true,
      services: {},
      tunnels: [],
      agents: { a: first, b: first, c: first },
      doors: { a: door, b: door, c: door },
      agentProgram: agentWithClock(),
    });
    shiftClocks(lab, 0);
    await lab.up();
    for (const node of NODES) {
      const { listen } = (await lab.status(node)).linkFlor!.clusters[0]!;
      const [, host, port] = /([\d.]+):(\d+)$/.exec(listen)!;
      hosts.set(node, host!);
      ports.set(node, Number(port));
    }
    fabric.writeSeeds([{ node: "b", key: fabric.keyOf("b"), endpoints: [placeOf("b")] }]);
    await fabric.up();
    await fabric.publish("b", [fabric.signRole("b", "cluster", "relay"), fabric.signRole("c", "cluster", "relay")]);
    await fabric.publish("c", [fabric.signRole("c", "cluster", "relay")]);
  });
  afterAll(async () => {
    await fabric?.[Symbol.asyncDispose]();
    await lab?.down();
  });

  test(
    "is back where a link was up once, though all have moved while it was off for longer than announcements live",
    { timeout: 4 * PATIENCE_MS },
    async () => {
      const [former, next] = [ports.get("c")!, await freePort()];
      await expect.poll(() => linkOf("a", "b"), PATIENCE).toMatchObject({ phase: "up" });
      await expect.poll(() => linkOf("a", "c"), PATIENCE).toMatchObject(upAt("c", former));
      await lab.kill("c", "link-flor");
      move("c", next);
      lab.start("c", "link-flor");
      await expect
        .poll(() => linkOf("a", "c"), { ...PATIENCE, timeout: 2 * PATIENCE_MS })
        .toMatchObject(upAt("c", next));
      expect(await linksOf("a")).toMatchObject({ alone: null, remembered: 2 });

      await killAll("a");
      await killAll("b");
      await lab.kill("c", "link-flor");
      move("c", former);
      lab.start("c", "link-flor");
      // The vertex knows nothing, either: it would go on calling where the agent had it call.
      const state = /^state: (.*)$/m.exec(readFileSync(lab.configFile("a", "cluster-flor"), "utf8"))![1]!;
      rmSync(join(state, "fabric-overlay.json"));
      shiftClocks(lab, HOUR_S);
      await startAll("a");
      const since = performance.now();
      const rungs = new Set<string>();
      const look = async (): Promise<Links["made"][number] | undefined> => {
        const { alone } = await linksOf("a");
        if (alone !== null) rungs.add(alone.rung);
        return linkOf("a", "c");
      };
      await expect.poll(look, PATIENCE).toMatchObject(upAt("c", former));
      process.stdout.write(`by an endpoint that once worked: back after ${Math.round(performance.now() - since)} ms\n`);
      expect([...rungs]).toContain("worked");
      expect([...rungs]).not.toContain("in-hand");
    },
  );

  test(
    "tells that nobody answers, and is back within ten seconds by a record that an operator brings as a file",
    { timeout: 4 * PATIENCE_MS },
    async () => {
      await lab.kill("c", "link-flor");
      move("c", await freePort());
      lab.start("c", "link-flor");
      await expect
        .poll(() => linksOf("a"), { ...PATIENCE, timeout: 2 * PATIENCE_MS })
        .toMatchObject({ alone: { rung: "in-hand", isTold: true } });
      const { findings } = (await fabric.status("a")) as { findings: readonly { readonly text: string }[] };
      expect(findings.map(({ text }) => text).join("\n")).toMatch(/nobody answers: no link for .*rung 4 of 4/);
      fabric.sign("seeds", "seeds", {
        seeds: [{ node: "c", key: fabric.keyOf("c"), endpoints: [placeOf("c")] }],
      });
      const published = await flor("fabric", "publish", fabric.recordFile("seeds"), "--agent", fabric.adminOf("a"));
      expect(published, published.stderr + published.stdout).toMatchObject({ code: 0 });
      const since = performance.now();
      await expect.poll(() => linkOf("a", "c"), PATIENCE).toMatchObject(upAt("c"));
      const tookMs = Math.round(performance.now() - since);
      process.stdout.write(`by a record in hand: back after ${tookMs} ms\n`);
      expect(tookMs).toBeLessThan(IN_HAND_MS);
      const log = readFileSync(fabric.logFile("a"), "utf8");
      for (const code of ["NOBODY_ANSWERS", "ANSWERED_AGAIN"]) expect(log).toContain(code);
    },
  );
});
