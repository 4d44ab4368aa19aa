import { describe, expect, test } from "vitest";
import { DAY, DemoCluster } from "../demo-records.ts";
import { SimMesh, type SimNode, type SimOptions } from "./simulated-nodes.ts";
import { keyOf } from "./simulated-vertex.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const MINUTE = 60_000;

/** Three nodes, a linked to b and c: a tunnel on a wants `web`, which b and c have. */
function webMesh(more: Partial<SimOptions> = {}): { readonly mesh: SimMesh; readonly cluster: DemoCluster } {
  const cluster = new DemoCluster(NOW - 1_000);
  const mesh = new SimMesh({
    cluster,
    startsAt: NOW,
    links: [
      ["a", "b"],
      ["a", "c"],
    ],
    services: { b: ["web"], c: ["web"] },
    wants: { a: ["web"] },
    ...more,
  }).start();
  return { mesh, cluster };
}

/** Each node has its own record, which its operator has handed in there. */
function enroll(mesh: SimMesh, cluster: DemoCluster, names: Iterable<string> = mesh.nodes.keys()): void {
  for (const name of names) {
    const { key } = mesh.node(name);
    expect(mesh.node(name).take(cluster.node(key))).toEqual(["taken"]);
  }
}

/** All nodes have their records, and a finds web at b: that record was handed in at one node. */
function webAtB(at: string): { readonly mesh: SimMesh; readonly cluster: DemoCluster; readonly a: SimNode } {
  const { mesh, cluster } = webMesh();
  enroll(mesh, cluster);
  const a = mesh.node("a");
  expect(mesh.node(at).take(cluster.service("web", ["b"]))).toEqual(["taken"]);
  mesh.until("a finds web at b", () => a.leads("web") === "b");
  return { mesh, cluster, a };
}

