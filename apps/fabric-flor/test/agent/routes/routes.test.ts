/* The mesh of scripted-diamond.ts: b coordinates and relays, c relays, and d hosts the service that a uses. */
import { bodyOf } from "@florenetes/facts";
import { beforeEach, describe, expect, test } from "vitest";
import { FORMER_ROUTES_MS } from "../../../src/agent/routes/limits.ts";
import { DAY, type DemoCluster } from "../../demo-records.ts";
import type { SimMesh, SimNode } from "../simulated-nodes.ts";
import { ScriptedCoordinator } from "./scripted-coordinator.ts";
import { announceOfD, giveRole, NOW, openDiamond, OVER_B, OVER_C, untilAllReported } from "./scripted-diamond.ts";

const MINUTE = 60_000;
const HOUR = 3_600_000;

let cluster: DemoCluster;
let mesh: SimMesh;
let a: SimNode;
let desk: ScriptedCoordinator;

beforeEach(() => {
  ({ cluster, mesh, a, desk } = openDiamond());
});

const untilReported = (): void => untilAllReported({ mesh, desk });

/** Gives the origin a lease with the papers of its host, and waits until it is led there. */
function lease(...routes: readonly object[]): Uint8Array {
  untilReported();
  const octets = desk.lease("a", "d", routes);
  desk.give("a", cluster.node(mesh.node("d").key), announceOfD(mesh), octets);
  mesh.until("web is led to d", () => a.leads("web") === "d");
  return octets;
}

const routesOfA = () => a.vertex.view.overlay.paths[0]?.routes;

describe("a report", () => {
  test("says which links there are, what the owner lets pass, and the hosts that leases are asked for", () => {
    untilReported();
    const web = { service: "web", scope: "cluster", host: "d", classes: ["reliable"], rate: 100_000 };
    const figures = [1_500, 100, 0, 1_000_000, 0, 1_350, 0];
    mesh.until("a asks for d", () => bodyOf(desk.reportsOf("a").at(-1)!, "report")!.uses.length > 0);
    expect(bodyOf(desk.reportsOf("a").at(-1)!, "report")).toMatchObject({
      links: [
        { label: 100, peer: "b", figures },
        { label: 101, peer: "c", figures },
      ],
      uses: [web],
      routes: [],
    });
    expect(bodyOf(desk.reportsOf("a").at(-1)!, "report")).not.toHaveProperty("offer");
    const offer = { classes: ["reliable", "bulk"], rate: 100_000, price: 0 };
    expect(bodyOf(desk.reportsOf("c").at(-1)!, "report")).toMatchObject({ offer, uses: [] });
    expect([...desk.kindsOf("c")].toSorted()).toEqual(["announce", "node", "profile", "report", "role"]);
  });

  test("comes each minute, and 5 s after a change; epochs grow over a restart", () => {
    untilReported();
    mesh.runFor(10_000);
    const before = desk.reportsOf("c").length;
    mesh.runFor(2.5 * MINUTE);
    expect(desk.reportsOf("c").length - before).toBeGreaterThanOrEqual(2);
    expect(desk.reportsOf("c").length - before).toBeLessThanOrEqual(3);
    const changed = desk.reportsOf("a").length;
    const { heldReports } = a.agent.routes;
    for (let flap = 0; flap < 100; flap++) {
      mesh.setLink("a", "c", flap % 2 === 0 ? "down" : "up");
      mesh.runFor(100);
    }
    expect(desk.reportsOf("a").length - changed).toBeLessThanOrEqual(4);
    // Each report that came late has waited once, however many changes it has.
    expect(a.agent.routes.heldReports - heldReports).toBeGreaterThan(0);
    expect(a.agent.routes.heldReports - heldReports).toBeLessThanOrEqual(4);
    const last = desk.reportsOf("a").at(-1)!;
    a.stop();
    a.start();
    mesh.until("a reports again", () => desk.reportsOf("a").at(-1)!.epoch > last.epoch);
  });
});

