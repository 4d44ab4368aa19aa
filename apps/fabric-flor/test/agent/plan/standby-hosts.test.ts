/*
 * Whole agents, with three hosts of web that are neighbours of a, whose vertex knows standbys.
 *
 *          d
 *          │
 *     e ── a ── f
 */
import { expect, test } from "vitest";
import type { ViewAuto } from "../../../src/agent/door/view.ts";
import { hostOfPath } from "../../../src/agent/plan/used-services.ts";
import { DAY, DemoCluster } from "../../demo-records.ts";
import { SimMesh } from "../simulated-nodes.ts";

const HOSTS = ["d", "e", "f"];
const NOW = Date.parse("2026-11-25T12:00:00.000Z");

function open() {
  const cluster = new DemoCluster(NOW - DAY);
  const mesh = new SimMesh({
    cluster,
    startsAt: NOW,
    links: HOSTS.map((host) => ["a", host]),
    services: Object.fromEntries(HOSTS.map((host) => [host, ["web"]])),
    wants: { a: ["web"] },
  }).start();
  for (const node of mesh.nodes.values()) node.take(cluster.node(node.key));
  const { vertex } = mesh.node("a");
  const auto = (): ViewAuto => vertex.auto("web")!;
  const say = (changes: Partial<ViewAuto>): void => vertex.change({ auto: [{ ...auto(), ...changes }] });
  say({ standby: null });
  mesh.node("a").take(cluster.service("web", HOSTS));
  const standby = (): string | undefined => hostOfPath("web", auto().standby ?? null);
  mesh.until("a standby is named", () => standby() !== undefined);
  return { mesh, vertex, auto, say, standby };
}

test.each([
  ["refused", 0],
  ["declined", 0],
  ["unproven", 5_000],
] as const)("a standby that is needed and is %s gives way to another one", (standbyState, afterMs) => {
  const { mesh, say, standby, auto } = open();
  const first = standby();
  const { path } = auto();
  say({ standbyState });
  const ms = mesh.until("another one is named", () => standby() !== first);
  expect(ms).toBeGreaterThanOrEqual(afterMs);
  expect(ms).toBeLessThan(afterMs + 1_500);
  expect(standby()).toBeDefined();
  expect(auto().path).toBe(path);
});

test("standbys that all fail are named in turn at a bounded rate, and one stays named", () => {
  const { mesh, say, standby, vertex } = open();
  mesh.runFor(1_000);
  const before = vertex.orders.length;
  for (let step = 0; step < 120; step++) {
    say({ standbyState: "declined" });
    mesh.runFor(500);
    expect(standby()).toBeDefined();
  }
  expect(vertex.orders.length - before).toBeGreaterThan(0);
  expect(vertex.orders.length - before).toBeLessThanOrEqual(14);
});

test("one that is proven, or was not needed, stays", () => {
  const { mesh, say, standby } = open();
  const first = standby();
  for (const standbyState of ["unproven", "proven", "none"] as const) {
    say({ standbyState });
    mesh.runFor(standbyState === "unproven" ? 3_000 : 30_000);
    expect(standby()).toBe(first);
  }
});
