/** A coordinator answers letters: to whom it does, what it gives, and when routes are others. */
import { Outcome, writeRoutesLetter } from "@florenetes/feed";
import { describe, expect, test, vi } from "vitest";
import { CALLS_ASKED_MAX } from "../../../src/agent/coordinator/limits.ts";
import { viaOf, World, type WorldPlan } from "./world.ts";

const MINUTE = 60_000;
const THREE: WorldPlan = {
  nodes: { a: undefined, h: undefined, r1: 100_000, r2: 100_000, r3: 100_000 },
  links: [
    ["a", "r1", 5_000],
    ["r1", "h", 5_000],
    ["a", "r2", 10_000],
    ["r2", "h", 10_000],
    ["a", "r3", 20_000],
    ["r3", "h", 20_000],
  ],
};

/** An origin a, a host h, and three relays between them. */
function three(): World {
  const world = new World(THREE);
  world.node("a").hosts = ["h"];
  return world;
}

describe("an ask to call", () => {
  const asked = (set: (world: World) => void): readonly string[] => {
    const world = three();
    set(world);
    world.run(5 * MINUTE);
    return world.node("h").asked;
  };

  test("goes once to a host that has no public endpoint, for an origin that has one", () => {
    expect(asked((world) => (world.node("a").isPublic = true))).toEqual(["a"]);
  });

  test.each<[string, (world: World) => void]>([
    ["an origin without one", () => {}],
    ["a host that has one", (world) => ([world.node("a").isPublic, world.node("h").isPublic] = [true, true])],
    [
      "two that have a link",
      (world) => {
        world.node("a").isPublic = true;
        world.join("a", "h");
      },
    ],
  ])("is not for %s", (_, set) => expect(asked(set)).toEqual([]));

  test("names few nodes to one host, however many want it", () => {
    const names = Array.from({ length: 20 }, (_, at) => `o${at}`);
    const world = new World({
      nodes: { h: undefined, r: 100_000, ...Object.fromEntries(names.map((name) => [name, undefined])) },
      links: [["r", "h"], ...names.map((name) => [name, "r"] as const)],
    });
    for (const name of names) [world.node(name).hosts, world.node(name).isPublic] = [["h"], true];
    world.run(5 * MINUTE);
    expect(world.node("h").asked).toHaveLength(CALLS_ASKED_MAX);
  });
});

