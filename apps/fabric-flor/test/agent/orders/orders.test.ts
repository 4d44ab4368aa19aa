/** Orders for a node that nobody can log in to: each is carried out once, by nobody else, and control nodes are told. */
import { expect, test } from "vitest";
import type { UpdateStatus } from "../../../src/agent/releases/update-status.ts";
import { DAY, DemoCluster } from "../../demo-records.ts";
import type { OverlayOrder } from "../../../src/agent/door/door-sync.ts";
import { SimMesh, type SimNode, type SimOptions } from "../simulated-nodes.ts";
import { SimVertex } from "../simulated-vertex.ts";
import { upLink } from "../views.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const HOUR = 3_600_000;

/** A node b between a, which is a control node, and c. */
function row({ links: more = [], ...options }: Partial<SimOptions> = {}): Scene {
  const cluster = new DemoCluster(NOW - 1_000);
  const links = [["a", "b"], ["b", "c"], ...more] as const;
  const mesh = new SimMesh({ cluster, startsAt: NOW, links, ...options }).start();
  const nodes = [...mesh.nodes.values()];
  const role = { kind: "role", subject: "a/control-plane/north", body: { actions: [], services: [], depth: 0 } };
  for (const node of nodes) node.take(...nodes.map(({ key }) => cluster.node(key)), cluster.control(role));
  mesh.until("c reaches a control node", () => mesh.node("c").agent.mail.hasWay("outcome", mesh.node("c").at));
  return { cluster, mesh, a: mesh.node("a"), b: mesh.node("b"), c: mesh.node("c") };
}

interface Scene {
  readonly cluster: DemoCluster;
  readonly mesh: SimMesh;
  readonly a: SimNode;
  readonly b: SimNode;
  readonly c: SimNode;
}

const told = ({ a }: Scene, node: string): string | undefined => {
  const outcome = a.agent.orders.shelf.of(node);
  return outcome && [outcome.action, outcome.state, outcome.code].join(" ").trim();
};
const codes = ({ news }: SimNode): string[] => news.map(({ code }) => code).filter((code) => code.startsWith("ORDER"));

function said(record: string, outcome: "done" | "refused" | "failed", code?: string): UpdateStatus {
  const order = { record, outcome, ...(code !== undefined && { code }), message: `it is ${outcome}` };
  return { installed: null, floor: null, kept: [], failed: [], underWay: null, last: null, order };
}

test("an order that is handed in anywhere is carried out by its node alone, once, and the control node is told", () => {
  const scene = row();
  const { cluster, mesh, a, c } = scene;
  a.take(cluster.order("c", "report"));
  const took = mesh.until("the control node is told", () => told(scene, "c") !== undefined, 10_000);
  expect(took).toBeLessThan(3_000);
  expect(told(scene, "c")).toBe("report done");
  const { report } = a.agent.orders.shelf.of("c")!;
  expect(JSON.parse(report!)).toMatchObject({
    node: "c",
    fault: null,
    links: [{ peer: "b", state: "up" }],
    left: { links: 0, news: 0 },
  });
  expect(codes(c)).toEqual(["ORDER_TAKEN", "ORDER_DONE"]);
  c.stop();
  c.start(false);
  mesh.runFor(HOUR);
  expect(codes(c)).toEqual(["ORDER_TAKEN", "ORDER_DONE"]);
  for (const other of [a, scene.b]) expect(codes(other)).toEqual([]);
});

test("the same order, an earlier one and one that has ended are not carried out", () => {
  const scene = row();
  const { cluster, mesh, a, c } = scene;
  const second = cluster.order("c", "report", { epoch: 2 });
  a.take(second);
  mesh.until("the control node is told", () => told(scene, "c") !== undefined, 10_000);
  expect(a.take(second, cluster.order("c", "rejoin", { epoch: 1 }))).toEqual(["duplicate", "older"]);
  c.take(cluster.order("c", "rejoin", { epoch: 1 }));
  mesh.runFor(HOUR);
  expect(c.take(cluster.order("c", "rejoin", { epoch: 3, expires: NOW + HOUR }))).toEqual(["expired"]);
  mesh.runFor(HOUR);
  expect(codes(c)).toEqual(["ORDER_TAKEN", "ORDER_DONE"]);
});

