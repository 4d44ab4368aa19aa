/** Usage from end to end: counts of vertices become receipts, receipts become sums, and sums come to all who read them. */
import { bodyOf, readFact, type UsageBody } from "@florenetes/facts";
import { describe, expect, test } from "vitest";
import { HOURS_OPEN } from "../../../src/agent/usage/limits.ts";
import { DAY } from "../../demo-records.ts";
import { HOUR, HOUR_12, MB, MINUTE, NOON, startMeteredMesh } from "./metered-mesh.ts";
import type { SimMesh, SimNode } from "../simulated-nodes.ts";

const BULK = 3;
const ACME = { organization: "acme" };

/** Usage that a node holds of an hour: by organization and observer. */
function held(node: SimNode, hour = HOUR_12): { organization: string; observer: string; body: UsageBody }[] {
  return [...node.agent.usage.shelf.entries({ from: hour, to: hour })].map(({ organization, observer, octets }) => {
    const fact = readFact(octets, "demo");
    if (typeof fact === "string") throw new Error(`a record that is none: ${fact}`);
    return { organization, observer, body: bodyOf(fact, "usage")! };
  });
}

function runUntil(mesh: SimMesh, wall: number): void {
  mesh.runFor(wall - mesh.node("a").at.wall);
}

describe("an hour", () => {
  test("is added up by each observer for the organization of the share, and told to all readers", () => {
    const { mesh, carry } = startMeteredMesh();
    carry("b", 300 * MB);
    carry("c", 40 * MB);
    runUntil(mesh, NOON + HOUR + 20 * MINUTE);
    const relays = [
      ["b", BULK, 300_000, 300 * MB, 300 * MB],
      ["c", BULK, 40_000, 40 * MB, 40 * MB],
    ];
    const about = { partition: "north", receipts: 4, missing: 0, rest: [0, 0, 0] };
    for (const node of ["b", "c"]) {
      expect(held(mesh.node(node))).toEqual([
        { ...ACME, observer: "b", body: { ...about, relays } },
        { ...ACME, observer: "c", body: { ...about, relays } },
      ]);
      expect(mesh.node(node).agent.usage.shelf.bytesInMonth("acme", NOON)).toBe(340 * MB);
    }
    expect(held(mesh.node("a"))).toEqual([]);
    expect(mesh.node("b").agent.usage.observer.last).toMatchObject({ hour: HOUR_12, receipts: 4, findings: [] });
  });

  test("gives a relay that claims more what its neighbours saw, and the log says so", () => {
    const { mesh, carry, claim } = startMeteredMesh();
    carry("c", 100 * MB);
    claim("c", 900 * MB);
    runUntil(mesh, NOON + HOUR + 20 * MINUTE);
    expect(held(mesh.node("b"))[0]!.body.relays).toEqual([["c", BULK, 100_000, 100 * MB, 1_000 * MB]]);
    const told = mesh.node("b").news.filter(({ code }) => code === "USAGE_CLAIMED");
    expect(told.map(({ about }) => [about["relay"], about["neighbour"], about["seen"]])).toEqual([
      ["c", "a", 100 * MB],
      ["c", "h", 100 * MB],
    ]);
  });

  test("is added up again where a receipt comes late", () => {
    const { mesh, carry } = startMeteredMesh();
    carry("c", 100 * MB);
    mesh.runFor(MINUTE);
    runUntil(mesh, NOON + HOUR - MINUTE);
    for (const relay of ["b", "c"]) mesh.setLink("h", relay, "down");
    runUntil(mesh, NOON + HOUR + 20 * MINUTE);
    expect(held(mesh.node("b"))[0]!.body).toMatchObject({ receipts: 3, missing: 1 });
    for (const relay of ["b", "c"]) mesh.setLink("h", relay, "up");
    runUntil(mesh, NOON + HOUR + 45 * MINUTE);
    expect(held(mesh.node("b"))[0]!.body).toMatchObject({ receipts: 4, missing: 0 });
    expect(held(mesh.node("c"))[0]!.body).toMatchObject({ receipts: 4, missing: 0 });
  });

  test("loses nothing where agents are restarted: neither counts, nor receipts, nor sums", () => {
    const { mesh, carry } = startMeteredMesh();
    carry("c", 100 * MB);
    mesh.runFor(2 * MINUTE);
    const restart = (): void => {
      for (const node of mesh.nodes.values()) {
        node.stop();
        node.start();
      }
    };
    restart();
    carry("c", 100 * MB);
    runUntil(mesh, NOON + HOUR + 1_000);
    restart();
    runUntil(mesh, NOON + HOUR + 14 * MINUTE);
    restart();
    runUntil(mesh, NOON + HOUR + 25 * MINUTE);
    expect(held(mesh.node("b")).map(({ body }) => body.relays)).toEqual(
      Array.from({ length: 2 }, () => [["c", BULK, 200_000, 200 * MB, 200 * MB]]),
    );
    const signed = mesh.node("b").agent.usage.observer.signed;
    restart();
    runUntil(mesh, NOON + HOUR + 40 * MINUTE);
    expect([signed, mesh.node("b").agent.usage.observer.signed]).toEqual([1, 0]);
    expect(held(mesh.node("b"))).toHaveLength(2);
  });

  test("of a cluster without an observer is added up by nobody, and holds nothing for long", () => {
    const { mesh, carry } = startMeteredMesh([]);
    carry("c", 100 * MB);
    runUntil(mesh, NOON + HOUR + 20 * MINUTE);
    const nodes = [...mesh.nodes.values()];
    const waiting = (): Map<string, number> =>
      new Map(nodes.map(({ name, agent }) => [name, agent.usage.toObservers.waiting]));
    expect(Math.min(...waiting().values())).toBeGreaterThan(0);
    // Hours without agents cost nothing to compute, and have receipts, too.
    for (const node of nodes) node.stop();
    runUntil(mesh, NOON + 8 * HOUR + MINUTE);
    for (const node of nodes) node.start();
    mesh.runFor(3 * MINUTE);
    for (const { agent } of nodes) expect([agent.usage.shelf.size, agent.usage.observer.hours]).toEqual([0, 0]);
    // The coordinator has the shares of the last hour besides: it was started a moment ago, and knows of no earlier ones.
    const expected = nodes.map(({ name }) => [name, name === "b" ? HOURS_OPEN + 1 : HOURS_OPEN] as const);
    expect(waiting()).toEqual(new Map(expected));
  });
});

