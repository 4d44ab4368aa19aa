/* A node in six parts, as its own agent and others know it. */
import { beforeAll, describe, expect, test } from "vitest";
import { type NodeAnswer, nodeQuestions } from "../../src/admin/node-questions.ts";
import { renderNode } from "../../src/admin/render-node.ts";
import { startLeasedMesh } from "../agent/leased-mesh.ts";
import { DAY, type DemoCluster, newKey } from "../demo-records.ts";
import type { SimMesh } from "../agent/simulated-nodes.ts";

const PHONE = { battery: 40, charging: false, network: "cellular", metered: true, foreground: false } as const;

let mesh: SimMesh;

/** A mesh of a, d, the relays b and c, of which b coordinates; c has a role that no agent acts by, and runs on a phone. */
beforeAll(() => {
  mesh = startLeasedMesh(["a"], ["d"]);
  const cluster = mesh.options.cluster as DemoCluster;
  const body = { actions: [], services: ["web"], depth: 0 };
  mesh.node("b").take(cluster.control({ kind: "role", subject: "c/observer/north", body }));
  mesh.node("b").take(cluster.control({ kind: "role", subject: "d/route-coordinator/south", body }));
  const roles = ["relay/south", "mobile-edge/south", "mobile-edge/north", "update-cache/north", "update-cache/south"];
  const storage = { kind: "role", body: { actions: [], services: [], depth: 0 } };
  mesh.node("b").take(cluster.control({ ...storage, subject: "d/storage/north" }));
  mesh.node("b").take(cluster.control({ ...storage, subject: "d/storage/north", scope: "org/acme" }));
  mesh.node("b").take(cluster.collection("backups", ["c", "d"]));
  for (const subject of roles.map((role) => `d/${role}`))
    mesh.node("b").take(cluster.control({ kind: "role", subject, body }));
  const policy = { hold: 600, tiers: [{ role: "relay", tier: 1 }], weights: [{ of: "loss", weight: 70 }] };
  mesh.node("b").take(cluster.control({ kind: "policy", subject: "cluster", body: policy }));
  mesh.node("c").agent.routes.handleDevice(PHONE);
  const { work } = mesh.node("b").agent.coordinator;
  mesh.until(
    "b knows what c is",
    () => work?.profiles.of("c") !== undefined && ask("b", "c").capabilities.device?.battery === 40,
  );
  mesh.until(
    "a knows c, and c has permits",
    () =>
      ask("c").local!.permits > 0 &&
      ask("c").policy.length > 0 &&
      ask("d").roles.length === 8 &&
      ask("d").roles.some(({ role, effect }) => role === "storage" && effect === "acts") &&
      mesh.node("a").agent.book!.inForce("node", "cluster", "c", mesh.node("a").at.wall) !== undefined,
  );
});

function ask(at: string, name?: string): NodeAnswer {
  const node = mesh.node(at);
  const route = nodeQuestions(node.agent, { cluster: "demo", databaseId: "0".repeat(32) }, () => node.at)["/node"]!;
  return route(new URLSearchParams(name === undefined ? {} : { name })) as NodeAnswer;
}

const rolesOf = ({ roles }: NodeAnswer): readonly unknown[] =>
  roles.map(({ role, partition, effect, text }) => [role, partition, effect, text]);

