/*
 * Whole agents, with two hosts of web. Either a coordinator leases routes to both:
 *
 *          b (coordinator, relay)
 *        ╱   ╲
 *       a      d, e (web)
 *        ╲   ╱
 *          c (relay)
 *
 * or a has links to both: d ─── a ─── e, and each link is a route.
 */
import { describe, expect, test } from "vitest";
import { hostOfPath } from "../../../src/agent/plan/used-services.ts";
import { DAY, DemoCluster } from "../../demo-records.ts";
import { RELAYS, startLeasedMesh } from "../leased-mesh.ts";
import { SimMesh, type SimNode } from "../simulated-nodes.ts";

const HOSTS = ["d", "e"];
const NOW = Date.parse("2026-11-25T12:00:00.000Z");

interface World {
  readonly mesh: SimMesh;
  readonly a: SimNode;
  /** The routes of a to a host, by their names. */
  readonly routesTo: (host: string) => readonly string[];
}

function leasedWorld(): World {
  const mesh = startLeasedMesh(["a"], HOSTS);
  const a = mesh.node("a");
  mesh.until("both hosts have leases", () => [...a.agent.routes.leases.inUse(a.at)].length === 2);
  return { mesh, a, routesTo: (host) => RELAYS.map((relay) => `${relay}>${host}`) };
}

function neighbours(): World {
  const cluster = new DemoCluster(NOW - DAY);
  const mesh = new SimMesh({
    cluster,
    startsAt: NOW,
    links: HOSTS.map((host) => ["a", host]),
    services: Object.fromEntries(HOSTS.map((host) => [host, ["web"]])),
    wants: { a: ["web"] },
  }).start();
  for (const node of mesh.nodes.values()) node.take(cluster.node(node.key));
  const a = mesh.node("a");
  a.take(cluster.service("web", HOSTS));
  return { mesh, a, routesTo: (host) => [host] };
}

const present = ({ a }: World): string | undefined => hostOfPath("web", a.vertex.auto("web")?.path ?? null);

/** Waits until a host is used; returns the world with this one and the other one. */
function whereUsed(world: World): { readonly host: string; readonly other: string } {
  world.mesh.until("a host is used", () => present(world) !== undefined);
  const host = present(world)!;
  return { host, other: HOSTS.find((each) => each !== host)! };
}

function silence({ mesh, a, routesTo }: World, host: string, isSilent: boolean): void {
  mesh.node(host).vertex.isSilent = isSilent;
  for (const route of routesTo(host)) a.vertex.lose(route, isSilent ? 1 : 0);
}

describe.each([
  ["over leased routes", leasedWorld],
  ["that are neighbours", neighbours],
])("hosts %s", (_, open) => {
  test("one is left for the other when all routes to it have failed for 1.2 s, and used again once it is proven", () => {
    const world = open();
    const { mesh, a } = world;
    const { host, other } = whereUsed(world);
    silence(world, host, true);
    const leftMs = mesh.until("the other host is used", () => present(world) === other);
    expect(leftMs).toBeGreaterThanOrEqual(1_200);
    expect(leftMs).toBeLessThan(2_200);
    const before = a.vertex.orders.length;
    mesh.runFor(60_000);
    expect(present(world)).toBe(other);
    // The silent host is tried each 15 s.
    expect(a.vertex.orders.length - before).toBeLessThan(12);
    silence(world, host, false);
    expect(mesh.until("the host is used again", () => present(world) === host)).toBeLessThan(16_000);
  });

  test("one that is silent for less, or as silent as all others, is kept", () => {
    const world = open();
    const { mesh } = world;
    const { host } = whereUsed(world);
    silence(world, host, true);
    mesh.runFor(1_000);
    silence(world, host, false);
    mesh.runFor(10_000);
    expect(present(world)).toBe(host);
    for (const each of HOSTS) silence(world, each, true);
    mesh.runFor(60_000);
    expect(present(world)).toBe(host);
    for (const each of HOSTS) silence(world, each, false);
    mesh.runFor(1_000);
    expect(present(world)).toBe(host);
  });
});

test("a node that was cut off from both neighbours for long stays where it was", () => {
  const world = neighbours();
  const { mesh } = world;
  const { host } = whereUsed(world);
  for (const each of HOSTS) mesh.setLink("a", each, "down");
  mesh.runFor(20_000);
  for (const each of HOSTS) mesh.setLink("a", each, "up");
  const seen = new Set<string | undefined>();
  for (let step = 0; step < 200; step++) {
    mesh.runFor(100);
    seen.add(present(world));
  }
  expect([...seen]).toEqual([host]);
});