test("a node that is an observer no more adds nothing up", () => {
  const { mesh, cluster, carry } = startMeteredMesh(["c"]);
  carry("c", 100 * MB);
  runUntil(mesh, NOON + HOUR + 20 * MINUTE);
  expect(held(mesh.node("b"))).toHaveLength(1);
  const isVoid = { epoch: 2, void: true, body: {}, expires: NOON - DAY + 30 * DAY };
  mesh.node("c").take(cluster.control({ kind: "role", subject: "c/observer/north", ...isVoid }));
  carry("c", 100 * MB);
  runUntil(mesh, NOON + 2 * HOUR + 20 * MINUTE);
  expect([...mesh.node("b").agent.usage.shelf.entries({ from: HOUR_12 + 1, to: HOUR_12 + 1 })]).toEqual([]);
});

test("an organization whose relays have carried what its budget allows in the month gets no lease any more", () => {
  const { mesh, cluster, carry } = startMeteredMesh(["c"]);
  mesh.node("b").take(cluster.budget("acme", { "relay-bytes": 95 }));
  carry("c", 100 * MB);
  runUntil(mesh, NOON + HOUR + 14 * MINUTE);
  const lease = () => [...mesh.node("b").agent.coordinator.work!.leases.shown(mesh.node("b").at)][0]!;
  expect([lease().fault, lease().quota]).toEqual([undefined, undefined]);
  // An hour is told a quarter of an hour behind its end, and a lease that there is goes on to its end.
  runUntil(mesh, NOON + HOUR + 30 * MINUTE);
  expect(lease()).toMatchObject({
    fault: "quota",
    quota: { organization: "acme", of: "relay-bytes", used: 95, most: 95, until: Date.UTC(2026, 11, 1) },
  });
  const a = mesh.node("a");
  expect([...a.agent.routes.leases.inUse(a.at)]).toEqual([]);
  mesh.node("b").take(cluster.budget("acme", { "relay-bytes": 200 }, { epoch: 2 }));
  mesh.until("a has a lease", () => lease().fault === undefined && lease().leased !== undefined, 2 * MINUTE);
});
