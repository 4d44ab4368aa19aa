/*
 * Whole agents, two of them origins, and their coordinator:
 *
 *          b (coordinator, relay)
 *        ╱   ╲
 *       a      d (web)
 *        ╲   ╱
 *          c (relay)
 *
 * and e, which has links to b and c as a has them.
 */
import { beforeEach, expect, test } from "vitest";
import { startLeasedMesh } from "../leased-mesh.ts";
import type { SimMesh, SimNode } from "../simulated-nodes.ts";

let mesh: SimMesh;
let a: SimNode;

beforeEach(() => {
  mesh = startLeasedMesh(["a", "e"], ["d"]);
  a = mesh.node("a");
});

/** The first route of the lease that a node has, as its coordinator has composed it. */
const leasedFirst = (node: SimNode): string | undefined =>
  [...node.agent.routes.leases.inUse(node.at)][0]?.lease.body?.routes[0]?.via.join(" ");

const usedFirst = (node: SimNode): string | undefined => node.vertex.view.overlay.paths[0]?.routes?.[0]?.via.join(" ");

test("a relay that drops a tenth and says that all is well loses the origin that measures it, and no other one", () => {
  const e = mesh.node("e");
  mesh.until("both ways are leased", () =>
    [a, e].every((node) => node.vertex.view.overlay.paths[0]?.routes?.length === 2),
  );
  const [bad, good] = a.vertex.view.overlay.paths[0]!.routes!.map(({ via }) => via.join(" "));
  a.vertex.lose(bad!.replace(" ", ">"), 0.1);
  const took = mesh.until("the other way is preferred", () => usedFirst(a) === good);
  expect(took).toBeLessThan(15_000);
  const before = a.vertex.orders.length;
  mesh.until("the coordinator leases it as the first one", () => leasedFirst(a) === good, 120_000);
  mesh.runFor(21 * 60_000);
  expect([usedFirst(a), leasedFirst(a)]).toEqual([good, good]);
  expect([usedFirst(e), leasedFirst(e)]).toEqual([bad, bad]);
  // Leases are renewed each five minutes.
  expect(a.vertex.orders.length - before).toBeLessThan(12);
});
