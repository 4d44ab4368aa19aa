/*
 * Whole agents, and a coordinator that leases routes to both hosts of web:
 *
 *          b (coordinator, relay)
 *        ╱   ╲
 *       a      d, e (web)
 *        ╲   ╱
 *          c (relay)
 */
import { beforeEach, expect, test } from "vitest";
import { hostOfPath } from "../../../src/agent/plan/used-services.ts";
import { RELAYS, startLeasedMesh } from "../leased-mesh.ts";
import type { SimMesh, SimNode } from "../simulated-nodes.ts";

const HOSTS = ["d", "e"];

let mesh: SimMesh;
let a: SimNode;

beforeEach(() => {
  mesh = startLeasedMesh(["a"], HOSTS);
  a = mesh.node("a");
  mesh.until("both hosts have leases", () => [...a.agent.routes.leases.inUse(a.at)].length === 2);
  mesh.until("a host is used", () => present() !== undefined);
});

const present = (): string | undefined => hostOfPath("web", a.vertex.auto("web")?.path ?? null);

function silence(host: string, isSilent: boolean): void {
  mesh.node(host).vertex.isSilent = isSilent;
  for (const relay of RELAYS) a.vertex.lose(`${relay}>${host}`, isSilent ? 1 : 0);
}

test("a host is left for another one when all routes to it have failed for 2 s, and used again once it is proven", () => {
  const host = present()!;
  const other = HOSTS.find((each) => each !== host)!;
  silence(host, true);
  expect(mesh.until("the other host is used", () => present() === other)).toBeGreaterThanOrEqual(2_000);
  const before = a.vertex.orders.length;
  mesh.runFor(60_000);
  expect(present()).toBe(other);
  // The silent host is tried each 15 s.
  expect(a.vertex.orders.length - before).toBeLessThan(12);
  silence(host, false);
  expect(mesh.until("the host is used again", () => present() === host)).toBeLessThan(16_000);
});

test("a host that is silent for less, or as silent as all others, is kept", () => {
  const host = present()!;
  silence(host, true);
  mesh.runFor(1_500);
  silence(host, false);
  mesh.runFor(10_000);
  expect(present()).toBe(host);
  for (const each of HOSTS) silence(each, true);
  mesh.runFor(60_000);
  expect(present()).toBe(host);
  for (const each of HOSTS) silence(each, false);
  mesh.runFor(1_000);
  expect(present()).toBe(host);
});
