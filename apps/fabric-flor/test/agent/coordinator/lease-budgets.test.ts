/** Budgets of organizations bound the leases of their origins. */
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Allowed, LeaseBudgets } from "../../../src/agent/coordinator/lease-budgets.ts";
import type { Leased, ShownLease, Slot } from "../../../src/agent/coordinator/lease-slot.ts";
import { SlotTable } from "../../../src/agent/coordinator/slot-table.ts";
import type { Budget } from "../../../src/agent/records/organization-budget.ts";
import { World } from "./world.ts";

const MINUTE = 60_000;
const ORIGINS = ["a", "b", "c", "d"];

/** Origins of the organization `acme`, and a host h behind two relays. */
function scene(): World {
  const names = Object.fromEntries([...ORIGINS, "h"].map((name) => [name, undefined]));
  const links = ["r1", "r2"].flatMap((relay) => [...ORIGINS, "h"].map((name) => [name, relay, 5_000] as const));
  return new World({ nodes: { ...names, r1: 1_000_000, r2: 1_000_000 }, links });
}

/** Has origins ask for the host, one behind the other. */
function ask(world: World, names: readonly string[], gapMs = 2_000): void {
  for (const name of names) {
    world.node(name).hosts = ["h"];
    world.touch(name);
    world.run(gapMs);
  }
}

function leases(world: World): Map<string, ShownLease> {
  return new Map([...world.work.leases.shown(world.at)].map((each) => [each.origin, each]));
}

/** The rate of each lease, or why there is none. */
function told(world: World): Record<string, number | string | undefined> {
  return Object.fromEntries([...leases(world)].map(([name, { leased, fault }]) => [name, leased?.rate ?? fault]));
}

