import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { AgentAnswer, AgentFacts, LeaseFacts } from "../src/fabric/agent-facts.ts";
import { drawFabric, fabricVerdict } from "../src/fabric/fabric-picture.ts";
import { formatFabric } from "../src/fabric/fabric-picture-text.ts";
import { flor } from "./run-flor.ts";

const ROUTES: LeaseFacts["routes"] = [
  { via: ["b", "d"], cost: 1_200, inUse: ["reliable"], failure: null },
  { via: ["c", "d"], cost: 1_300, inUse: [], failure: null },
];
const LEASE: LeaseFacts = {
  service: "web",
  host: "d",
  coordinator: "b",
  standing: "live",
  expires: "2026-11-25T12:10:00.000Z",
  routes: ROUTES,
};
const QUIET = { coordinators: [], asked: 0, leases: [], permits: { held: 0, waiting: 0 }, switches: {} };

function agent(node: string, more: Partial<AgentFacts> = {}): AgentFacts {
  return {
    version: "0.1.0",
    cluster: "demo",
    node,
    findings: [],
    root: { version: 1, id: "ab" },
    neighbours: [{ peer: "x", link: "x", state: "reading" }],
    services: [],
    routes: QUIET,
    coordinator: null,
    ...more,
  };
}

const ORIGIN = agent("a", {
  services: [{ service: "web", path: "auto.web.d", state: "none", active: { hosts: ["d", "e"] } }],
  routes: {
    ...QUIET,
    coordinators: [{ node: "b", doesAnswer: true }],
    asked: 1,
    leases: [LEASE],
    switches: { timeout: { count: 2, lastMs: 900, longestMs: 1_031 } },
  },
});
const COORDINATOR = agent("b", {
  routes: { ...QUIET, permits: { held: 1, waiting: 0 } },
  coordinator: { partition: "default", reports: 4, links: 4, wanted: 1, live: 1, waiting: 0, relays: 2, faults: {} },
});

const draw = (...agents: readonly AgentFacts[]) =>
  drawFabric(new Map(agents.map((each) => [each.node, { status: each }])));
const withLeases = (...leases: readonly LeaseFacts[]) =>
  agent("a", { ...ORIGIN, routes: { ...ORIGIN.routes, leases } });
const failing = (...failures: readonly (string | null)[]): LeaseFacts => ({
  ...LEASE,
  routes: ROUTES.map((route, at) => ({ ...route, inUse: [], failure: failures[at] ?? null })),
});

test("a fabric that is whole says so first, and then what there is", () => {
  expect(formatFabric(draw(ORIGIN, COORDINATOR), 100)).toMatchInlineSnapshot(`
    "whole: cluster demo, 2 agents, 1 service, 2 routes, 1 coordinator

    agents
      NODE  STATE  READS   CARRIES FOR    REASON
      a     whole  1 of 1  -
      b     whole  1 of 1  1 coordinator

    services that are wanted, by the nodes that use them
      NODE  SERVICE  STATE  HOST  OF
      a     web      led    d     d, e

    leased routes, the preferred one first
      ORIGIN  SERVICE  ROUTE  STATE      COST  LEASED BY  CLASSES OR REASON
      a       web      b > d  in use     1200  b          reliable
      a       web      c > d  stands by  1300  b

    switches to another route, since the agents started
      NODE  REASON   COUNT  LAST    LONGEST
      a     timeout  2      900 ms  1.0 s

    coordinators
      NODE  PARTITION  REPORTS  LINKS  LEASES  RELAYS  NONE TO BE HAD
      b     default    4        4      1 of 1  2       -"
  `);
});

test.each<[string, readonly AgentFacts[], boolean, string]>([
  [
    "no route carries",
    [withLeases(failing("timeout", "no_route"))],
    false,
    "no route to web at d carries (timeout, no_route)",
  ],
  ["one route has failed", [withLeases(failing("timeout"))], true, "have failed: b > d (timeout)"],
  [
    "one route is left",
    [withLeases({ ...LEASE, routes: ROUTES.slice(0, 1) })],
    true,
    "web at d has one route alone, over b",
  ],
  ["a lease is held", [withLeases({ ...LEASE, standing: "held" })], true, "has ended, and its coordinator is silent"],
  [
    "nobody coordinates",
    [agent("a", { routes: { ...QUIET, asked: 2 } })],
    true,
    "asks for routes to 2 hosts, and hears no coordinator",
  ],
  [
    "a coordinator is silent",
    [agent("a", { routes: { ...QUIET, coordinators: [{ node: "b", doesAnswer: false }] } })],
    true,
    "coordinator b does not answer its letters",
  ],
  [
    "leases cannot be had",
    [agent("b", { coordinator: { ...COORDINATOR.coordinator!, faults: { "no-room": 3 }, wanted: 4 } })],
    true,
    "cannot lease 3 of 4 routes that are asked for (no-room)",
  ],
  [
    "a root is old",
    [agent("a"), agent("b", { root: { version: 2, id: "cd" } })],
    true,
    "node a: it has version 1 of the root, and others have 2",
  ],
  [
    "an agent finds something itself",
    [agent("a", { findings: [{ weight: "fault", text: "it is ill", advice: "Heal it." }] })],
    false,
    "NOT WHOLE: node a: it is ill. Heal it.",
  ],
])("%s: that is told with what to do", (_, agents, isWhole, text) => {
  const picture = draw(...agents);
  expect(picture.isWhole).toBe(isWhole);
  expect(fabricVerdict(picture).join("\n")).toContain(text);
  expect(picture.findings).toHaveLength(1);
});

