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
