import { expect, test } from "vitest";
import { DAY, DemoCluster } from "../demo-records.ts";
import { SimMesh } from "./simulated-nodes.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");

test("an announcement that stands in front of its node's record is taken by an agent that has lost all", () => {
  const cluster = new DemoCluster(NOW - 1_000);
  const links = [
    ["a", "b"],
    ["b", "c"],
  ] as const;
  const mesh = new SimMesh({ cluster, startsAt: NOW, links }).start();
  const a = mesh.node("a");
  const b = mesh.node("b");
  const c = mesh.node("c");
  const body = { actions: ["relay"], services: [], depth: 0 };
  const role = cluster.control({ kind: "role", subject: "c/relay/north", body, expires: NOW + DAY });
  for (const node of [a, b, c]) node.take(cluster.node(node.key), role);
  const hasHeard = (): boolean => a.agent.book?.inForce("announce", "cluster", "c", a.at.wall) !== undefined;
  mesh.until("a has heard c", hasHeard);
  expect(b.take(cluster.node(c.key, { epoch: 2 }))).toEqual(["taken"]);
  a.stop();
  a.loseState();
  mesh.runFor(1_000);
  a.start();
  a.take(cluster.node(a.key));
  mesh.until("a has heard c again", hasHeard, 30_000);
});

test("what was let go of while the clock was ahead is fetched again when it is set right", () => {
  const cluster = new DemoCluster(NOW - 1_000);
  const mesh = new SimMesh({ cluster, startsAt: NOW, links: [["a", "b"]] }).start();
  const a = mesh.node("a");
  const b = mesh.node("b");
  for (const node of [a, b]) node.take(cluster.node(a.key), cluster.node(b.key));
  const hasHeard = (): boolean => a.agent.book?.inForce("announce", "cluster", "b", a.at.wall) !== undefined;
  mesh.until("a has heard b", hasHeard);
  const look = (): void => a.do((agent) => agent.handleBootClock(mesh.scheduler.now, a.at));
  mesh.runFor(5_000);
  look();
  a.clockAheadMs = DAY;
  look();
  mesh.until("a has let go of it", () => a.agent.book!.in("announce cluster b").length === 0);
  mesh.runFor(20_000);
  a.clockAheadMs = 0;
  look();
  // The next announcement would come minutes later.
  mesh.until("a has heard b again", hasHeard, 10_000);
});

test("a record that can never be taken is asked for less and less often", () => {
  const cluster = new DemoCluster(NOW - 1_000);
  const mesh = new SimMesh({ cluster, startsAt: NOW, links: [["a", "b"]] }).start();
  const a = mesh.node("a");
  const b = mesh.node("b");
  for (const node of [a, b]) node.take(cluster.node(a.key), cluster.node(b.key));
  mesh.runFor(5_000);
  // The book of `b` holds what `a` refuses: its clock is a day ahead.
  b.clockAheadMs = DAY;
  expect(b.take(cluster.control({ body: {}, epoch: 2, issued: NOW + DAY, expires: NOW + 2 * DAY }))).toEqual(["taken"]);
  const early = (): number => a.agent.judged.get("future") ?? 0;
  mesh.until("a has refused it", () => early() > 0);
  const before = early();
  mesh.runFor(1_800_000);
  // The policy and an announcement, each minute, would be 60 times.
  expect(early() - before).toBeGreaterThan(2);
  expect(early() - before).toBeLessThan(20);
});
