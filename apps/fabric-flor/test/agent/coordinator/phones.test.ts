/** Relays that are phones, as a coordinator leases over them. */
import { leftOutRelays, Plan } from "@florenetes/routes";
import { describe, expect, test } from "vitest";
import { viaOf, World } from "./world.ts";

/** An origin a and a host h, with the relays r1 and r2 between them, of which r1 is a phone that is nearer. */
function withPhone(): World {
  const world = new World({
    nodes: { a: undefined, h: undefined, r1: 100_000, r2: 100_000 },
    links: [
      ["a", "r1", 5_000],
      ["r1", "h", 5_000],
      ["a", "r2", 10_000],
      ["r2", "h", 10_000],
    ],
  });
  world.node("a").hosts = ["h"];
  world.role("r1/mobile-edge/north");
  return world;
}

const leased = (world: World): boolean => world.node("a").leases.get("h") !== undefined;

/** Why the relay r1 is in no lease of the present graph. */
function whyLeftOut({ work }: World): string | undefined {
  const { graph, grounds } = work;
  const want = { origin: "a", service: "web", scope: "cluster", host: "h", label: 0, classes: [], rate: 500 };
  const options = { graph: graph!, ...grounds!, plan: new Plan() };
  return leftOutRelays(want, { rate: 500, routes: [] }, ["r1"], options).find(({ relay }) => relay === "r1")?.why;
}

describe("a relay with the role of phones", () => {
  test("is in no lease while the policy says nothing of phones, though it is nearer", () => {
    const world = withPhone();
    world.until("a lease is given", () => leased(world), 30_000);
    expect(viaOf(world.node("a").leases.get("h"))).toBe("r2 h");
    expect(whyLeftOut(world)).toBe("phone-policy");
  });

  test("is in none either where the policy lets phones carry, and it says nothing of its device", () => {
    const world = withPhone();
    const body = { tiers: [{ role: "mobile-edge", tier: 1 }] };
    world.take(world.cluster.control({ kind: "policy", subject: "cluster", body }));
    world.until("a lease is given", () => leased(world), 30_000);
    expect(viaOf(world.node("a").leases.get("h"))).toBe("r2 h");
    expect(whyLeftOut(world)).toBe("phone-power");
    expect(world.work.phones.wordOf("r1", world.at.now)).toMatchObject({ isPowered: false, last: { rate: 100_000 } });
    expect(world.work.phones.wordOf("r2", world.at.now)).toBeUndefined();
  });
});