describe("a node's own agent", () => {
  test("knows all six parts", () => {
    const own = ask("c");
    expect(own).toMatchObject({ cluster: "demo", node: "c", isOwn: true });
    const { key } = mesh.node("c").key;
    expect(own.identity).toMatchObject({ key, partition: "north", standing: "in-force" });
    expect(own.capabilities).toMatchObject({
      device: PHONE,
      software: { version: "1.2.3" },
      contracts: expect.arrayContaining([{ of: "facts", lowest: 1, highest: 1 }]),
      offer: { classes: ["reliable", "bulk"], rate: 1_000_000, price: 0 },
      services: [],
    });
    expect(own.policy).toMatchObject([{ scope: "cluster", body: { hold: 600 } }]);
    expect(own.health).toMatchObject({ ageMs: 0, load: { cpu: 0, memory: 0, sockets: 0 } });
    expect(new Map(own.health.links.map(({ peer, roundTripMs }) => [peer, roundTripMs]))).toEqual(
      new Map([
        ["a", 1.5],
        ["d", 1.5],
      ]),
    );
    expect(own.local).toMatchObject({ rootVersion: 1, databaseId: "0".repeat(32), permits: 1 });
    expect(own.local!.records).toBeGreaterThan(5);
  });

  test("says of each role whether it acts by it, and what is missing", () => {
    expect(rolesOf(ask("c"))).toEqual([
      ["observer", "north", "acts", ""],
      ["relay", "north", "acts", ""],
    ]);
    expect(rolesOf(ask("b"))).toEqual([
      ["relay", "north", "acts", ""],
      ["route-coordinator", "north", "acts", ""],
    ]);
    expect(rolesOf(ask("d"))).toEqual([
      ["mobile-edge", "north", "acts", ""],
      ["mobile-edge", "south", "idle", "the node is of another partition: north"],
      ["relay", "south", "idle", "the node is of another partition: north"],
      ["route-coordinator", "south", "idle", "the config of fabric-flor has no `coordinator`"],
      ["storage", "north", "acts", ""],
      ["storage", "north", "idle", "no collection of org/acme in force names this node as a holder"],
      ["update-cache", "north", "acts", ""],
      ["update-cache", "south", "idle", "the node is of another partition: north"],
    ]);
  });
});

describe("another agent", () => {
  test("that coordinates knows what the node has told, and nothing of its state", () => {
    const { capabilities, health, local, roles, isOwn } = ask("b", "c");
    expect([isOwn, local]).toEqual([false, null]);
    expect(capabilities).toEqual(ask("c").capabilities);
    expect(health.links.map(({ peer }) => peer).toSorted()).toEqual(["a", "d"]);
    expect(health.ageMs).toBeGreaterThan(0);
    expect(roles.map(({ effect }) => effect)).toEqual([null, null]);
  });

  test("that does not coordinate knows records alone", () => {
    const { identity, capabilities, health } = ask("a", "c");
    expect(identity.key).toBe(mesh.node("c").key.key);
    expect([capabilities.device, capabilities.software, health.load, health.links]).toEqual([null, null, null, []]);
  });

  test("says of a node whose record was taken back that it was", () => {
    const cluster = mesh.options.cluster as DemoCluster;
    const a = mesh.node("a");
    const gone = newKey("gone");
    a.take(cluster.node(gone));
    expect(ask("a", "gone").identity.standing).toBe("in-force");
    a.take(cluster.node(gone, { epoch: 2, void: true, body: {}, expires: mesh.options.startsAt + 399 * DAY }));
    expect(() => ask("a", "gone")).toThrow("the record of the node gone was taken back");
  });

  test.each(["nobody", "a b", "", "../c", "x".repeat(10_000)])("refuses %o", (name) => {
    expect(() => ask("a", name)).toThrow(expect.objectContaining({ code: "ERR_FABRIC_NODE" }));
  });
});

test("people are shown the six parts, and what is missing for a role", () => {
  const text = renderNode({ ...ask("c"), findings: [] });
  const parts = text.split("\n").flatMap((line) => /^([a-z][a-z ]+):/.exec(line)?.[1] ?? []);
  expect(parts).toEqual(["identity", "roles", "capabilities", "policy", "health", "local state"]);
  expect(text).toContain(
    "device: battery 40 %, NOT charging; network cellular, each byte is paid for; in the BACKGROUND",
  );
  expect(text).toContain("leases hold 10 min; relay needs tier 1; loss counts 70");
  expect(text).toContain("health: all is well; processor 0 %");
  const other = renderNode({ ...ask("a", "c"), findings: null });
  expect(other).toContain("capabilities: software not told to this node");
  expect(other).toContain("local state: the node alone knows it");
  expect(renderNode({ ...ask("d"), findings: null })).toContain(
    ": IDLE (the config of fabric-flor has no `coordinator`)",
  );
});
