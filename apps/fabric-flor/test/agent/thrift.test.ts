/** Work that an agent saves: what many records have in common is done once. */
import { expect, test, vi } from "vitest";
import type { AgentOrder } from "../../src/agent/agent-orders.ts";
import { UsedServices } from "../../src/agent/plan/used-services.ts";
import { DemoCluster } from "../demo-records.ts";
import { SimMesh, type SimNode } from "./simulated-nodes.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const RECORDS = 400;

/** Two nodes that know each other, and have nothing to say. */
function quietPair(): {
  readonly mesh: SimMesh;
  readonly cluster: DemoCluster;
  readonly a: SimNode;
  readonly b: SimNode;
} {
  const cluster = new DemoCluster(NOW - 1_000);
  const mesh = new SimMesh({ cluster, startsAt: NOW, links: [["a", "b"]] }).start();
  const [a, b] = [mesh.node("a"), mesh.node("b")];
  for (const node of [a, b]) node.take(cluster.node(a.key), cluster.node(b.key));
  mesh.runFor(20_000);
  return { mesh, cluster, a, b };
}

/** Store orders of a node from now on. */
function watchStores({ agent }: SimNode): Extract<AgentOrder, { kind: "store" }>[] {
  const stores: Extract<AgentOrder, { kind: "store" }>[] = [];
  const pollOrder = agent.pollOrder.bind(agent);
  agent.pollOrder = () => {
    const order = pollOrder();
    if (order?.kind === "store") stores.push(order);
    return order;
  };
  return stores;
}

test("records that come one by one are planned for together, and written with their cursors", () => {
  const { mesh, cluster, a, b } = quietPair();
  const follow = vi.spyOn(UsedServices.prototype, "follow");
  const stores = watchStores(b);
  a.take(...Array.from({ length: RECORDS }, (_, at) => cluster.service(`s${at}`, ["a"])));
  follow.mockClear();
  const beganAt = mesh.scheduler.now;
  // The turns of the process let them come one by one after the first hundred.
  mesh.until("b has them", () => b.agent.book!.size === a.agent.book!.size);
  const tookMs = mesh.scheduler.now - beganAt;
  expect(stores.length).toBeGreaterThan(RECORDS / 4);
  expect(follow.mock.calls.length).toBeLessThan(10 + tookMs / 50);
  mesh.runFor(2_000);
  const bare = stores.filter(({ changes }) => [...changes.rows!].length === 0);
  expect(bare.length).toBeLessThan(10);
  expect(stores.flatMap(({ changes }) => [...changes.cursors!]).at(-1)).toMatchObject({ peer: "a", section: "public" });
  follow.mockRestore();
});

test("an agent that hears nothing new writes nothing", () => {
  const { mesh, a } = quietPair();
  const stores = watchStores(a);
  mesh.runFor(60_000);
  expect(stores).toEqual([]);
});

test("a node that was off catches up from three neighbours far sooner than from one", () => {
  const catchUpMs = (neighbours: readonly string[]): number => {
    const cluster = new DemoCluster(NOW - 1_000);
    const mesh = new SimMesh({ cluster, startsAt: NOW, links: neighbours.map((name) => ["a", name]) }).start();
    const nodes = [...mesh.nodes.values()];
    for (const node of nodes) node.take(...nodes.map(({ key }) => cluster.node(key)));
    mesh.runFor(20_000);
    const a = mesh.node("a");
    a.stop();
    const records = Array.from({ length: 600 }, (_, at) => cluster.service(`s${at}`, ["a"]));
    for (const name of neighbours) mesh.node(name).take(...records);
    a.start();
    return mesh.until("a has them", () => [...a.agent.book!.all("service", a.at.wall)].length === records.length);
  };
  // Each neighbour has signatures verified at a pace of its own, and none of them those of another's records.
  expect(catchUpMs(["b", "c", "d"])).toBeLessThan(catchUpMs(["b"]) / 2);
});
