/*
 * A coordinator that is started again, among whole agents:
 *
 *          b (coordinator, relay)
 *        ╱   ╲
 *       a      d (web)
 *        ╲   ╱
 *          c (relay)
 */
import { bodyOf } from "@florenetes/facts";
import { beforeEach, expect, test } from "vitest";
import { readRows } from "../../../src/agent/coordinator/kept-work.ts";
import { startLeasedMesh } from "../leased-mesh.ts";
import type { SimMesh, SimNode } from "../simulated-nodes.ts";

const MINUTE = 60_000;

let mesh: SimMesh;
let a: SimNode;
let b: SimNode;
let c: SimNode;

const waysOfA = (): readonly string[] =>
  (a.vertex.view.overlay.paths[0]?.routes ?? []).map(({ via }) => via.join(" ")).toSorted();
const leaseOfA = (): string | undefined => [...a.agent.routes.leases.inUse(a.at)][0]?.lease.fact.id;
const shareOfA = (): number | undefined => a.vertex.view.overlay.paths[0]?.routes?.[0]?.share;
const permitsOf = (node: SimNode): readonly string[] => [
  ...new Set((node.vertex.view.overlay.transit ?? []).map(({ permit }) => permit)),
];
const workOfB = () => b.agent.coordinator.work!;

beforeEach(() => {
  mesh = startLeasedMesh(["a"], ["d"]);
  [a, b, c] = ["a", "b", "c"].map((name) => mesh.node(name)) as [SimNode, SimNode, SimNode];
  mesh.until("both ways are leased", () => waysOfA().join(", ") === "b d, c d" && permitsOf(c).length === 1);
  mesh.runFor(20_000);
});

test("gives nothing anew and takes nothing back, and renews at half of the life as if nothing had been", () => {
  const [lease, permits, share] = [leaseOfA(), permitsOf(c), shareOfA()];
  expect(share).toBeGreaterThan(0);
  b.stop();
  mesh.runFor(5_000);
  b.start();
  mesh.until("it coordinates", () => workOfB()?.leases.wanted === 1);
  expect(workOfB().leases.live(b.at.wall)).toBe(1);
  // Half of the life is five minutes.
  for (let minute = 0; minute < 3; minute++) {
    mesh.runFor(MINUTE);
    expect([leaseOfA(), permitsOf(c), waysOfA()]).toEqual([lease, permits, ["b d", "c d"]]);
  }
  const { leases, permits: given } = workOfB();
  expect([leases.composed > 0, leases.given, given.sent]).toEqual([true, 0, 0]);
  mesh.runFor(4 * MINUTE);
  expect([leases.given, leases.taken, waysOfA()]).toEqual([1, 1, ["b d", "c d"]]);
  // A share stays for the hour.
  expect(shareOfA()).toBe(share);
  expect(leaseOfA()).not.toBe(lease);
});

test("goes on with what origins hold, when it was away for longer than leases live", () => {
  b.stop();
  mesh.runFor(20 * MINUTE);
  expect(waysOfA()).toEqual(["b d", "c d"]);
  b.start();
  for (let step = 0; step < 30; step++) {
    mesh.runFor(10_000);
    expect(waysOfA()).toEqual(["b d", "c d"]);
  }
  expect(workOfB().leases.live(b.at.wall)).toBe(1);
});

test("renews what origins hold when relays have had time to come back, too", () => {
  for (const node of mesh.nodes.values()) node.stop();
  mesh.runFor(20 * MINUTE);
  for (const node of mesh.nodes.values()) node.start();
  mesh.until("both ends of all links have reported", () => workOfB()?.reports.at(b.at.wall).length === 4);
  // A relay that takes no permits yet.
  c.vertex.isAway = true;
  for (let second = 0; second < 60; second++) {
    if (second === 15) c.vertex.isAway = false;
    mesh.runFor(1_000);
    expect(waysOfA()).toEqual(["b d", "c d"]);
  }
  expect(workOfB().leases.live(b.at.wall)).toBe(1);
});

test("without what it has kept, or with what is not in order, waits for reports as one that is new", () => {
  for (const spoil of [() => b.leases.clear(), () => b.leases.forEach((_, name) => b.leases.set(name, "{"))]) {
    b.stop();
    spoil();
    b.start();
    mesh.runFor(MINUTE / 2);
    expect([workOfB().leases.given, waysOfA()]).toEqual([0, ["b d", "c d"]]);
    mesh.until("it leases again", () => workOfB().leases.taken > 0);
    mesh.runFor(20_000);
    expect(waysOfA()).toEqual(["b d", "c d"]);
  }
});

test("keeps no more than is leased, and nothing behind the end of its role", () => {
  expect([...b.leases.keys()].toSorted()).toEqual([
    "north lease cluster a/web/d",
    "north permits b cluster",
    "north permits c cluster",
    "north shares",
  ]);
  mesh.runFor(6 * MINUTE);
  expect(b.leases.size).toBe(4);
  expect(JSON.parse(b.leases.get("north lease cluster a/web/d")!)).toHaveLength(1);
  const rows = [...b.leases].map(([name, text]) => ({ name, text }));
  expect(readRows(rows, "south", "demo")).toMatchObject({ leases: [], permits: [], refused: [...b.leases.keys()] });
});

test("a relay that has lost its permits is given them again, as they are, with its first report", () => {
  const permits = permitsOf(c);
  c.stop();
  c.loseRoutes();
  c.start();
  mesh.until("the relay has nothing", () => permitsOf(c).length === 0);
  mesh.until("it has them again", () => permitsOf(c).join() === permits.join());
  expect(workOfB().leases.given).toBeLessThan(3);
  mesh.until("a has both ways", () => waysOfA().length === 2);
  const told = [...workOfB().reports.at(c.at.wall)].find(({ subject }) => subject === "c")!;
  expect(bodyOf(told, "report")!.versions.map(({ of }) => of)).toContain("permits.b");
});

test("an origin that is silent for long costs the coordinator nothing any more", () => {
  a.stop();
  mesh.runFor(15 * MINUTE);
  expect([workOfB().leases.wanted, workOfB().plan.size > 0]).toEqual([0, true]);
  expect([...b.leases.keys()].some((name) => name.includes(" lease "))).toBe(false);
  a.start();
  mesh.until("it is leased to again", () => workOfB().leases.live(b.at.wall) === 1);
});
