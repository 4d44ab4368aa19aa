/** Records that are handed in anywhere reach the node that they are about, over nodes that cannot read them. */
import { expect, test } from "vitest";
import { DemoCluster } from "../../demo-records.ts";
import { SimMesh, type SimNode, type SimOptions } from "../simulated-nodes.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const MINUTE = 60_000;
const ACME = "org/acme";

/** Nodes in a row, a, b and c, each of which has its own record; a is a control node. */
function row(more: Partial<SimOptions> = {}): { readonly mesh: SimMesh; readonly cluster: DemoCluster } {
  const cluster = new DemoCluster(NOW - 1_000);
  const links = [
    ["a", "b"],
    ["b", "c"],
  ] as const;
  const mesh = new SimMesh({ cluster, startsAt: NOW, links, ...more }).start();
  for (const node of mesh.nodes.values()) node.take(cluster.node(node.key));
  mesh.node("a").take(role(cluster, "a/control-plane/north"));
  return { mesh, cluster };
}

function role(cluster: DemoCluster, subject: string, more: object = {}): Buffer {
  return cluster.control({ kind: "role", subject, body: { actions: [], services: [], depth: 0 }, ...more });
}

const holds = ({ agent, at }: SimNode, subject: string, scope = "cluster"): boolean =>
  agent.book?.inForce("role", scope, subject, at.wall) !== undefined;
const knowsReader = ({ agent, at }: SimNode): boolean => agent.mail.hasWay("papers", at);

test("a control node's beacon goes over all links, and is believed by its records", () => {
  const { mesh } = row();
  const took = mesh.until("c knows a way", () => knowsReader(mesh.node("c")), 10_000);
  expect(took).toBeLessThan(5_000);
  mesh.until("b does, too", () => knowsReader(mesh.node("b")), 5_000);
  expect(knowsReader(mesh.node("a"))).toBe(false);
});

test("a record that is handed in at one end takes effect at the other end, and the node between does not hold it", () => {
  const { mesh, cluster } = row();
  const [a, b, c] = [mesh.node("a"), mesh.node("b"), mesh.node("c")];
  mesh.until("c knows a way", () => knowsReader(c));
  mesh.runFor(5_000);
  expect(c.take(role(cluster, "a/observer/north", { scope: ACME }))).toEqual(["taken"]);
  const up = mesh.until("a has its role", () => holds(a, "a/observer/north", ACME), 10_000);
  expect(up).toBeLessThan(1_000);
  expect(a.take(role(cluster, "c/observer/north"))).toEqual(["taken"]);
  mesh.until("c has its role", () => holds(c, "c/observer/north"), 6 * MINUTE);
  expect([holds(b, "a/observer/north", ACME), holds(b, "c/observer/north")]).toEqual([false, false]);
  expect(b.agent.mail.office.forwarded).toBeGreaterThan(1);
});