describe("one record", () => {
  test("handed to one node has a service found by name, and moves it", () => {
    const { mesh, cluster } = webMesh();
    enroll(mesh, cluster);
    const a = mesh.node("a");
    expect(mesh.node("c").take(cluster.service("web", ["b"], { epoch: 1 }))).toEqual(["taken"]);
    mesh.until("a finds web at b", () => a.leads("web") === "b", 5_000);
    const held = mesh.node("c").take(cluster.service("web", ["c"], { epoch: 2 }));
    expect(held).toEqual(["taken"]);
    const moved = mesh.until("a finds web at c", () => a.leads("web") === "c", 5_000);
    expect(moved).toBeLessThan(500);
    expect(a.vertex.view.overlay.pins).toMatchObject({
      "service/web": expect.arrayContaining([keyOf("web@b"), keyOf("web@c")]),
      "vertex/b": expect.arrayContaining([keyOf("vertex/b")]),
      "service/fabric.c": expect.arrayContaining([keyOf("service/fabric.c")]),
    });
    expect(a.news.filter(({ code }) => code === "SERVICE_ACTIVE").map(({ about }) => about["epoch"])).toEqual([1, 2]);
  });

  test("whose host shows another key moves nothing, and the next one does", () => {
    const { mesh, cluster, a } = webAtB("a");
    mesh.node("c").vertex.keys = { web: keyOf("a thief's") };
    a.take(cluster.service("web", ["c"], { epoch: 2 }));
    mesh.until("a has heard the thief", () => a.vertex.auto("web")?.state === "refused");
    mesh.runFor(MINUTE);
    expect(a.leads("web")).toBe("b");
    expect(a.agent.planner.services.wanted[0]!.state).toMatchObject({ active: { epoch: 1 }, candidate: { epoch: 2 } });
    expect(a.agent.planner.services.wanted[0]!.failure).toMatchObject({ next: "auto.web.c", state: "refused" });
    mesh.node("c").vertex.keys = { web: keyOf("web@c") };
    mesh.node("c").vertex.change({});
    a.vertex.change({});
    mesh.until("a finds web at c", () => a.leads("web") === "c");
    expect(a.agent.planner.services.wanted[0]!.failure).toBeUndefined();
  });

  test.each([
    // A host that answers nobody is given up after 5 s.
    ["answers nobody", "isSilent", 10_000],
    ["declines", "declines", 2_000],
  ] as const)(
    "whose first host %s is proven at the next one, and moves when the first one is there",
    (_, way, atMost) => {
      const { mesh, cluster } = webMesh();
      enroll(mesh, cluster);
      const a = mesh.node("a");
      mesh.node("b").vertex[way] = true;
      const hosts = ["b", "c"].map((node, at) => ({ node, priority: at, weight: 1 }));
      a.take(cluster.service("web", [], {}, { hosts }));
      mesh.until("a finds web at c", () => a.leads("web") === "c", atMost);
      expect(Object.fromEntries(a.agent.planner.failedProofs)).toEqual({ unproven: 1 });
      expect(a.news).toContainEqual(expect.objectContaining({ code: "HOST_NOT_PROVEN" }));
      mesh.node("b").vertex[way] = false;
      mesh.until("a finds web at b", () => a.leads("web") === "b", 30_000);
    },
  );

  test("that was signed apart comes together: copies handed to two nodes, and proposals handed to one", () => {
    const { mesh, cluster } = webMesh();
    enroll(mesh, cluster);
    const record = { kind: "policy" };
    expect(mesh.node("b").take(cluster.control(record, 2, 0))).toEqual(["taken"]);
    expect(mesh.node("c").take(cluster.control(record, 2, 1))).toEqual(["taken"]);
    const octets = [...mesh.nodes.values()].map(({ agent }) => (): number => {
      const fact = agent.book?.inForce("policy", "cluster", "cluster", NOW);
      return fact?.envelope.signatures.length ?? 0;
    });
    mesh.until("all have the signatures of both", () => octets.every((count) => count() === 3));
    mesh.runFor(1_000);
    const before = [...mesh.nodes.values()].map(({ sent }) => sent);
    mesh.runFor(MINUTE);
    const after = [...mesh.nodes.values()].map(({ sent }) => sent);
    expect(after).toEqual(before);
    const apart = [0, 2].map((first) => cluster.control({ ...record, epoch: 2 }, 1, first));
    expect(mesh.node("a").take(apart[0]!)).toEqual(["quorum"]);
    expect(mesh.node("a").take(...apart)).toEqual(["taken", "taken"]);
  });

  test("that says void ends what was, everywhere, at once", () => {
    const { mesh, cluster, a } = webAtB("b");
    const isVoid = { epoch: 2, void: true, body: {}, expires: NOW - 1_000 + 30 * DAY };
    expect(mesh.node("c").take(cluster.control({ kind: "service", subject: "web", ...isVoid }))).toEqual(["taken"]);
    const took = mesh.until("a finds web nowhere", () => a.leads("web") === undefined);
    expect(took).toBeLessThan(1_000);
    expect(a.vertex.view.overlay).toMatchObject({ paths: [], leads: [], pins: { "service/web": [] } });
    expect(a.news).toContainEqual(expect.objectContaining({ code: "RECORD_FELL" }));
  });

  test("that voids a node takes it out of all services, and lets it in nowhere", () => {
    const { mesh, cluster } = webMesh();
    enroll(mesh, cluster);
    const a = mesh.node("a");
    a.take(
      cluster.service("web", [], {}, { hosts: ["b", "c"].map((node, at) => ({ node, priority: at, weight: 1 })) }),
    );
    mesh.until("a finds web at b", () => a.leads("web") === "b");
    mesh.runFor(5_000);
    const isVoid = { epoch: 2, void: true, body: {}, expires: NOW - 1_000 + 400 * DAY };
    mesh.node("c").take(cluster.control({ kind: "node", subject: "b", ...isVoid }));
    mesh.until("a finds web at c", () => a.leads("web") === "c");
    expect(a.vertex.view.overlay.pins).toMatchObject({
      "service/web": expect.not.arrayContaining([keyOf("web@b")]),
      "vertex/b": [],
      "service/fabric.b": [],
    });
    mesh.until("b knows", () => mesh.node("b").agent.nodeFault === "void");
  });
});