describe("a lease", () => {
  test("leads to a host that is no neighbour, and is acknowledged and reported", () => {
    lease(OVER_B, OVER_C);
    expect(routesOfA()).toMatchObject([
      { link: "b", labels: [101, 900], via: ["b", "d"] },
      { link: "c", labels: [101, 900], via: ["c", "d"] },
    ]);
    mesh.until("it is acknowledged", () =>
      desk.acknowledged.some(({ node, outcome }) => node === "a" && outcome === "taken"),
    );
    const inUse = () => bodyOf(desk.reportsOf("a").at(-1)!, "report")!.routes;
    mesh.until("it is reported", () => inUse().length > 0);
    expect(inUse()).toMatchObject([{ route: 0, measured: [[3_000, 0]] }]);
  });

  test("goes on while the coordinator is away, for the hold, and over restarts of the agent; nothing is ordered anew", () => {
    lease(OVER_B, OVER_C);
    const before = routesOfA();
    expect(before![0]!.until).toBeGreaterThan(a.at.wall + HOUR);
    // Its beacons stop with it.
    mesh.node("b").stop();
    mesh.runFor(30_000);
    const orders = a.vertex.orders.length;
    mesh.runFor(12 * MINUTE);
    expect(a.news.map(({ code }) => code)).toContain("LEASE_HELD");
    a.stop();
    mesh.runFor(MINUTE);
    a.start(false);
    mesh.runFor(2 * MINUTE);
    expect(routesOfA()).toEqual(before);
    expect(a.vertex.orders).toHaveLength(orders);
    mesh.runFor(HOUR);
    expect(routesOfA()).toBeUndefined();
  });

  test.each<[string, readonly object[]]>([
    ["over the same nodes with labels that lead elsewhere", [{ ...OVER_B, labels: [102, 7] }]],
    ["like it, and then another one", [OVER_B, { ...OVER_C, labels: [102, 7] }]],
  ])("that runs stays, though another coordinator leases a route %s", (_, routes) => {
    giveRole({ cluster, mesh }, "c/route-coordinator");
    const other = new ScriptedCoordinator(mesh.node("c"));
    lease(OVER_B);
    const before = routesOfA();
    for (const [at, route] of routes.entries()) {
      other.give("a", other.lease("a", "d", [route]));
      const taken = () => other.acknowledged.filter(({ outcome }) => outcome === "taken");
      mesh.until("it is taken", () => taken().length > at);
      mesh.runFor(10_000);
      expect(routesOfA()).toEqual(before);
    }
  });

  test.each([
    ["first", ["b", "c"]],
    ["second", ["c", "b"]],
  ])("goes on over a restart, where another coordinator's one has its routes, too, and came %s", (_, names) => {
    giveRole({ cluster, mesh }, "c/route-coordinator");
    const desks = new Map([
      ["b", desk],
      ["c", new ScriptedCoordinator(mesh.node("c"))],
    ]);
    mesh.until("both know of it", () => [...desks.values()].every((each) => each.reportsOf("a").length > 0));
    for (const name of names) {
      const each = desks.get(name)!;
      // The lease that ends last has the routes in another order.
      const isLast = name === "c";
      const routes = isLast ? [OVER_C, OVER_B] : [OVER_B, OVER_C];
      const octets = each.lease("a", "d", routes, { expires: a.at.wall + (isLast ? 10 : 9) * MINUTE });
      each.give("a", cluster.node(mesh.node("d").key), announceOfD(mesh), octets);
      mesh.until("it is held", () => each.acknowledged.some(({ node }) => node === "a"));
      each.onAsked = () => each.give("a", each.lease("a", "d", routes));
    }
    expect(routesOfA()!.map(({ via }) => via[0])).toEqual(names);
    // The first in rank for a is b: a lease of c goes over to it.
    mesh.runFor(2 * MINUTE);
    const before = routesOfA();
    expect(before!.map(({ via }) => via[0])).toEqual(["b", "c"]);
    const orders = a.vertex.orders.length;
    a.stop();
    mesh.runFor(MINUTE);
    a.start(false);
    mesh.runFor(MINUTE);
    expect(routesOfA()).toEqual(before);
    // Not even for a moment: what orders have beside their routes may be another one.
    for (const { paths } of a.vertex.orders.slice(orders)) expect(paths[0]?.routes).toEqual(before);
  });

  test("stands back for whatever the next coordinator gives, once its own coordinator is asked no more", () => {
    giveRole({ cluster, mesh }, "c/route-coordinator");
    const former = new ScriptedCoordinator(mesh.node("c"));
    mesh.until("both know of it", () => [desk, former].every((each) => each.reportsOf("a").length > 0));
    former.give("a", cluster.node(mesh.node("d").key), announceOfD(mesh), former.lease("a", "d", [OVER_B]));
    mesh.until("web is led to d", () => a.leads("web") === "d");
    desk.onAsked = () => desk.give("a", desk.lease("a", "d", [OVER_B]));
    const asks = (each: ScriptedCoordinator) => bodyOf(each.reportsOf("a").at(-1)!, "report")!.uses.length > 0;
    mesh.until("the former one is asked", () => asks(former));
    mesh.until("b alone is asked", () => asks(desk) && !asks(former), 3 * MINUTE);
    desk.give("a", desk.lease("a", "d", [OVER_C]));
    mesh.until("its new lease is used", () => routesOfA()?.[0]?.via[0] === "c", MINUTE / 2);
    expect(a.agent.routes.leases.size).toBe(2);
  });

  test("loses the routes of a node that was taken back at once", () => {
    lease(OVER_B, OVER_C);
    const record = cluster.control({
      kind: "node",
      subject: "c",
      epoch: 2,
      void: true,
      issued: a.at.wall,
      expires: a.at.wall + 400 * DAY,
    });
    a.take(record);
    mesh.until("the route over c is gone", () => routesOfA()?.length === 1, 1_000);
    expect(routesOfA()).toMatchObject([{ via: ["b", "d"] }]);
  });

  test.each([
    ["itself", () => desk.give("a", desk.lease("a", "d", [], { void: true, body: {} }))],
    [
      "with its coordinator's role",
      () => {
        const issued = a.at.wall;
        const over = { epoch: 2, void: true, issued, expires: issued + 30 * DAY };
        a.take(cluster.control({ kind: "role", subject: "b/route-coordinator/north", ...over }));
      },
    ],
  ])("that was taken back %s leads nowhere soon, and streams wait on its routes until then", (_, takeBack) => {
    lease(OVER_B, OVER_C);
    mesh.runFor(10_000);
    takeBack();
    mesh.runFor(FORMER_ROUTES_MS - 5_000);
    expect([a.leads("web"), routesOfA()?.length]).toEqual(["d", 2]);
    mesh.runFor(10_000);
    expect([a.leads("web"), routesOfA()]).toEqual([undefined, undefined]);
  });

  test.each([
    ["back", -HOUR],
    ["ahead", HOUR],
  ])("that was taken back has its routes for as long, where the clock is put %s by an hour meanwhile", (_, stepMs) => {
    lease(OVER_B, OVER_C);
    const look = (): void => a.do((agent) => agent.handleBootClock(mesh.scheduler.now, a.at));
    look();
    desk.give("a", desk.lease("a", "d", [], { void: true, body: {} }));
    mesh.runFor(20_000);
    a.clockAheadMs = stepMs;
    look();
    mesh.runFor(FORMER_ROUTES_MS - 30_000);
    expect(routesOfA()?.length).toBe(2);
    mesh.runFor(20_000);
    expect(routesOfA()).toBeUndefined();
  });

  test("that ends while its coordinator, the only one, was heard just before leads on, through its silence and its hold", () => {
    untilReported();
    const ends = a.at.wall + 3 * MINUTE;
    const octets = desk.lease("a", "d", [OVER_C], { expires: ends });
    desk.give("a", cluster.node(mesh.node("d").key), announceOfD(mesh), octets);
    mesh.until("web is led to d", () => a.leads("web") === "d");
    mesh.runFor(ends - a.at.wall - 1_000);
    mesh.node("b").stop();
    const led = new Set<string | undefined>();
    while (a.at.wall < ends + 10 * MINUTE) {
      mesh.runFor(1_000);
      led.add(a.leads("web"));
    }
    expect([...led]).toEqual(["d"]);
    a.stop();
    a.start(false);
    mesh.runFor(10 * MINUTE);
    expect([a.leads("web"), routesOfA()]).toMatchObject(["d", [{ via: ["c", "d"] }]]);
    mesh.runFor(HOUR);
    expect(a.leads("web")).toBeUndefined();
  });

  test("that follows one which was taken back goes on where streams wait", () => {
    lease(OVER_B, OVER_C);
    desk.give("a", desk.lease("a", "d", [], { void: true, body: {} }));
    mesh.runFor(FORMER_ROUTES_MS / 2);
    desk.give("a", desk.lease("a", "d", [OVER_C]));
    mesh.until("the next lease leads", () => routesOfA()?.length === 1);
    mesh.runFor(2 * FORMER_ROUTES_MS);
    expect(routesOfA()).toMatchObject([{ via: ["c", "d"] }]);
  });

  test.each<[string, string, (octets: ScriptedCoordinator) => Uint8Array]>([
    ["for another node", "not-mine", (from) => from.lease("c", "d", [OVER_B])],
    [
      "for a host that nobody asked for",
      "not-asked",
      (from) => from.lease("a", "c", [{ link: 101, labels: [900], via: ["c"] }]),
    ],
    ["with a circle", "loop", (from) => from.lease("a", "d", [{ link: 100, labels: [1, 2, 3], via: ["b", "a", "d"] }])],
    ["over a link that is not there", "first-link", (from) => from.lease("a", "d", [{ ...OVER_B, link: 7 }])],
    [
      "over a link that is there, and that this node orders no more",
      "first-link",
      (from) => {
        const { links } = a.vertex.view;
        a.vertex.change({ links: links.map((link) => (link.peer === "c" ? { ...link, overlay: true } : link)) });
        mesh.runFor(100);
        return from.lease("a", "d", [OVER_C]);
      },
    ],
    ["that has ended", "expired", (from) => from.lease("a", "d", [OVER_B], { issued: NOW - MINUTE, expires: NOW })],
  ])("%s is refused, the coordinator is told why, and what runs goes on", (_, reason, make) => {
    lease(OVER_B);
    const before = routesOfA();
    desk.give("a", make(desk));
    mesh.until("it is refused", () =>
      desk.acknowledged.some(({ node, outcome }) => node === "a" && outcome === reason),
    );
    expect(routesOfA()).toEqual(before);
  });
});

test("a coordinator that sends leases without an end is answered once in a second, and that is counted", () => {
  lease(OVER_B);
  mesh.runFor(MINUTE);
  const { post } = a.agent.routes;
  const [sent, held] = [post.sent, post.held];
  for (let at = 0; at < 200; at++) {
    desk.give("a", desk.lease("a", "d", [OVER_B]));
    mesh.runFor(100);
  }
  expect(post.sent - sent).toBeLessThanOrEqual(8 + 20 + 1);
  expect(post.held - held).toBeGreaterThan(5);
  expect(post.held - held).toBeLessThanOrEqual(post.sent - sent);
});

test("while a coordinator answers nothing, few letters go to it", () => {
  untilReported();
  desk.isSilent = true;
  mesh.runFor(MINUTE);
  const before = a.agent.routes.post.sent;
  mesh.runFor(10 * MINUTE);
  expect(a.agent.routes.post.sent - before).toBeLessThan(60);
});