describe("a budget of leases", () => {
  test("refuses those beyond it, says how many of how many there are and by which record, and gives one when another goes", () => {
    const world = scene();
    world.rate = 64;
    world.take(world.cluster.budget("acme", { leases: 2 }));
    ask(world, ["a", "b", "c"]);
    // In its first minute a coordinator that hears of leases which it does not know waits for others of them.
    world.run(MINUTE);
    expect(told(world)).toMatchObject({ c: "quota" });
    expect([...world.nodes.values()].filter(({ leases: held }) => held.size > 0).map(({ name }) => name)).toEqual([
      "a",
      "b",
    ]);
    const budget = world.records.book!.inForce("budget", "cluster", "acme", world.at.wall)!;
    expect(leases(world).get("c")!.quota).toEqual({
      organization: "acme",
      of: "leases",
      used: 2,
      most: 2,
      record: budget.id,
      until: budget.expires,
    });
    world.node("a").hosts = [];
    world.touch("a");
    world.until("c has a lease", () => world.node("c").leases.has("h"), 15_000);
    expect(leases(world).get("c")).toMatchObject({ fault: undefined, quota: undefined });
  });

  test("renews the leases that there are, without end, and gives none to those that were refused", () => {
    const world = scene();
    world.take(world.cluster.budget("acme", { leases: 2 }));
    ask(world, ["a", "b", "c"]);
    const first = world.node("a").leases.get("h")!.fact.id;
    world.run(21 * MINUTE);
    expect(world.node("a").leases.get("h")!.fact.id).not.toBe(first);
    expect(world.isServed(world.node("a")) && world.isServed(world.node("b"))).toBe(true);
    expect(world.node("c").leases.size).toBe(0);
  });

  test("that becomes smaller takes the newest away when they are to be renewed, and at once nothing", () => {
    const world = scene();
    ask(world, ["c", "a", "b"], 15_000);
    world.run(15_000);
    world.take(world.cluster.budget("acme", { leases: 1 }));
    world.run(2 * MINUTE);
    for (const name of ["a", "b", "c"]) expect(world.isServed(world.node(name)), name).toBe(true);
    world.run(9 * MINUTE);
    expect(told(world)).toMatchObject({ a: "quota", b: "quota" });
    expect(typeof told(world)["c"]).toBe("number");
    const ended = (name: string): boolean => world.node(name).leases.get("h")!.fact.expires <= world.at.wall;
    expect(["a", "b", "c"].map(ended)).toEqual([true, true, false]);
    // People allow as many again, and they are given again.
    world.take(world.cluster.budget("acme", { leases: 3 }, { epoch: 2 }));
    world.until("all have leases", () => !["a", "b"].some(ended), 15_000);
  });

  test("is planned with in equal parts by several coordinators, each of which gives one at least", () => {
    const world = scene();
    for (const name of ["c2", "c3"]) {
      world.add(name, undefined);
      world.role(`${name}/route-coordinator/north`);
    }
    world.take(world.cluster.budget("acme", { leases: 7 }));
    ask(world, ORIGINS);
    world.run(5_000);
    expect(leases(world).get("d")!.quota).toMatchObject({ used: 2, most: 2 });
    const few = scene();
    few.add("c2", undefined);
    few.role("c2/route-coordinator/north");
    few.take(few.cluster.budget("acme", { leases: 1 }));
    ask(few, ["a", "b"]);
    few.run(5_000);
    expect(leases(few).get("b")!.quota).toMatchObject({ used: 1, most: 1 });
    expect(few.node("a").leases.size).toBe(1);
  });

  test("of none gives none", () => {
    const world = scene();
    world.take(world.cluster.budget("acme", { leases: 0 }));
    ask(world, ["a"]);
    world.run(10_000);
    expect(leases(world).get("a")!.quota).toMatchObject({ of: "leases", used: 0, most: 0 });
  });

  test("binds no other organization, and an origin that changes to another one is bound by that", () => {
    const world = scene();
    const move = (name: string, epoch: number, organization: string): void =>
      world.take(world.cluster.node(world.node(name).key, { epoch }, { organization }));
    world.take(world.cluster.budget("acme", { leases: 1 }));
    world.take(world.cluster.budget("other", { leases: 1 }));
    for (const name of ["b", "c"]) move(name, 2, "other");
    ask(world, ["a", "b", "c"]);
    world.run(10_000);
    expect(leases(world).get("c")!.quota).toMatchObject({ organization: "other" });
    expect([world.node("a"), world.node("b")].map(({ leases: held }) => held.size)).toEqual([1, 1]);
    move("c", 3, "third");
    world.until("c has a lease", () => world.node("c").leases.has("h"), 15_000);
  });
});

describe("a budget of rates", () => {
  test("gives less where it is short, and none where not even the lowest rate is left", () => {
    const world = scene();
    world.take(world.cluster.budget("acme", { "relay-rate": 1_170 }));
    ask(world, ORIGINS);
    world.run(10_000);
    expect(told(world)).toEqual({ a: 500, b: 500, c: 125, d: "quota" });
    expect(leases(world).get("d")!.quota).toMatchObject({ of: "relay-rate", used: 1_125, most: 1_170 });
  });

  test("that becomes smaller has leases get less when they are renewed, the newest first", () => {
    const world = scene();
    world.take(world.cluster.budget("acme", { "relay-rate": 2_000 }));
    ask(world, ["a", "b", "c"]);
    expect(told(world)).toEqual({ a: 500, b: 500, c: 500 });
    world.take(world.cluster.budget("acme", { "relay-rate": 625 }, { epoch: 2 }));
    world.run(MINUTE);
    expect(told(world)).toEqual({ a: 500, b: 500, c: 500 });
    world.run(10 * MINUTE);
    expect(told(world)).toEqual({ a: 500, b: 125, c: "quota" });
  });

  test("lets an idle organization have more than was asked for, and others of it have their part when they come", () => {
    const world = scene();
    world.take(world.cluster.budget("acme", { "relay-rate": 8_000 }));
    ask(world, ["a"]);
    world.run(5_000);
    expect(told(world)).toEqual({ a: 2_000 });
    world.rate = 2_000;
    ask(world, ["b", "c", "d"]);
    world.run(12 * MINUTE);
    expect(told(world)).toEqual({ a: 2_000, b: 2_000, c: 2_000, d: 2_000 });
  });
});