test("a node that was off takes the order when it is back, and one that was taken back from it never does", () => {
  const scene = row();
  const { cluster, mesh, a, c } = scene;
  c.stop();
  a.take(cluster.order("c", "report"));
  mesh.runFor(HOUR);
  c.start(false);
  mesh.until("the control node is told", () => told(scene, "c") === "report done", 30_000);
  c.stop();
  a.take(cluster.order("c", "rejoin", { epoch: 2 }));
  const issued = a.at.wall;
  a.take(
    cluster.control({ kind: "order", subject: "c", void: true, epoch: 3, issued, expires: issued + DAY, body: {} }),
  );
  mesh.runFor(HOUR);
  c.start(false);
  mesh.runFor(HOUR);
  expect(told(scene, "c")).toBe("report done");
});

test("a node that refetches is told all records once more", () => {
  const scene = row();
  const { cluster, mesh, a, c } = scene;
  const before = c.sent;
  a.take(cluster.order("c", "refetch"));
  mesh.until("it is done", () => told(scene, "c") === "refetch done", 10_000);
  mesh.runFor(10_000);
  expect(c.sent).toBeGreaterThan(before);
});

/** A vertex that makes the links of its overlay, whose peers let it in. */
class LinkingVertex extends SimVertex {
  constructor(...args: ConstructorParameters<typeof SimVertex>) {
    super(...args);
    this.view = { ...this.view, bounds: { linksMax: 8, dial: null } };
  }

  protected override take(order: OverlayOrder): undefined {
    const made = (order.links ?? []).map(({ name, peer, endpoints }) => {
      return { ...upLink(peer), name, endpoint: endpoints[0] ?? null, overlay: true };
    });
    this.view = { ...this.view, links: [...this.view.links.filter(({ overlay }) => !overlay), ...made] };
    super.take(order);
  }
}

test("a node that rejoins gives up the link that its agent has made, comes in anew, and keeps that of its file", () => {
  const published = { id: "fibre", endpoint: "udp://192.0.2.1:4433", carrier: "quic", reach: "public" } as const;
  const scene = row({
    links: [["a", "r"]],
    agentOptions: (name) => (name === "r" ? { endpoints: [{ ...published, priority: 0, weight: 0 }] } : {}),
    makeVertex: (node) => new (node.name === "c" ? LinkingVertex : SimVertex)(node, node.mesh.options),
  });
  const { cluster, mesh, a, c } = scene;
  a.take(cluster.control({ kind: "role", subject: "r/relay/north", body: { actions: [], services: [], depth: 0 } }));
  const peers = (): string[] => c.vertex.view.links.map(({ peer }) => peer);
  mesh.until("c has a link to the relay", () => peers().includes("r"), 30_000);
  mesh.runFor(10_000);
  const before = c.vertex.orders.length;
  expect(peers()).toEqual(["b", "r"]);
  // By the time of the mark a choice of links may be made at once.
  c.keepsForMs = 1_000;
  a.take(cluster.order("c", "rejoin"));
  mesh.until("it is gone", () => !peers().includes("r"), 10_000);
  expect(peers()).toEqual(["b"]);
  mesh.until("it is done", () => told(scene, "c") === "rejoin done", 10_000);
  mesh.until("it is back", () => peers().includes("r"), 10_000);
  const made = c.vertex.orders.slice(before).map(({ links = [] }) => links.map(({ name }) => name).join());
  expect([made[0], made.at(-1)]).toEqual(["", "auto.r"]);
});

test("what needs root is for update-flor, and a node without it says so", () => {
  const without = row();
  without.a.take(without.cluster.order("c", "restart"));
  without.mesh.until("it is refused", () => told(without, "c") !== undefined, 10_000);
  expect(told(without, "c")).toBe("restart refused ERR_FABRIC_ORDER_NO_UPDATER");
  const scene = row({ agentOptions: () => ({ updates: { channel: "stable" } }) });
  const { cluster, mesh, a, c } = scene;
  a.take(cluster.order("c", "restart"));
  mesh.until("update-flor has it", () => c.handedOver.length === 1, 10_000);
  mesh.until("that is told", () => told(scene, "c") === "restart begun", 10_000);
  // The agent itself is among the programs that are restarted.
  c.stop();
  c.start(false);
  const [work] = c.handedOver;
  const { id } = work as Extract<typeof work, { kind: "hand-over" }>;
  const software = (update: UpdateStatus): void =>
    c.do((agent) => agent.handleSoftware({ packages: undefined, update, fault: undefined }, c.at));
  software(said("0".repeat(64), "failed"));
  software(said(id, "done"));
  mesh.until("it is done", () => told(scene, "c") === "restart done", 10_000);
  a.take(cluster.order("c", "back", { epoch: 2 }));
  mesh.until("it is handed over", () => c.handedOver.length === 2, 10_000);
  software({ ...said(id, "done"), underWay: { version: "2", phase: "installing" } });
  mesh.runFor(HOUR);
  expect(told(scene, "c")).toBe("back begun");
  software(said(id, "done"));
  mesh.until("nobody answers", () => told(scene, "c") === "back failed ERR_FABRIC_ORDER_UNANSWERED", HOUR);
  expect(c.handedOver.at(-1)).toEqual({ kind: "withdraw" });
  // update-flor had begun all the same.
  const late = c.handedOver[1] as Extract<typeof work, { kind: "hand-over" }>;
  software(said(late.id, "done"));
  mesh.until("the late word is told", () => told(scene, "c") === "back done", 60_000);
});

