/*
 *             b (relay) ── k, l, m (coordinators)
 *           ╱   ╲
 *    origins     d (web)
 *           ╲   ╱
 *             c (relay) ── k, l, m
 */
import { rankFor } from "@florenetes/scheduling";
import { expect, test } from "vitest";
import { DAY, DemoCluster } from "../../demo-records.ts";
import { SimMesh } from "../simulated-nodes.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const MINUTE = 60_000;
const FIGURES = { roundTripMs: 1.5, jitterMs: 0.1, loss: 0, rate: null, queue: 0, mtu: 1_350, breaks: 0 };
const RELAYS = ["b", "c"];
const COORDINATORS = ["k", "l", "m"];
const ORIGINS = Array.from({ length: 9 }, (_, index) => `o${index}`);

function startMesh(roles: readonly string[]): { readonly mesh: SimMesh; readonly cluster: DemoCluster } {
  const cluster = new DemoCluster(NOW - DAY);
  const mesh = new SimMesh({
    cluster,
    startsAt: NOW,
    links: [...ORIGINS, "d", ...COORDINATORS].flatMap((node) => RELAYS.map((relay) => [node, relay] as const)),
    services: { d: ["web"] },
    wants: Object.fromEntries(ORIGINS.map((origin) => [origin, ["web"]])),
    coordinators: COORDINATORS,
  });
  for (const { name, vertex } of mesh.nodes.values()) {
    vertex.change({ links: vertex.view.links.map((link) => ({ ...link, figures: FIGURES })) });
    if (RELAYS.includes(name)) vertex.change({ relay: { classes: ["reliable", "bulk"], rate: 10_000_000 } });
  }
  mesh.start();
  for (const node of mesh.nodes.values()) node.take(cluster.node(node.key));
  for (const relay of RELAYS) giveRole(mesh, cluster, `${relay}/relay`);
  for (const name of roles) giveRole(mesh, cluster, `${name}/route-coordinator`);
  for (const origin of ORIGINS) mesh.node(origin).take(cluster.service("web", ["d"]));
  return { mesh, cluster };
}

function giveRole(mesh: SimMesh, cluster: DemoCluster, role: string): void {
  const body = { actions: [], services: [], depth: 0 };
  mesh.node("b").take(cluster.control({ kind: "role", subject: `${role}/north`, body }));
}

/** The origins that each coordinator leases to. */
function leasedBy(mesh: SimMesh): Map<string, readonly string[]> {
  const running = COORDINATORS.map((name) => mesh.node(name)).filter(({ isRunning }) => isRunning);
  return new Map(
    running.map(({ name, agent, at }) => {
      const shown = [...(agent.coordinator.work?.leases.shown(at) ?? [])];
      return [name, shown.flatMap(({ origin, leased }) => (leased === undefined ? [] : [origin])).toSorted()];
    }),
  );
}

const areLed = (mesh: SimMesh): boolean => ORIGINS.every((origin) => mesh.node(origin).leads("web") === "d");
const orderedRoutes = (mesh: SimMesh): string[] =>
  ORIGINS.map((origin) =>
    JSON.stringify(mesh.node(origin).vertex.view.overlay.paths[0]?.routes?.map(({ via }) => via)),
  );
/** The origins of each coordinator, as all agree who knows their names. */
function sharedBy(names: readonly string[]): Map<string, readonly string[]> {
  return new Map(names.map((name) => [name, ORIGINS.filter((origin) => rankFor(origin, names)[0] === name)]));
}

const areShared = (mesh: SimMesh, names: readonly string[]): boolean =>
  [...sharedBy(names)].every(([name, origins]) => leasedBy(mesh).get(name)?.join() === origins.join());

test("each origin is leased to by one coordinator, and all report to all; one that is gone is followed, and its origins come back", () => {
  const { mesh } = startMesh(COORDINATORS);
  mesh.until("all are led", () => areLed(mesh), 2 * MINUTE);
  mesh.until("each by one coordinator", () => areShared(mesh, COORDINATORS), 3 * MINUTE);
  const first = leasedBy(mesh);
  for (const name of COORDINATORS) {
    const { agent, at } = mesh.node(name);
    expect(agent.coordinator.work!.reports.at(at.wall).length).toBe(mesh.nodes.size);
  }
  const [gone, origins] = [...first].find(([, all]) => all.length > 0)!;
  const before = orderedRoutes(mesh);
  mesh.node(gone).stop();
  for (let second = 0; second < 180; second++) {
    mesh.runFor(1_000);
    expect(areLed(mesh)).toBe(true);
  }
  expect(
    areShared(
      mesh,
      COORDINATORS.filter((name) => name !== gone),
    ),
  ).toBe(true);
  // The other coordinators have found the same routes: no packet has taken another one.
  expect(orderedRoutes(mesh)).toEqual(before);
  mesh.node(gone).start(false);
  for (let second = 0; second < 300; second++) {
    mesh.runFor(1_000);
    expect(areLed(mesh)).toBe(true);
  }
  expect(leasedBy(mesh)).toEqual(first);
  expect(orderedRoutes(mesh)).toEqual(before);
  const news = origins.flatMap((origin) => mesh.node(origin).news.map(({ code }) => code));
  expect(news).not.toContain("LEASE_OVER");
});

test("one coordinator more takes its share, and no lease is missing meanwhile", () => {
  const { mesh, cluster } = startMesh(["k", "l"]);
  mesh.until("all are led", () => areLed(mesh), 2 * MINUTE);
  mesh.until("each by one coordinator", () => areShared(mesh, ["k", "l"]), 3 * MINUTE);
  giveRole(mesh, cluster, "m/route-coordinator");
  for (let second = 0; second < 150; second++) {
    mesh.runFor(1_000);
    expect(areLed(mesh)).toBe(true);
  }
  expect(areShared(mesh, COORDINATORS)).toBe(true);
});

test("an origin whose coordinator loses its role has another one's lease at once", () => {
  const { mesh, cluster } = startMesh(["k", "l"]);
  mesh.until("all are led", () => areLed(mesh), 2 * MINUTE);
  mesh.until("each by one coordinator", () => areShared(mesh, ["k", "l"]), 3 * MINUTE);
  const [name] = [...leasedBy(mesh)].find(([, all]) => all.length > 0)!;
  const other = name === "k" ? "l" : "k";
  const subject = `${name}/route-coordinator/north`;
  const { wall } = mesh.node("b").at;
  const life = { issued: wall, expires: wall + 30 * DAY };
  expect(
    mesh.node("b").take(cluster.control({ kind: "role", subject, epoch: 2, void: true, body: {}, ...life })),
  ).toEqual(["taken"]);
  const start = mesh.node("b").at.now;
  mesh.until("the other one leases to all", () => leasedBy(mesh).get(other)!.length === ORIGINS.length);
  mesh.until("all are led", () => areLed(mesh));
  expect(mesh.node("b").at.now - start).toBeLessThan(15_000);
});
