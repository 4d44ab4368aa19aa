/*
 *         ┌── b ──┬── d
 *     a ──┤       ╳         web is on d and e, which a reaches over leased routes
 *         └── c ──┴── e
 */
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../src/free-port.ts";
import { faultUnder } from "../src/http-load.ts";
import { PATIENCE } from "../src/patience.ts";
import { startFileServer } from "../src/services.ts";
import { standbyOf, standbyStreams } from "../src/standby.ts";

/** Requests a second, each over a connection of its own. */
const RATE = 200;
/** Another host is to answer within 1.5 s. Where the machine is busy, a request itself takes seconds. */
const ANSWERED_MS = 10_000;
const HOSTS = ["d", "e"] as const;
const RELAYS = ["b", "c"] as const;

let lab: Lab;
let fabric: FabricLab;
let port: number;

beforeAll(async () => {
  const targets = new Map<string, number>();
  for (const host of HOSTS) targets.set(host, await freePort());
  port = await freePort();
  lab = await openLab({
    cluster: "silent",
    nodes: { a: {}, b: {}, c: {}, d: {}, e: {} },
    links: RELAYS.flatMap((relay) => ["a", ...HOSTS].map((node) => ({ between: [node, relay] as [string, string] }))),
    services: {},
    tunnels: [],
  });
  const relay = {
    relay: { classes: ["dns", "interactive", "reliable", "bulk", "droppable"], rate: "100 Mbit/s" },
  };
  const addresses = [...targets].map(([host, target]) => [host, `tcp://127.0.0.1:${target}`]);
  fabric = FabricLab.prepare(lab, {
    services: { web: { allow: ["user/alice"], targets: Object.fromEntries(addresses) } },
    tunnels: [{ node: "a", listen: `tcp://127.0.0.1:${port}`, as: "user/alice", service: "web" }],
    agents: { b: { coordinator: { partition: "default" } } },
    doors: { b: relay, c: relay },
  });
  for (const [host, target] of targets) await startFileServer(lab, host, target);
  await lab.up();
  await fabric.up();
  const roles = [["b", "route-coordinator"] as const, ...RELAYS.map((node) => [node, "relay"] as const)];
  await fabric.publish(
    "b",
    roles.map(([node, role]) => fabric.signRole(node, "cluster", role)),
  );
  await fabric.publish("a", [fabric.signService("web", HOSTS)]);
});

afterAll(async () => {
  await fabric?.[Symbol.asyncDispose]();
  await lab?.down();
});

test.each([
  ["stopped", "SIGSTOP"],
  ["killed", "SIGKILL"],
] as const)(
  "the cluster-flor of the host in use is %s: new streams go to the standby, and are answered",
  { timeout: 180_000 },
  async (what, signal) => {
    await expect.poll(() => standbyOf(fabric, "a", "web"), PATIENCE).toMatch(/^[de]$/);
    const before = await standbyStreams(lab, "a", "web");
    const load = { words: [`http://127.0.0.1:${port}/who`, String(RATE)], serverOf: (answer: string) => answer.trim() };
    let stopped: string | undefined;
    try {
      const outage = await faultUnder(`cluster-flor is ${what}, over leased routes`, [load], (host) => {
        if (signal === "SIGSTOP") stopped = host;
        return lab.kill(host, "cluster-flor", signal);
      });
      expect(outage.answeredMs).toBeLessThan(ANSWERED_MS);
      expect(await standbyStreams(lab, "a", "web")).toBeGreaterThan(before);
    } finally {
      if (stopped !== undefined) await lab.kill(stopped, "cluster-flor", "SIGCONT");
    }
  },
);