describe("a lease", () => {
  test("comes to who asks for it, when its relays have their permits, and the host's papers with it", () => {
    const world = three();
    const took = world.until("a has a lease", () => world.node("a").leases.has("h"), 10_000);
    expect(took).toBeLessThan(5_000);
    const lease = world.node("a").leases.get("h");
    expect(viaOf(lease)).toBe("r1 h, r2 h, r3 h");
    for (const place of [0, 1, 2]) expect(world.walks(world.node("a"), lease!.fact.id, place)).toBe(true);
    world.run(5_000);
    const { leases, permits } = world.work;
    expect([leases.given, leases.taken, permits.taken, permits.refused]).toEqual([1, 1, 3, 0]);
    const [shown, ...others] = [...leases.shown(world.at)];
    expect(shown).toMatchObject({ origin: "a", host: "h", waitsFor: [], fault: undefined });
    expect([shown?.leased?.routes.length, others]).toEqual([3, []]);
  });

  test("is renewed at half of its life, and its permits with it, without end", () => {
    const world = three();
    world.run(10_000);
    const [first, { leases }] = [world.node("a").leases.get("h")!, world.work];
    world.run(4 * MINUTE);
    expect(world.node("a").leases.get("h")).toBe(first);
    world.run(2 * MINUTE);
    expect(world.node("a").leases.get("h")).not.toBe(first);
    world.run(30 * MINUTE);
    expect(world.isServed(world.node("a"))).toBe(true);
    expect(leases.given).toBeLessThan(10);
  });

  test("goes around a relay that dies, where there is another one", () => {
    const world = three();
    world.node("r3").isUp = false;
    world.until("a has a lease", () => viaOf(world.node("a").leases.get("h")) === "r1 h, r2 h", 10_000);
    world.node("r1").isUp = false;
    world.node("r3").isUp = true;
    for (const relay of ["r1", "r3"]) world.touch(relay);
    const took = world.until("another lease", () => viaOf(world.node("a").leases.get("h")) === "r2 h, r3 h", 10_000);
    expect(took).toBeLessThan(12_000);
    expect(world.work.leases.given).toBe(2);
  });

  test("keeps a relay that dies where the others are leased already, so that nothing is given when it is back", () => {
    const world = three();
    world.run(15_000);
    const all = "r1 h, r2 h, r3 h";
    for (const isUp of [false, true, false, true]) {
      world.node("r1").isUp = isUp;
      world.touch("r1");
      world.run(15_000);
      expect(viaOf(world.node("a").leases.get("h"))).toBe(all);
    }
    expect(world.work.leases.given).toBe(1);
    // A relay that stays away is in no lease that is made later.
    world.node("r1").isUp = false;
    world.touch("r1");
    world.until("a lease without r1", () => viaOf(world.node("a").leases.get("h")) === "r2 h, r3 h", 6 * MINUTE);
  });

  test("is composed at once where its last route dies, also of links that are there again", () => {
    const world = three();
    world.run(15_000);
    for (const relay of ["r1", "r2", "r3"]) world.node(relay).isUp = false;
    for (const relay of ["r1", "r2", "r3"]) world.touch(relay);
    world.run(5_000);
    for (const relay of ["r1", "r2", "r3"]) world.node(relay).isUp = true;
    for (const relay of ["r1", "r2", "r3"]) world.touch(relay);
    world.until("a is served", () => world.isServed(world.node("a")), 15_000);
  });

  test("has no route over a relay that refuses permits, and of one that is silent none where others are ready", () => {
    const world = three();
    world.node("r1").refuses = true;
    world.node("r2").isDeaf = true;
    world.until("a has a lease", () => world.node("a").leases.has("h"), 10_000);
    expect(viaOf(world.node("a").leases.get("h"))).toBe("r3 h");
    expect(world.work.permits.refused).toBeGreaterThan(0);
    const news = world.coordinator.pollNews();
    expect(news).toMatchObject({ code: "PERMITS_REFUSED", about: { relay: "r1", reason: "no-offer" } });
    // The coordinator finds out that the relay has come to reason.
    world.node("r1").refuses = false;
    world.until("r1 is used", () => viaOf(world.node("a").leases.get("h")).includes("r1"), 5 * MINUTE);
  });

  test("has the relays soon that were told a moment too late for it", () => {
    const world = three();
    world.node("r3").isUp = false;
    world.until("a has a lease", () => world.node("a").leases.has("h"), 10_000);
    expect(viaOf(world.node("a").leases.get("h"))).toBe("r1 h, r2 h");
    world.node("r3").isUp = true;
    world.touch("r3");
    const took = world.until("all are used", () => viaOf(world.node("a").leases.get("h")).includes("r3"), MINUTE);
    expect(took).toBeLessThan(12_000);
  });

  test("has the routes of a relay as soon as that has its permits, which it was late to take", () => {
    const world = three();
    const [a, r1] = [world.node("a"), world.node("r1")];
    r1.isDeaf = true;
    world.until("a has a lease", () => a.leases.has("h"), 10_000);
    expect(viaOf(a.leases.get("h"))).toBe("r2 h, r3 h");
    const [shown] = [...world.work.leases.shown(world.at)];
    expect(shown?.waitsFor).toEqual(["r1"]);
    r1.isDeaf = false;
    // Permits that nobody acknowledged go again after five seconds: looks of the coordinator are ten seconds apart.
    const took = world.until("r1 is leased", () => viaOf(a.leases.get("h")) === "r2 h, r3 h, r1 h", MINUTE);
    expect(took).toBeLessThan(6_000);
    expect(world.walks(a, a.leases.get("h")!.fact.id, 2)).toBe(true);
    world.run(5_000);
    expect(world.work.leases).toMatchObject({ given: 2, taken: 2 });
  });

  test("is replaced at once where its only route dies while a relay is still waited for", () => {
    const world = three();
    const a = world.node("a");
    world.node("r1").isDeaf = true;
    world.node("r3").isUp = false;
    world.until("a has a lease", () => viaOf(a.leases.get("h")) === "r2 h", 10_000);
    world.node("r3").isUp = true;
    world.node("r2").isUp = false;
    for (const relay of ["r2", "r3"]) world.touch(relay);
    const took = world.until("another lease", () => viaOf(a.leases.get("h")) === "r3 h", MINUTE);
    expect(took).toBeLessThan(6_000);
  });

  test("comes to each of many that ask one after the other, though relays speak seldom: they get no newer permits meanwhile", () => {
    const names = Array.from({ length: 24 }, (_, at) => `o${at}`);
    const world = new World({
      nodes: { h: undefined, r: 100_000, ...Object.fromEntries(names.map((name) => [name, undefined])) },
      links: [["r", "h"], ...names.map((name) => [name, "r"] as const)],
    });
    world.node("r").letterMs = 3_000;
    world.run(10_000);
    const { permits } = world.work;
    const before = permits.sent;
    for (const name of names) {
      [world.node(name).hosts, world.node(name).reportAt] = [["h"], 0];
      world.run(400);
    }
    world.run(8_000);
    expect(names.filter((name) => !world.isServed(world.node(name)))).toEqual([]);
    expect(permits.sent - before).toBeLessThan(10);
    expect(world.work.leases.avoided.size).toBe(0);
  });

  test("is tried again soon over relays that were silent, where there are no others", () => {
    const world = three();
    const relays = ["r1", "r2", "r3"].map((name) => world.node(name));
    for (const relay of relays) relay.isDeaf = true;
    world.until("all were silent", () => world.coordinator.work?.leases.avoided.size === 3, MINUTE);
    for (const relay of relays) relay.isDeaf = false;
    const took = world.until("a is served", () => world.isServed(world.node("a")), MINUTE);
    expect(took).toBeLessThan(10_000);
  });

  test("is composed anew around a relay that drops packets, by the word of the origin alone", () => {
    const world = three();
    world.run(10_000);
    world.node("r1").drops = true;
    // No route of the lease carries but the alternates: the origin says so with its next report.
    for (const name of ["r2", "r3"]) world.node(name).drops = true;
    world.run(2 * MINUTE);
    for (const name of ["r2", "r3"]) world.node(name).drops = false;
    world.run(6 * MINUTE);
    expect(viaOf(world.node("a").leases.get("h")).split(",")[0]).not.toContain("r1");
  });

  test("ends where nobody asks for it any more, and so do its permits", () => {
    const world = three();
    world.run(10_000);
    expect(world.rateOf(world.node("r1"))).toBe(8_000);
    world.node("a").hosts = [];
    world.node("a").leases.clear();
    world.node("a").reportAt = 0;
    world.until("permits end", () => world.rateOf(world.node("r1")) === 0, MINUTE);
    expect(world.work.leases.wanted).toBe(0);
  });

  test("that nobody asks for any more while its relays are silent has them given nothing again and again", () => {
    const world = three();
    for (const name of ["r1", "r2", "r3"]) world.node(name).isDeaf = true;
    const waitsFor = (): number => [...world.work.leases.shown(world.at)][0]?.waitsFor.length ?? 0;
    world.until("it waits for them", () => waitsFor() === 3, 10_000);
    [world.node("a").hosts, world.node("a").reportAt] = [[], 0];
    world.until("nobody asks for it", () => world.work.leases.wanted === 0, MINUTE);
    world.run(MINUTE);
    const give = vi.spyOn(world.work.guests, "give");
    world.run(5 * MINUTE);
    expect(give).not.toHaveBeenCalled();
  });

  test("ends with the node that it is for, and so do its permits", () => {
    const world = three();
    world.run(10_000);
    const { wall } = world.at;
    const body = { kind: "node", subject: "a", epoch: 2, void: true, body: {} };
    world.take(world.cluster.control({ ...body, issued: wall, expires: wall + 400 * 86_400_000 }));
    world.until("permits end", () => world.rateOf(world.node("r1")) === 0, MINUTE);
  });

  test("is not had without a host that says that it has the service, and the reason is shown", () => {
    const world = three();
    world.node("a").hosts = ["nobody", "h"];
    world.run(10_000);
    const faults = [...world.work.leases.shown(world.at)].map(({ host, fault }) => [host, fault]);
    expect(faults).toEqual([
      ["nobody", "no-service"],
      ["h", undefined],
    ]);
  });
});

