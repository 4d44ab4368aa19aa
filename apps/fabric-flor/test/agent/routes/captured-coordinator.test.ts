/* The mesh of scripted-diamond.ts, in which c coordinates, too, is captured, and has led a rightly so far. */
import { beforeEach, expect, test } from "vitest";
import type { DemoCluster } from "../../demo-records.ts";
import type { SimMesh, SimNode } from "../simulated-nodes.ts";
import { ScriptedCoordinator } from "./scripted-coordinator.ts";
import { announceOfD, giveRole, openDiamond, OVER_B, OVER_C } from "./scripted-diamond.ts";

const MINUTE = 60_000;
let cluster: DemoCluster;
let mesh: SimMesh;
let a: SimNode;
let desk: ScriptedCoordinator;

beforeEach(() => {
  ({ cluster, mesh, a, desk } = openDiamond());
});

const routesOfA = () => a.vertex.view.overlay.paths[0]?.routes;

const ASTRAY = { ...OVER_B, labels: [102, 7] };
let captured: ScriptedCoordinator;

/** Gives the captured coordinator's lease first, then the other one's. */
const begin = (own: readonly object[], others: readonly object[]): void => {
  giveRole({ cluster, mesh }, "c/route-coordinator");
  captured = new ScriptedCoordinator(mesh.node("c"));
  mesh.until("both know of it", () => [desk, captured].every((each) => each.reportsOf("a").length > 0));
  captured.give("a", cluster.node(mesh.node("d").key), announceOfD(mesh), captured.lease("a", "d", own));
  mesh.until("web is led to d", () => a.leads("web") === "d");
  desk.give("a", desk.lease("a", "d", others));
  mesh.until("the other one is taken", () => desk.acknowledged.some(({ node }) => node === "a"));
  // A coordinator that is asked no more has let go of its lease, and gives another one where it is asked again.
  desk.onAsked = () => desk.give("a", desk.lease("a", "d", others));
  captured.onAsked = () => captured.give("a", captured.lease("a", "d", own));
};
const mislead = (...routes: readonly object[]): void => {
  const before = captured.acknowledged.length;
  captured.give("a", captured.lease("a", "d", routes));
  mesh.until("it is taken", () => captured.acknowledged.slice(before).some(({ outcome }) => outcome === "taken"));
};

test.each<[string, readonly object[]]>([
  ["stay on their route where the other one has leased it, too", [OVER_C, OVER_B]],
  ["take a route of the other one's where it has another", [OVER_C]],
])("packets %s, however often there are leases that lead nowhere", (_, others) => {
  begin([OVER_B], others);
  const orders = a.vertex.orders.length;
  for (let turn = 0; turn < 30; turn++) {
    mislead({ ...ASTRAY, labels: [102, 7 + turn] });
    mesh.runFor(turn % 2 === 0 ? 1 : 1_000);
  }
  const ordered = a.vertex.orders.slice(orders).flatMap(({ paths }) => paths.flatMap(({ routes = [] }) => routes));
  const known = [OVER_B, OVER_C].map(({ labels }) => labels);
  for (const { labels } of ordered) expect(known).toContainEqual(labels);
  expect(routesOfA()?.length).toBe(others.length);
});

test("a lease that leads nowhere is left, and used no more where its coordinator leases again", () => {
  begin([OVER_B], [OVER_C]);
  a.vertex.lose("b>d", 1);
  mislead(ASTRAY);
  mesh.until("the other one's lease is used", () => routesOfA()?.[0]?.via[0] === "c");
  mislead({ ...ASTRAY, labels: [102, 8] });
  mesh.runFor(MINUTE / 2);
  expect(routesOfA()).toMatchObject([{ labels: OVER_C.labels }]);
});

test("a lease whose every route loses more than relays may is left, too", () => {
  begin([OVER_B], [OVER_C]);
  a.vertex.lose("b>d", 0.1);
  mesh.until("the other one's lease is used", () => routesOfA()?.[0]?.via[0] === "c");
});

test("and comes back for a minute where the other one leads nowhere, however often that leases", () => {
  begin([OVER_B], [OVER_C]);
  a.vertex.lose("b>d", 1);
  mesh.until("the other one's lease is used", () => routesOfA()?.[0]?.via[0] === "c");
  mesh.runFor(MINUTE);
  const orders = a.vertex.orders.length;
  a.vertex.lose("c>d", 0.1);
  const ways = () => a.vertex.orders.slice(orders).map(({ paths }) => paths[0]?.routes?.[0]?.via[0]);
  mesh.until("the other one's lease was tried", () => ways().join() === "b,c");
  for (let turn = 0; turn < 30; turn++) {
    mislead({ ...ASTRAY, labels: [102, 7 + turn] });
    mesh.runFor(1_000);
    expect(routesOfA()).toMatchObject([{ labels: OVER_C.labels, via: OVER_C.via }]);
  }
});

test("and stays, where the other one has no route that loses less", () => {
  begin([OVER_B], [OVER_B]);
  const before = routesOfA();
  a.vertex.lose("b>d", 0.1);
  mesh.runFor(5 * MINUTE);
  expect(routesOfA()?.map(({ via }) => via)).toEqual(before!.map(({ via }) => via));
});
