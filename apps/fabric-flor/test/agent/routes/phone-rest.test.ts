/** A phone at rest: coordinators and neighbours spare it, and it is in time for all that it uses. */
import { bodyOf } from "@florenetes/facts";
import { expect, test } from "vitest";
import { REST_LETTER_MS } from "../../../src/agent/limits.ts";
import type { DemoCluster } from "../../demo-records.ts";
import { startLeasedMesh } from "../leased-mesh.ts";
import type { SimMesh, SimNode } from "../simulated-nodes.ts";

const MINUTE = 60_000;

/** Origin a, which is a phone, at rest. */
function resting(): { readonly mesh: SimMesh; readonly a: SimNode; readonly b: SimNode } {
  const mesh = startLeasedMesh(["a"], ["d"]);
  const cluster = mesh.options.cluster as DemoCluster;
  const [a, b] = [mesh.node("a"), mesh.node("b")];
  const body = { actions: [], services: [], depth: 0 };
  a.vertex.change({ shares: true });
  a.take(cluster.control({ kind: "role", subject: "a/mobile-edge/north", body }));
  mesh.until("a is a phone", () => a.agent.routes.rest.isPhone(a.at));
  mesh.until("a has a lease", () => [...a.agent.routes.leases.inUse(a.at)].length > 0, MINUTE);
  mesh.until("a rests", () => a.agent.routes.post.mayRest && a.agent.routes.rest.isResting(a.at), 3 * MINUTE);
  mesh.runFor(REST_LETTER_MS);
  return { mesh, a, b };
}

test("writes each five minutes, reports as seldom, and always has a live lease", () => {
  const { mesh, a, b } = resting();
  const { routes } = a.agent;
  const [sent, reports] = [routes.post.sent, routes.reports];
  const leases = new Set<string>();
  for (let minute = 0; minute < 60; minute++) {
    mesh.runFor(MINUTE);
    const [used] = routes.leases.inUse(a.at);
    expect(used?.standing).toBe("live");
    leases.add(used!.lease.fact.id);
    expect(b.agent.coordinator.work!.reports.of("a")).toBeDefined();
  }
  expect(leases.size).toBeGreaterThanOrEqual(11);
  // A letter each five minutes, and one that acknowledges the lease that its answer has.
  expect(routes.post.sent - sent).toBeLessThanOrEqual(28);
  expect(routes.reports - reports).toBeLessThanOrEqual(26);
  expect(routes.post.isIdle).toBe(false);
});

test("writes at once when something passes, and each 45 s from then on", () => {
  const { mesh, a } = resting();
  const { post, rest } = a.agent.routes;
  const { sent } = post;
  const { routes } = a.vertex.view;
  a.vertex.change({ routes: routes.map((route) => ({ ...route, rate: 80 })) });
  expect(mesh.until("it rests no more", () => !rest.isResting(a.at), MINUTE)).toBeLessThanOrEqual(16_000);
  mesh.runFor(1_000);
  expect(post.sent).toBeGreaterThan(sent);
  mesh.runFor(2 * MINUTE);
  expect(post.sent).toBeGreaterThanOrEqual(sent + 3);
});

test("reports at once that its links have changed", () => {
  const { mesh, a, b } = resting();
  const linksAtB = (): number => bodyOf(b.agent.coordinator.work!.reports.of("a")!, "report")!.links.length;
  expect(linksAtB()).toBe(2);
  a.vertex.change({
    links: a.vertex.view.links.map((link) => (link.peer === "c" ? { ...link, state: "down" as const } : link)),
  });
  expect(mesh.until("b knows of one link", () => linksAtB() === 1, MINUTE)).toBeLessThanOrEqual(6_000);
});

test("hears beacons rarely, passes none on to neighbours that have them, and takes the coordinator for one that answers", () => {
  const { mesh, a } = resting();
  const { office } = a.agent.mail;
  const heard = (): number => (office.beacons.get("news") ?? 0) + (office.beacons.get("copy") ?? 0);
  const before = heard();
  const atC = mesh.node("c").agent.mail.office.beacons.get("copy") ?? 0;
  mesh.runFor(30 * MINUTE);
  // Two neighbours bring b's beacon, once in 150 s each, and once more while one of them begins.
  expect(heard() - before).toBeLessThanOrEqual(30);
  expect(office.readers.get("b", a.at.now)).toBeDefined();
  expect((mesh.node("c").agent.mail.office.beacons.get("copy") ?? 0) - atC).toBeLessThanOrEqual(65);
});