/** Slots of two organizations, as an office changes them: each step asks for a lease, and it is given where it may be. */
class Model {
  readonly slots = new SlotTable();
  readonly budgets: LeaseBudgets;
  readonly limits = new Map<string, Readonly<Record<string, number>>>();
  /** Bytes of the month, by organizations. */
  readonly carried = new Map<string, number>();

  constructor() {
    const organizationOf = (node: string): string => (node < "c" ? "acme" : "other");
    const budgetOf = (organization: string): Budget | undefined => {
      const limits = this.limits.get(organization);
      if (limits === undefined) return undefined;
      const all = Object.entries(limits).map(([of, most]) => ({ of, most }));
      return { body: { limits: all }, id: "ab", expires: 1 };
    };
    this.budgets = new LeaseBudgets(
      { organizationOf, budgetOf, carriedBy: (organization) => this.carried.get(organization) ?? 0 },
      this.slots,
    );
  }

  slot(name: string, rate: number): Slot {
    const want = { origin: name, service: "web", scope: "cluster", host: "h", classes: ["reliable"] as const, rate };
    const slot = this.slots.get(name) ?? this.slots.open(name, want, 0, undefined);
    slot.want = want;
    return slot;
  }

  give(slot: Slot, coordinators: number): Allowed {
    const allowed = this.budgets.allow(slot, coordinators, { now: 0, wall: 0 });
    if (allowed.quota === undefined) {
      const rate = Math.min(slot.want.rate, allowed.rate?.most ?? Number.POSITIVE_INFINITY);
      slot.leased = { rate } as Leased;
    }
    return allowed;
  }

  sums(organization: string): readonly [number, number] {
    const held = [...this.slots.ofOrganization(organization)].filter(({ leased }) => leased !== undefined);
    return [held.length, held.reduce((sum, { leased }) => sum + leased!.rate, 0)];
  }
}

test("whatever is asked for, given and ended, in whatever order: no part is ever passed, and what shrinks never grows", () => {
  const step = fc.record({
    what: fc.constantFrom("give", "give", "give", "end", "shrink"),
    name: fc.constantFrom("a", "b", "b1", "c", "d", "e"),
    rate: fc.integer({ min: 0, max: 3_000 }),
  });
  const plan = fc.record({
    steps: fc.array(step, { maxLength: 40 }),
    leases: fc.integer({ min: 0, max: 4 }),
    rate: fc.integer({ min: 0, max: 4_000 }),
    coordinators: fc.integer({ min: 1, max: 3 }),
  });
  let refused = 0;
  fc.assert(
    fc.property(plan, ({ steps, leases: most, rate: kbits, coordinators }) => {
      const model = new Model();
      let limits = { leases: most, "relay-rate": kbits };
      model.limits.set("acme", limits);
      for (const { what, name, rate } of steps) {
        const before = model.sums("acme");
        const slot = model.slot(name, rate);
        if (what === "give" && model.give(slot, coordinators).quota !== undefined) refused++;
        if (what === "end") model.slots.delete(slot);
        if (what === "shrink") {
          limits = { leases: Math.floor(limits.leases / 2), "relay-rate": Math.floor(limits["relay-rate"] / 2) };
          model.limits.set("acme", limits);
        }
        const [count, sum] = model.sums("acme");
        const part = limits.leases === 0 ? 0 : Math.max(1, Math.floor(limits.leases / coordinators));
        expect(count).toBeLessThanOrEqual(Math.max(part, before[0]));
        expect(sum).toBeLessThanOrEqual(Math.max(Math.floor(limits["relay-rate"] / coordinators), before[1]));
      }
      // The other organization has no budget.
      for (const name of ["c", "d", "e"])
        expect(model.give(model.slot(name, 9_999), coordinators).quota).toBeUndefined();
    }),
    { numRuns: runs(2_000, 300) },
  );
  expect(refused).toBeGreaterThan(0);
});