test("an order that is taken back while it waits, or is with update-flor, is not carried out", () => {
  const scene = row({ agentOptions: () => ({ updates: { channel: "stable" } }) });
  const { cluster, mesh, a, c } = scene;
  const takeBack = (epoch: number): void => {
    const issued = a.at.wall;
    a.take(
      cluster.control({ kind: "order", subject: "c", void: true, epoch, issued, expires: issued + DAY, body: {} }),
    );
  };
  c.failsToKeep = true;
  a.take(cluster.order("c", "rejoin"));
  mesh.until("it waits", () => codes(c).includes("ORDER_NOT_DONE"), 10_000);
  takeBack(2);
  mesh.runFor(10_000);
  c.failsToKeep = false;
  mesh.until("it is told", () => told(scene, "c") === "rejoin refused ERR_FABRIC_ORDER_OVER", 60_000);
  expect(codes(c)).not.toContain("ORDER_TAKEN");
  a.take(cluster.order("c", "restart", { epoch: 3 }));
  mesh.until("update-flor has it", () => c.handedOver.length === 1, 10_000);
  takeBack(4);
  mesh.until("it is taken back", () => told(scene, "c") === "restart failed ERR_FABRIC_ORDER_OVER", 60_000);
  expect(c.handedOver.at(-1)).toEqual({ kind: "withdraw" });
});

test("what came of an order is told by the next life of the agent, where no control node was there", () => {
  const scene = row();
  const { cluster, mesh, a, b, c } = scene;
  a.stop();
  mesh.runFor(10 * 60_000);
  c.take(cluster.order("c", "report"));
  mesh.until("it is done", () => codes(c).includes("ORDER_DONE"), 10_000);
  c.stop();
  mesh.runFor(60_000);
  c.start(false);
  a.start(false);
  mesh.until("it is told", () => told(scene, "c") === "report done", 300_000);
  expect(a.agent.orders.shelf.of("c")!.report).toContain('"node":"c"');
  expect(b.agent.orders.shelf.size).toBe(0);
});

test("nothing is carried out before it is written down, and an order in whose midst the agent ended is told as that", () => {
  const scene = row();
  const { cluster, mesh, a, c } = scene;
  c.failsToKeep = true;
  a.take(cluster.order("c", "report"));
  mesh.until("it is told", () => codes(c).includes("ORDER_NOT_DONE"), 10_000);
  mesh.runFor(10_000);
  expect([codes(c), told(scene, "c")]).toEqual([["ORDER_NOT_DONE"], undefined]);
  c.failsToKeep = false;
  mesh.until("it is done", () => told(scene, "c") === "report done", 60_000);
  // The mark is on the disk, and the agent ends before it is told so.
  c.endsAtKeep = true;
  a.take(cluster.order("c", "rejoin", { epoch: 2 }));
  mesh.until("it has ended", () => !c.isRunning, 10_000);
  c.start(false);
  mesh.until("that is told", () => told(scene, "c") === "rejoin failed ERR_FABRIC_ORDER_INTERRUPTED", 60_000);
});

test("marks that are damaged let no order in that was issued before", () => {
  const scene = row();
  const { cluster, mesh, a, c } = scene;
  a.take(cluster.order("c", "report"));
  mesh.until("it is done", () => told(scene, "c") === "report done", 10_000);
  c.stop();
  c.damageOrders();
  c.start(false);
  mesh.runFor(HOUR);
  expect(codes(c)).toEqual(["ORDER_TAKEN", "ORDER_DONE", "ORDER_MARKS_LOST"]);
  a.take(cluster.order("c", "report", { epoch: 2, issued: a.at.wall, expires: a.at.wall + HOUR }));
  mesh.until("a later one is done", () => codes(c).filter((code) => code === "ORDER_DONE").length === 2, 10_000);
  mesh.until("and told", () => a.agent.orders.shelf.of("c")!.at > NOW + HOUR, 10_000);
});
