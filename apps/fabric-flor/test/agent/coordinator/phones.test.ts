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

  test("is in leases once its uplink has been good for ten minutes, and in none as soon as a gate shuts", () => {
    const MINUTE = 60_000;
    const world = withPhone();
    const body = { tiers: [{ role: "mobile-edge", tier: 1 }] };
    world.take(world.cluster.control({ kind: "policy", subject: "cluster", body }));
    const phone = world.node("r1");
    phone.device = { battery: 52, charging: false, network: "cellular", metered: false, foreground: true };
    const ways = (): string => viaOf(world.node("a").leases.get("h"));
    world.until("a lease is given", () => leased(world), 30_000);
    expect(ways()).toBe("r2 h");
    const joined = world.until("the phone is in a lease", () => ways().includes("r1 h"), 20 * MINUTE);
    expect(joined).toBeGreaterThan(9 * MINUTE);
    // Below 50 % it stays, and below 45 % its leases go elsewhere while its permits still hold.
    phone.device = { ...phone.device, battery: 46 };
    world.run(12 * MINUTE);
    expect(ways()).toContain("r1 h");
    phone.device = { ...phone.device, battery: 44 };
    phone.reportAt = 0;
    const left = world.until("the phone is in no lease", () => !ways().includes("r1"), MINUTE);
    expect(left).toBeLessThanOrEqual(10_000);
    expect(world.isServed(world.node("a"))).toBe(true);
    expect(world.permits(phone).size).toBeGreaterThan(0);
    expect(whyLeftOut(world)).toBe("phone-power");
  });

  test("that is the only way keeps the lease that it has to its end, and gets no other one", () => {
    const MINUTE = 60_000;
    const world = withPhone();
    world.take(
      world.cluster.control({
        kind: "policy",
        subject: "cluster",
        body: { tiers: [{ role: "mobile-edge", tier: 1 }] },
      }),
    );
    const phone = world.node("r1");
    phone.device = { charging: true, network: "wifi", metered: false, foreground: true };
    const lease = (): string => viaOf(world.node("a").leases.get("h"));
    world.until("the phone is in a lease", () => lease().includes("r1 h"), 20 * MINUTE);
    world.node("r2").isUp = false;
    world.touch("r2");
    world.until("the phone alone is left", () => lease() === "r1 h", 10 * MINUTE);
    const { given } = world.work.leases;
    phone.device = { ...phone.device, metered: true };
    phone.reportAt = 0;
    world.run(MINUTE);
    expect([lease(), world.work.leases.given]).toEqual(["r1 h", given]);
    world.run(12 * MINUTE);
    expect([...world.work.leases.shown(world.at)]).toMatchObject([{ fault: "no-route" }]);
    expect(world.work.leases.given).toBe(given);
  });
});
