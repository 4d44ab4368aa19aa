/** Leases and permits by shares, at a coordinator whose nodes are of several organizations. */
import { bodyOf } from "@florenetes/facts";
import { describe, expect, test } from "vitest";
import { START, World, type WorldPlan } from "./world.ts";
import type { WorldNode } from "./world-node.ts";

const MINUTE = 60_000;
/** Origins a1 and a2 of red, b1 of blue and o1 that knows no shares; relays r1, r2; a host h. */
const PLAN: WorldPlan = {
  nodes: { a1: undefined, a2: undefined, b1: undefined, o1: undefined, h: undefined, r1: 100_000, r2: 100_000 },
  links: ["a1", "a2", "b1", "o1", "h"].flatMap((name) => [[name, "r1", 5_000] as const, [name, "r2", 5_000] as const]),
  organizations: { a1: "red", a2: "red", b1: "blue", h: "green", r1: "carrier", r2: "carrier" },
};
const ORIGINS = ["a1", "a2", "b1", "o1"];

function served(changes: Partial<WorldPlan> = {}, origins = ORIGINS): World {
  const world = new World({ ...PLAN, ...changes });
  for (const name of origins) world.node(name).hosts = ["h"];
  world.until("all have leases", () => origins.every((name) => world.isServed(world.node(name))), 60_000);
  world.run(15_000);
  return world;
}

const leaseOf = (node: WorldNode) => node.leases.get("h")!.body!;
const shareOf = (world: World, name: string): number | undefined => leaseOf(world.node(name)).share;
/** All shares that the permits of a relay have, 0 for those without. */
const sharesAt = (world: World, name: string): number[] =>
  [...new Set([...world.permits(world.node(name)).values()].flatMap((shares) => [...shares]))].toSorted(
    (a, b) => a - b,
  );
const sorted = (...numbers: readonly (number | undefined)[]): number[] =>
  numbers.map((number) => number!).toSorted((a, b) => a - b);

describe("a lease", () => {
  test("has the share of its origin's organization, and none where the origin knows none", () => {
    const world = served();
    const [red, also, blue, older] = ORIGINS.map((name) => shareOf(world, name));
    expect(red).toBeGreaterThan(0);
    expect(also).toBe(red);
    expect(blue).toBeGreaterThan(0);
    expect(blue).not.toBe(red);
    expect(older).toBeUndefined();
    for (const relay of ["r1", "r2"]) expect(sharesAt(world, relay)).toEqual(sorted(0, red, blue));
  });

  test("has none while the budget of the organization says off", () => {
    const world = served();
    world.take(world.cluster.budget("red", {}, { body: { limits: [], shares: "off" } }));
    world.run(12 * MINUTE);
    expect([shareOf(world, "a1"), shareOf(world, "a2")]).toEqual([undefined, undefined]);
    expect(sharesAt(world, "r1")).toEqual(sorted(0, shareOf(world, "b1")));
  });

  test("is renewed without a share soon where its origin knows none any more", () => {
    const world = served();
    const a1 = world.node("a1");
    expect(shareOf(world, "a1")).toBeDefined();
    a1.knowsShares = false;
    a1.device = { charging: true, network: "wired", metered: false, foreground: true };
    a1.reportAt = 0;
    world.run(500);
    expect(world.isServed(a1)).toBe(false);
    world.until("packets of a1 pass without a share", () => world.isServed(a1), 10_000);
    world.until("its lease has none", () => shareOf(world, "a1") === undefined, 10_000);
    expect(world.isServed(a1)).toBe(true);
  });
});

describe("permits", () => {
  test("have no shares for a relay that knows none, and its neighbours do", () => {
    const { r1: _, ...organizations } = PLAN.organizations!;
    const world = served({ organizations });
    expect(sharesAt(world, "r1")).toEqual([0]);
    expect(sharesAt(world, "r2").length).toBe(3);
  });

  test("have the shares soon that a relay knows from now on, and have them no more where it knows none again", () => {
    const { r1: _, ...organizations } = PLAN.organizations!;
    const world = served({ organizations });
    const r1 = world.node("r1");
    r1.knowsShares = true;
    r1.reportAt = 0;
    world.until("permits of r1 have shares", () => sharesAt(world, "r1").length === 3, 15_000);
    r1.knowsShares = false;
    r1.device = { charging: true, network: "wired", metered: false, foreground: true };
    r1.reportAt = 0;
    world.until("permits of r1 have none", () => sharesAt(world, "r1").join() === "0", 15_000);
    expect(ORIGINS.every((name) => world.isServed(world.node(name)))).toBe(true);
  });

  test("of the cluster name no organization, whatever shares they have", () => {
    const world = served();
    for (const name of ["r1", "r2"]) {
      const held = world.node(name).permits.good(() => "live", world.at.wall);
      expect(held.length).toBe(1);
      const text = Buffer.from(held[0]!.fact.envelope.payload).toString();
      expect(bodyOf(held[0]!.fact, "permits")!.sets.some(({ share }) => share !== undefined)).toBe(true);
      for (const word of ["red", "blue", "green", "acme", "carrier", ...ORIGINS, "web"])
        expect(text).not.toContain(`"${word}`);
    }
  });
});

describe("the full hour", () => {
  const late = { startsAt: START + 54 * MINUTE };

  test("has leases that are renewed take the next number, and every packet passes meanwhile", () => {
    const world = served(late);
    const before = ORIGINS.map((name) => shareOf(world, name));
    const composed = world.work.leases.composed;
    let isWhole = true;
    const run = (ms: number): void => {
      for (const end = world.now + ms; world.now < end;) {
        world.step();
        isWhole &&= ORIGINS.every((name) => world.isServed(world.node(name)));
      }
    };
    // No lease is composed because of the hour: each is at half of its life.
    run(12 * MINUTE);
    const after = ORIGINS.map((name) => shareOf(world, name));
    expect(isWhole).toBe(true);
    expect(world.work.leases.composed - composed).toBeLessThanOrEqual(3 * ORIGINS.length);
    expect(after[0]).toBe(after[1]);
    expect(new Set([...before.slice(0, 3), ...after.slice(0, 3)]).size).toBe(4);
    // Far ends that are quiet may answer by the former numbers for five minutes.
    run(6 * MINUTE);
    expect(sharesAt(world, "r1")).toEqual(sorted(0, after[0], after[2]));
    expect(isWhole).toBe(true);
  });

  test("is passed by relays that are full, without a refusal", () => {
    const full = { ...PLAN.nodes, r1: 2_000, r2: 2_000 };
    const world = served({ ...late, nodes: full });
    const rates = (): number[] => ["r1", "r2"].map((name) => world.rateOf(world.node(name)));
    expect(Math.max(...rates())).toBeGreaterThan(1_000);
    let highest = 0;
    for (const end = world.now + 18 * MINUTE; world.now < end;) {
      world.step();
      highest = Math.max(highest, ...rates());
    }
    expect(highest).toBeLessThanOrEqual(2_000);
    expect(world.work.permits.refused).toBe(0);
    expect(ORIGINS.every((name) => world.isServed(world.node(name)))).toBe(true);
  });
});