describe("letters", () => {
  const letter = (records: readonly Uint8Array[] = [], wait = 45): Uint8Array =>
    writeRoutesLetter({ wait, records, acknowledged: [] });

  test("wait until there is something to tell, and one of a node at a time", () => {
    const world = three();
    world.node("a").hosts = [];
    world.run(2_000);
    const { open } = world.node("a");
    expect(open).toBeDefined();
    world.run(30_000);
    expect(world.node("a").open).toBe(open);
    world.node("a").reportAt = 0;
    world.run(2_000);
    expect(world.node("a").open).not.toBe(open);
    expect(world.node("a").outcomes).toEqual([]);
    // Each ends by itself.
    const next = world.node("a").open;
    world.run(MINUTE);
    expect(world.node("a").open).not.toBe(next);
  });

  test("of whoever has not the key of the node, or is of another partition, are not answered to", () => {
    const world = three();
    world.run(2_000);
    const [a, r1] = [world.node("a"), world.node("r1")];
    world.post(r1, letter(), r1.key.key, "a");
    world.post(r1, letter([world.report(r1)]), r1.key.key, "stranger");
    world.step();
    expect(r1.outcomes).toEqual([Outcome.unknownSender, Outcome.unknownSender]);
    world.take(world.cluster.node(r1.key, { epoch: 2 }, { partition: "south" }));
    world.post(r1, letter());
    world.post(a, Buffer.from("no letter"));
    world.step();
    expect([r1.outcomes.length, a.outcomes]).toEqual([3, [Outcome.malformed]]);
  });

  test("with the report of another node, one that is not signed by its node, or an older one, change nothing", () => {
    const world = three();
    world.run(2_000);
    const [a, h] = [world.node("a"), world.node("h")];
    const { reported } = world.coordinator;
    const before = reported.get("taken");
    const [old, next] = [world.report(a), world.report(a)];
    world.post(a, letter([world.report(h)]));
    world.post(a, letter([world.report(h, {}, a.key)]));
    world.post(a, letter([next]));
    world.post(a, letter([old]));
    world.post(a, letter([next]));
    expect([reported.get("not-mine"), reported.get("unknown-key"), reported.get("older")]).toEqual([1, 1, 2]);
    expect(reported.get("taken")).toBe(before! + 1);
  });

  test("in a flood are answered as busy, and nobody else waits for it", () => {
    const world = three();
    world.run(2_000);
    const r3 = world.node("r3");
    for (let count = 0; count < 5_000; count++) world.post(r3, letter([], 0));
    expect(world.work.guests.tooMany).toBeGreaterThan(4_980);
    world.node("a").hosts = ["h"];
    world.until("a has a lease", () => world.node("a").leases.has("h"), 10_000);
    expect(world.work.guests.size).toBe(6);
  });

  test("that acknowledge what was never sent, with pairs of nobody, change nothing", () => {
    const world = three();
    const liar = world.node("r1");
    world.until("permits are on their way", () => liar.told.length > 0, 10_000);
    const left = Array.from({ length: 448 }, (_, at) => [at, at + 1] as const);
    for (const id of ["ab".repeat(32), world.node("r2").told[0]!.id]) {
      world.post(liar, writeRoutesLetter({ wait: 0, records: [], acknowledged: [{ id, outcome: "no-offer", left }] }));
    }
    world.run(5_000);
    expect(viaOf(world.node("a").leases.get("h"))).toContain("r2");
    expect(world.work.permits.refused).toBe(0);
  });

  test("that leave out all pairs, each time, cost the relay its own routes alone", () => {
    const world = three();
    world.until("permits are on their way", () => world.node("r1").told.length > 0, 10_000);
    const [told] = world.node("r1").told;
    world.node("r1").acknowledged = [{ ...told!, left: [[16, 17]] }];
    world.run(5_000);
    expect(viaOf(world.node("a").leases.get("h"))).toBe("r2 h, r3 h");
  });
});