describe("what is not in force", () => {
  test("a record with too few signatures is a proposal, and moves nothing", () => {
    const { mesh, cluster } = webMesh();
    enroll(mesh, cluster);
    const hosts = [{ node: "b", priority: 1, weight: 1 }];
    const body = { aliases: [], mode: "active-active", classes: ["reliable"], hosts };
    expect(mesh.node("a").take(cluster.control({ kind: "service", subject: "web", body }, 1))).toEqual(["quorum"]);
    mesh.runFor(5_000);
    expect(mesh.node("a").leads("web")).toBeUndefined();
  });

  test("a host without a record serves nobody, until it has one", () => {
    const { mesh, cluster } = webMesh();
    enroll(mesh, cluster, ["a", "c"]);
    mesh.node("a").take(cluster.service("web", ["b"]));
    mesh.runFor(5_000);
    expect(mesh.node("a").leads("web")).toBeUndefined();
    expect(mesh.node("b").agent.nodeFault).toBe("no-record");
    enroll(mesh, cluster, ["b"]);
    mesh.until("a finds web at b", () => mesh.node("a").leads("web") === "b", 10_000);
  });

  test("a record of this node that names another key is told, and announces nothing", () => {
    const { mesh, cluster } = webMesh();
    mesh.node("b").take(cluster.node({ ...mesh.node("a").key, name: "b" }));
    expect(mesh.node("b").agent.nodeFault).toBe("other-key");
    mesh.runFor(1_000);
    expect(mesh.node("b").agent.judged.get("taken")).toBe(2);
  });

  test("before there is a root, nothing is; it comes from a neighbour", () => {
    const { mesh, cluster } = webMesh();
    enroll(mesh, cluster);
    const b = mesh.node("b");
    b.stop();
    b.loseState();
    mesh.runFor(100);
    b.start(false);
    expect(b.take(cluster.service("web", ["b"]))).not.toContain("taken");
    mesh.until("b has the root", () => b.agent.book !== undefined, 5_000);
  });
});

