/*
 * Whole agents and their coordinator:
 *
 *          b (coordinator, relay)
 *        ╱   ╲
 *       a      d (web)
 *        ╲   ╱
 *          c (relay)
 */
import { beforeEach, expect, test } from "vitest";
import { type LeaseAnswer, leaseQuestions } from "../../../src/admin/lease-questions.ts";
import { UNKNOWN_DEVICE } from "../../../src/agent/device/device-facts.ts";
import { startLeasedMesh } from "../leased-mesh.ts";
import type { SimMesh, SimNode } from "../simulated-nodes.ts";

interface Answer {
  readonly leases: readonly LeaseAnswer[];
  readonly left: number;
}

let mesh: SimMesh;
let a: SimNode;

beforeEach(() => {
  mesh = startLeasedMesh(["a"], ["d"]);
  a = mesh.node("a");
});

const waysOfA = (): readonly string[] =>
  (a.vertex.view.overlay.paths[0]?.routes ?? []).map(({ via }) => via.join(" ")).toSorted();

test("a service two links away is led to over both relays, also where one of them has died: it may be back soon", () => {
  const took = mesh.until("web is led to d", () => a.leads("web") === "d");
  expect(took).toBeLessThan(30_000);
  mesh.until("both ways are leased", () => waysOfA().join(", ") === "b d, c d");
  const { work } = mesh.node("b").agent.coordinator;
  expect(work!.permits.relays).toBe(2);
  mesh.setLink("a", "c", "down");
  mesh.runFor(20_000);
  expect(waysOfA()).toEqual(["b d", "c d"]);
  expect(a.leads("web")).toBe("d");
});

test("a lease is explained by its origin, with what is in use, and by its coordinator, with what was left out", () => {
  mesh.until("both ways are leased", () => waysOfA().join(", ") === "b d, c d");
  const ask = (name: string, query: string): Answer => {
    const node = mesh.node(name);
    const answer = leaseQuestions(node.agent, name, () => node.at)["/leases"]!(new URLSearchParams(query));
    return answer as Answer;
  };
  const [own] = ask("a", "").leases;
  expect(own).toMatchObject({
    told: "origin",
    host: "d",
    coordinator: "b",
    standing: "live",
    isUsed: true,
    issue: null,
  });
  expect(own?.routes.map(({ via, state }) => [via.join(" "), state])).toEqual([
    ["b d", "in-use"],
    ["c d", "stands-by"],
  ]);
  expect(own?.routes[0]?.why.map(({ of }) => of)).toContain("round-trip");
  for (const of of ["web", "a/web/d", "a/web/d/b", own!.id!, own!.id!.slice(0, 8)])
    expect([ask("a", `of=${of}`).leases.length, ask("b", `of=${of}`).leases.length], of).toEqual([1, 1]);
  for (const of of ["we", "b", "a/web/c", own!.id!.slice(0, 7), "zz".repeat(32)])
    expect(ask("a", `of=${of}`).leases, of).toEqual([]);
  expect(ask("d", "")).toEqual({ node: "d", leases: [], left: 0 });

  const [given] = ask("b", "of=web").leases;
  expect(given).toMatchObject({ told: "coordinator", id: own!.id, fault: null, isUsed: null });
  expect(given?.issue?.relays.map(({ relay, outcome, left }) => [relay, outcome, left])).toEqual([
    ["b", "taken", 0],
    ["c", "taken", 0],
  ]);
  expect(given?.issue?.leftOut).toEqual({ relays: [], links: [], more: 0 });
  // The link is lost, and the relay has no way to the origin any more: it is left out when the lease is renewed.
  mesh.setLink("a", "c", "down");
  mesh.until("one way is left", () => waysOfA().join(", ") === "b d", 360_000);
  const [one] = ask("b", "of=a/web/d").leases;
  expect(one?.routes.map(({ via }) => via.join(" "))).toEqual(["b d"]);
  expect(one?.issue?.leftOut.relays).toMatchObject([{ relay: "c", why: "no-way" }]);
});

test("an origin whose host nobody leases says so, and its coordinator why", () => {
  mesh.node("c").vertex.change({ relay: null });
  mesh.node("b").vertex.change({ relay: null });
  mesh.until("the coordinator looks for a lease", () => mesh.node("b").agent.coordinator.work?.leases.wanted === 1);
  mesh.runFor(30_000);
  const [node, at] = [mesh.node("b"), () => mesh.node("b").at];
  const [lease] = (leaseQuestions(node.agent, "b", at)["/leases"]!(new URLSearchParams()) as Answer).leases;
  expect(lease).toMatchObject({ id: null, fault: "no-route", routes: [] });
  expect(lease?.issue?.leftOut.relays.map(({ relay, why }) => [relay, why])).toEqual([
    ["b", "no-offer"],
    ["c", "no-offer"],
  ]);
  const own = (leaseQuestions(a.agent, "a", () => a.at)["/leases"]!(new URLSearchParams("of=web")) as Answer).leases;
  expect(own).toMatchObject([{ told: "origin", id: null, fault: "no-lease", host: "d" }]);
});

test("what owners ask, batteries and metered lines are in the costs of a lease, and the cheap relay comes first", () => {
  const other = startLeasedMesh(["a"], ["d"], (name) => (name === "b" ? { price: 70, metered: true } : {}));
  a = other.node("a");
  for (const node of other.nodes.values()) {
    node.agent.routes.own.load = { cpu: 0, memory: 0, sockets: 0 };
    if (node.name === "b") node.agent.routes.handleDevice({ ...UNKNOWN_DEVICE, battery: 40, charging: false });
  }
  other.until("both ways are leased", () => waysOfA().join(", ") === "b d, c d");
  const { leases } = leaseQuestions(a.agent, "a", () => a.at)["/leases"]!(new URLSearchParams()) as Answer;
  const [first, second] = leases[0]!.routes;
  expect([first!.via.join(" "), second!.via.join(" ")]).toEqual(["c d", "b d"]);
  const costs = new Map(second!.why.map(({ of, value, cost }) => [of, [value, cost]]));
  expect(["battery", "metering", "price"].map((part) => costs.get(part))).toEqual([
    [60, 3_000],
    [1, 5_000],
    [70, 700],
  ]);
});