test("a coordinator rests without the role, and begins when it gets it", () => {
  const world = three();
  world.run(2_000);
  expect(world.coordinator.work).toBeDefined();
  const body = { kind: "role", subject: "c1/route-coordinator/north", epoch: 2, void: true };
  world.take(
    world.cluster.control({ ...body, issued: world.at.wall, expires: world.at.wall + 30 * 86_400_000, body: {} }),
  );
  world.run(2_000);
  expect(world.coordinator.work).toBeUndefined();
});

/** The time until an origin has a lease of a coordinator that has just started, where the origin uses one of that coordinator before. */
function untilLeased(world: World, coordinator: string): number {
  const former = { lease: "ab".repeat(32), coordinator, route: 0, measured: [] };
  const a = world.node("a");
  world.post(a, writeRoutesLetter({ wait: 0, records: [world.report(a, { routes: [former] })], acknowledged: [] }));
  world.coordinator.advance(world.at);
  world.post(a, writeRoutesLetter({ wait: 0, records: [world.report(a, { routes: [former] })], acknowledged: [] }));
  a.reportAt = world.now + 2_000;
  return world.until("a has a lease", () => a.leases.has("h"), 2 * MINUTE);
}

test("one that has just started, and hears of leases of its own that it does not know, waits before it takes their pairs away", () => {
  expect(untilLeased(three(), "c1")).toBeGreaterThan(50_000);
});

test("one that has just started waits for no lease of another coordinator", () => {
  expect(untilLeased(three(), "c2")).toBeLessThan(5_000);
});