describe("whatever comes in between", () => {
  test("records that were handed in while a neighbour was off reach it when it is back, once", () => {
    const { mesh, cluster } = webMesh();
    enroll(mesh, cluster);
    mesh.node("a").take(cluster.service("web", ["b"]));
    mesh.until("a finds web at b", () => mesh.node("a").leads("web") === "b");
    mesh.node("a").stop();
    mesh.runFor(MINUTE);
    mesh.node("c").take(cluster.service("web", ["c"], { epoch: 2 }));
    expect(mesh.node("a").leads("web")).toBe("b");
    const { length } = mesh.node("a").vertex.orders;
    mesh.node("a").start();
    mesh.until("a finds web at c", () => mesh.node("a").leads("web") === "c", 10_000);
    expect(mesh.node("a").vertex.orders.length - length).toBeLessThanOrEqual(4);
  });

  test("an agent that starts again changes nothing that is right", () => {
    const { mesh, a } = webAtB("a");
    mesh.runFor(5_000);
    const { overlay } = a.vertex.view;
    for (const offMs of [100, 20 * MINUTE, 180 * MINUTE]) {
      a.stop();
      mesh.runFor(offMs);
      a.start();
      mesh.runFor(10_000);
      expect(a.vertex.view.overlay).toEqual(overlay);
      expect(a.agent.planner.services.wanted[0]!.state.active?.epoch).toBe(1);
    }
  });

  test("a host whose agent is away serves on, also when the agent here starts again", () => {
    const { mesh, a } = webAtB("a");
    mesh.node("b").stop();
    mesh.runFor(60 * MINUTE);
    expect(a.leads("web")).toBe("b");
    a.stop();
    a.start();
    mesh.runFor(MINUTE);
    expect(a.leads("web")).toBe("b");
    expect(a.vertex.view.overlay.pins["service/web"]).toContain(keyOf("web@b"));
  });

  test("a state folder that is lost leaves what runs, until records come again", () => {
    const { mesh, cluster, a } = webAtB("c");
    a.stop();
    a.loseState();
    mesh.setLink("a", "b", "down");
    mesh.setLink("a", "c", "down");
    a.start();
    mesh.runFor(10 * MINUTE);
    expect(a.leads("web")).toBe("b");
    const isVoid = { epoch: 2, void: true, body: {}, expires: NOW - 1_000 + 30 * DAY };
    mesh.node("c").take(cluster.control({ kind: "service", subject: "web", ...isVoid }));
    mesh.setLink("a", "c", "up");
    mesh.until("a finds web nowhere", () => a.leads("web") === undefined);
  });

  test("a state folder that is lost: what was void is void again as soon as one honest neighbour is heard", () => {
    const { mesh, cluster, a } = webAtB("c");
    const isVoid = { epoch: 2, void: true, body: {}, expires: NOW - 1_000 + 30 * DAY };
    mesh.node("c").take(cluster.control({ kind: "service", subject: "web", ...isVoid }));
    mesh.until("a finds web nowhere", () => a.leads("web") === undefined);
    a.stop();
    a.loseState();
    mesh.setLink("a", "c", "down");
    mesh.node("b").stop();
    a.start();
    // Whoever has kept the former record can have it taken, for as long as the others are not heard.
    expect(a.take(cluster.service("web", ["b"]))).toEqual(["taken"]);
    mesh.setLink("a", "c", "up");
    mesh.until("a has the void record", () => a.take(cluster.service("web", ["b"]))[0] === "older");
    mesh.runFor(MINUTE);
    expect(a.leads("web")).toBeUndefined();
  });

  test("a state folder that is lost leaves what runs, also while a record names hosts of which nothing is known yet", () => {
    const { mesh, a } = webAtB("c");
    a.stop();
    a.loseState();
    mesh.node("b").stop();
    a.start();
    mesh.until(
      "a has the record again",
      () => a.agent.book?.inForce("service", "cluster", "web", a.at.wall) !== undefined,
    );
    mesh.runFor(MINUTE);
    expect(a.leads("web")).toBe("b");
    expect(a.vertex.view.overlay.pins["service/web"]).toContain(keyOf("web@b"));
  });

  test("the door away and the vertex anew: the overlay is there again", () => {
    const { mesh, a } = webAtB("a");
    a.vertex.isAway = true;
    a.vertex.change({});
    mesh.runFor(MINUTE);
    expect(a.agent.door.away).toMatchObject({ code: "ERR_ADMIN_NOT_RUNNING" });
    a.vertex.isAway = false;
    a.vertex.change({
      instance: "another",
      event: 0,
      generation: 0,
      overlay: { paths: [], leads: [], pins: {} },
      auto: [{ service: "web", path: null, next: null, state: "none", text: "" }],
    });
    mesh.until("a finds web at b", () => a.leads("web") === "b", 20_000);
    const codes = a.news.map(({ code }) => code).filter((code) => code.startsWith("DOOR"));
    expect(codes).toEqual(["DOOR_AWAY", "DOOR_BACK"]);
  });

  test("a link that breaks and comes back: the other host, and back", () => {
    const { mesh, cluster } = webMesh();
    enroll(mesh, cluster);
    const a = mesh.node("a");
    const hosts = ["b", "c"].map((node, at) => ({ node, priority: at, weight: 1 }));
    a.take(cluster.service("web", [], {}, { hosts }));
    mesh.until("a finds web at b", () => a.leads("web") === "b");
    mesh.setLink("a", "b", "down");
    mesh.until("a finds web at c", () => a.leads("web") === "c");
    mesh.setLink("a", "b", "up");
    mesh.until("a finds web at b again", () => a.leads("web") === "b");
  });

  test("a clock that is off by a day is seen by its neighbours, and takes nothing of the future", () => {
    const { mesh, cluster } = webMesh();
    const b = mesh.node("b");
    b.stop();
    b.clockAheadMs = DAY;
    b.start();
    enroll(mesh, cluster);
    mesh.runFor(5_000);
    const seen = [...mesh.node("a").agent.feeds.neighbours].find(({ peer }) => peer === "b")!;
    expect(Math.abs(seen.clockAheadMs! - DAY)).toBeLessThan(1_000);
    expect(mesh.node("a").agent.book!.inForce("announce", "cluster", "b", NOW + 5_000)).toBeUndefined();
    expect(mesh.node("a").agent.judged.get("future")).toBeGreaterThan(0);
  });

  test("a clock that was a day behind is set right: what was of the future then is read again", () => {
    const cluster = new DemoCluster(NOW - 2 * DAY);
    const { mesh } = webMesh({ cluster });
    const b = mesh.node("b");
    b.stop();
    b.clockAheadMs = -DAY;
    b.start();
    enroll(mesh, cluster);
    mesh.node("c").take(cluster.service("web", ["c"], { issued: NOW }));
    mesh.runFor(MINUTE);
    expect(b.agent.judged.get("future")).toBeGreaterThan(0);
    const look = (): void => b.do((agent) => agent.handleBootClock(mesh.scheduler.now, b.at));
    look();
    b.clockAheadMs = 0;
    look();
    mesh.until("b has the record", () => b.agent.book?.inForce("service", "cluster", "web", b.at.wall) !== undefined);
  });
});