test("an agent that is silent, or of another cluster, is a fault and no row of its words", () => {
  const stranger = { status: agent("x", { cluster: "other", coordinator: COORDINATOR.coordinator }) };
  const picture = drawFabric(
    new Map<string, AgentAnswer>([
      ["a", { status: ORIGIN }],
      ["/run/b.sock", { silence: "nothing listens" }],
      ["x", stranger],
    ]),
  );
  expect(picture.isWhole).toBe(false);
  expect(picture.nodes.map(({ node, state }) => [node, state])).toEqual([
    ["a", "whole"],
    ["/run/b.sock", "silent"],
    ["x", "silent"],
  ]);
  expect([picture.cluster, picture.coordinators]).toEqual(["demo", []]);
  expect(drawFabric(new Map()).isWhole).toBe(false);
});

const folder = mkdtempSync(join(tmpdir(), "florenetes-status-"));
const socket = join(folder, "a.sock");
let answer: unknown;
const server = createServer((_, response) =>
  response.setHeader("content-type", "application/json").end(JSON.stringify(answer)),
);
await new Promise<void>((done) => void server.listen(socket, done));
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

test("the command asks the agents that it is given, and its exit code says what they come to", async () => {
  answer = { ...ORIGIN, later: true };
  const run = await flor("fabric", "status", socket);
  expect(run).toMatchObject({ code: 0, err: "" });
  expect(run.out).toMatch(/^whole: cluster demo, 1 agent, 1 service, 2 routes\n/);
  expect(JSON.parse((await flor("fabric", "status", socket, "--json")).out)).toMatchObject({
    isWhole: true,
    cluster: "demo",
  });
  expect(await flor("fabric", "status", socket, "--quiet")).toEqual({ code: 0, out: "", err: "" });
  const gone = await flor("fabric", "status", socket, join(folder, "b.sock"));
  expect(gone.code).toBe(1);
  expect(gone.out).toMatch(/^NOT WHOLE: node .*b\.sock: its agent does not answer/);
  answer = { ...ORIGIN, routes: { leases: "\u001b[31m" } };
  const bad = await flor("fabric", "status", socket);
  expect(bad.code).toBe(1);
  expect(bad.out.replaceAll(/\s+/g, " ")).toContain('no status of a fabric-flor of this version (at "routes');
  expect((await flor("fabric", "status", socket, "--timeout", "0")).err).toContain("ERR_FLOR_USAGE");
});

test("with a mesh file it runs a command for each node that has an agent, and knows answers by their nodes", async () => {
  const mesh = join(folder, "mesh.yaml");
  const nodes = { a: { address: "192.0.2.1" }, b: { address: "192.0.2.2" } };
  const links = [{ between: ["a", "b"] }];
  writeFileSync(mesh, JSON.stringify({ cluster: "demo", nodes, links, fabric: { root: `sha256:${"5b".repeat(32)}` } }));
  const write = (node: string, status: AgentFacts): void => {
    mkdirSync(join(folder, node), { recursive: true });
    const script = `#!/bin/sh\ncat <<'END'\n${JSON.stringify(status)}\nEND\n`;
    writeFileSync(join(folder, node, "fabric-flor"), script, { mode: 0o755 });
  };
  const via = ["--mesh", mesh, "--via", `env PATH=${folder}/{node}:/usr/bin:/bin`];
  write("a", agent("a"));
  write("b", COORDINATOR);
  const whole = await flor("fabric", "status", ...via, "--json");
  expect(JSON.parse(whole.out)).toMatchObject({ cluster: "demo", isWhole: true, findings: [] });
  expect(whole.code).toBe(0);
  // An agent that answers in the place of another one is none.
  write("b", agent("a"));
  const broken = await flor("fabric", "status", ...via);
  expect([broken.code, broken.out]).toEqual([1, expect.stringContaining("it is the agent of a that answers")]);
  rmSync(join(folder, "b"), { recursive: true });
  expect((await flor("fabric", "status", ...via, "--quiet")).code).toBe(1);
  const both = await flor("fabric", "status", socket, ...via);
  expect([both.code, both.err]).toEqual([2, expect.stringContaining("give sockets or --mesh")]);
});
