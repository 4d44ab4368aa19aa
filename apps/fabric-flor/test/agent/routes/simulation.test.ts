/*
 *          ┌── b ──┐
 *       a ─┼── c ──┼─ d (web)        k coordinates, and is linked to b and c
 *          └── e ──┘
 */
import { Random } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { DAY, DemoCluster } from "../../demo-records.ts";
import { SimMesh, type SimNode } from "../simulated-nodes.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const MINUTE = 60_000;
const FIGURES = { roundTripMs: 2, jitterMs: 0, loss: 0, rate: null, queue: 0, mtu: 1_350, breaks: 0 };
const RELAY = { classes: ["reliable"], rate: 1_000_000 } as const;
const RELAYS = ["b", "c", "e"];
const LINKS = [
  ...RELAYS.flatMap((relay) => [["a", relay] as const, [relay, "d"] as const]),
  ["k", "b"] as const,
  ["k", "c"] as const,
];

function meshOf(): SimMesh {
  const cluster = new DemoCluster(NOW - DAY);
  const mesh = new SimMesh({
    cluster,
    startsAt: NOW,
    links: LINKS,
    services: { d: ["web"] },
    wants: { a: ["web"] },
    coordinators: ["k"],
  });
  for (const { name, vertex } of mesh.nodes.values()) {
    const links = vertex.view.links.map((link) => ({ ...link, figures: FIGURES }));
    vertex.change({ links, relay: RELAYS.includes(name) ? RELAY : null });
  }
  mesh.start();
  const body = { actions: [], services: [], depth: 0 };
  for (const node of mesh.nodes.values()) node.take(cluster.node(node.key));
  for (const subject of ["k/route-coordinator/north", ...RELAYS.map((relay) => `${relay}/relay/north`)])
    mesh.node("k").take(cluster.control({ kind: "role", subject, body }));
  mesh.node("a").take(cluster.service("web", ["d"]));
  return mesh;
}

/** Whether packets that leave the origin by a route have a permit at each relay, whatever links are down. */
function isPermitted(mesh: SimMesh, via: readonly string[]): boolean {
  return via.slice(0, -1).every((relay, at) => {
    const { wall } = mesh.node(relay).at;
    const ends = [at === 0 ? "a" : via[at - 1]!, via[at + 1]!];
    const { transit = [] } = mesh.node(relay).vertex.view.overlay;
    return transit.some(({ from, to, until }) => wall < until && ends.includes(from) && ends.includes(to));
  });
}

function check(mesh: SimMesh): void {
  const { agent, isRunning, at } = mesh.node("a");
  // A coordinator that answers relays, and no origin that is cut off, renews no permits for that one: what is held may be in vain.
  const live = isRunning ? [...agent.routes.leases.inUse(at)].filter(({ standing }) => standing === "live") : [];
  for (const { routes } of live) {
    for (const { via } of routes.values()) expect(isPermitted(mesh, via), via.join(">")).toBe(true);
  }
  for (const relay of mesh.nodes.values()) {
    const { transit = [], paths } = relay.vertex.view.overlay;
    const rate = transit.reduce((sum, each) => sum + each.rate, 0);
    expect(rate).toBeLessThanOrEqual(RELAYS.includes(relay.name) ? 1_000 * RELAY.rate : 0);
    // A relay's agent names no service, and no origin of others.
    if (RELAYS.includes(relay.name)) expect(paths).toEqual([]);
  }
}

test.each([1, 2, 3])("whatever dies and comes back, routes are permitted and come back (seed %i)", (seed) => {
  const random = new Random(seed);
  const mesh = meshOf();
  const a = mesh.node("a");
  mesh.until("web is led to d", () => a.leads("web") === "d", 2 * MINUTE);
  const nodes = [...mesh.nodes.values()];
  const broken = new Set<readonly [string, string]>();
  for (let step = 0; step < 25; step++) {
    const node: SimNode = random.pick(nodes);
    if (random.chance(0.5)) {
      if (node.isRunning) node.stop();
      else node.start(false);
    } else {
      const link: readonly [string, string] = random.pick(LINKS);
      const isMended = broken.delete(link);
      if (!isMended) broken.add(link);
      mesh.setLink(...link, isMended ? "up" : "down");
    }
    mesh.runFor(random.below(90) * 1_000);
    check(mesh);
  }
  for (const link of broken) mesh.setLink(...link, "up");
  for (const node of nodes) if (!node.isRunning) node.start(false);
  mesh.runFor(3 * MINUTE);
  check(mesh);
  expect(a.leads("web")).toBe("d");
  expect(a.vertex.view.overlay.paths[0]!.routes!.length).toBeGreaterThan(1);
});
