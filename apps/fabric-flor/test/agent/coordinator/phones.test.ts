/** Relays that are phones, as a coordinator leases over them. */
import type { DeviceProfile } from "@florenetes/facts";
import { leftOutRelays, Plan } from "@florenetes/routes";
import { describe, expect, test, vi } from "vitest";
import { viaOf, World } from "./world.ts";

const PHONES_LET_IN = { tiers: [{ role: "mobile-edge", tier: 1 }] };
const GOOD_DEVICE: DeviceProfile = { charging: true, network: "wifi", metered: false, foreground: true };

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

  test("leaves its leases by the report that says that its uplink is bad, too", () => {
    const MINUTE = 60_000;
    const world = withPhone();
    world.take(world.cluster.control({ kind: "policy", subject: "cluster", body: PHONES_LET_IN }));
    const phone = world.node("r1");
    phone.device = GOOD_DEVICE;
    const ways = (): string => viaOf(world.node("a").leases.get("h"));
    world.until("the phone is in a lease", () => ways().includes("r1 h"), 20 * MINUTE);
    world.run(MINUTE);
    // Its profile is held, and comes again much later.
    phone.device = undefined;
    phone.loss = 20_000;
    phone.reportAt = 0;
    const left = world.until("the phone is in no lease", () => !ways().includes("r1"), MINUTE);
    expect(left).toBeLessThanOrEqual(3_000);
    expect(whyLeftOut(world)).toBe("phone-uplink");
  });
});

describe("profiles that change with each letter", () => {
  const MINUTE = 60_000;

  /** How often all leases are looked at within a minute in which a node's device is another one in each of its letters. */
  function looks(world: World, name: string, devices: readonly [DeviceProfile, DeviceProfile]): number {
    const node = world.node(name);
    const looked = vi.spyOn(world.work.leases, "lookAtAll");
    const [refused, { epoch }] = [node.outcomes.length, node];
    for (const end = world.now + MINUTE; world.now < end;) {
      node.device = devices[Math.floor(world.now / 1_000) % 2];
      node.reportAt = 0;
      world.step();
    }
    expect(node.outcomes.length).toBe(refused);
    expect(node.epoch).toBeGreaterThan(epoch + 50);
    const count = looked.mock.calls.length;
    looked.mockRestore();
    return count;
  }

  const FLAPS = [GOOD_DEVICE, { ...GOOD_DEVICE, charging: false }] as const;

  test("have no lease looked at where the node is no phone, or the policy lets no phone carry", () => {
    const world = withPhone();
    world.until("a lease is given", () => leased(world), 30_000);
    world.run(2 * MINUTE);
    expect(looks(world, "r2", FLAPS)).toBe(0);
    expect(looks(world, "r1", FLAPS)).toBe(0);
  });

  test("have all leases looked at each time that a phone may carry, or may no more, which is no oftener than its letters", () => {
    const world = withPhone();
    world.take(world.cluster.control({ kind: "policy", subject: "cluster", body: PHONES_LET_IN }));
    const phone = world.node("r1");
    phone.device = GOOD_DEVICE;
    const joined = (): boolean => viaOf(world.node("a").leases.get("h")).includes("r1 h");
    world.until("the phone is in a lease", joined, 20 * MINUTE);
    world.run(2 * MINUTE);
    const shut = { ...GOOD_DEVICE, network: "none" } as const;
    const count = looks(world, "r1", [GOOD_DEVICE, shut]);
    expect(count).toBeGreaterThan(10);
    expect(count).toBeLessThanOrEqual(MINUTE / 1_000 + 1);
    expect(looks(world, "r1", [shut, { ...shut, foreground: false }])).toBeLessThanOrEqual(1);
  });
});