test("over a hand-written way, to a node that is no neighbour", () => {
  const { mesh, cluster } = webMesh({
    links: [
      ["a", "b"],
      ["b", "d"],
    ],
    services: { d: ["web"] },
    ways: { a: { d: { link: "b", labels: [101] } } },
  });
  enroll(mesh, cluster);
  const { key } = mesh.node("d");
  // Nodes that are no neighbours hear of each other when a role makes them known to all.
  const body = { actions: ["relay"], services: [], depth: 0 };
  const role = cluster.control({ kind: "role", subject: "d/relay/north", body, expires: NOW + DAY });
  expect(mesh.node("d").take(role, cluster.service("web", ["d"]))).toEqual(["taken", "taken"]);
  expect(key.key).toHaveLength(64);
  mesh.until("a finds web at d", () => mesh.node("a").leads("web") === "d", 20_000);
  expect(mesh.node("a").vertex.view.overlay.paths).toMatchObject([
    { name: "auto.web.d", link: "b", labels: [101, 900] },
  ]);
});

test("records in any order, as whoever hands them in has them in one file", () => {
  const { mesh, cluster } = webMesh();
  const { key } = mesh.node("a");
  const all = [cluster.service("web", ["b"]), cluster.node(key), cluster.node(mesh.node("b").key)];
  expect(mesh.node("a").take(...all, ...all)).toEqual([
    "taken",
    "taken",
    "taken",
    "duplicate",
    "duplicate",
    "duplicate",
  ]);
});

test("idle, three agents say little", () => {
  const { mesh, cluster } = webMesh();
  enroll(mesh, cluster);
  mesh.node("a").take(cluster.service("web", ["b"]));
  mesh.runFor(MINUTE);
  const before = [...mesh.nodes.values()].map(({ sent, vertex }) => ({ sent, posts: vertex.orders.length }));
  mesh.runFor(60 * MINUTE);
  for (const [at, { sent, vertex }] of [...mesh.nodes.values()].entries()) {
    expect(vertex.orders.length).toBe(before[at]!.posts);
    // Announcements of one or two neighbours and of itself, each 7.5 minutes, to one or two others.
    expect(sent - before[at]!.sent).toBeLessThan(40_000);
  }
});
