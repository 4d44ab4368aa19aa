import { runs } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { LeaderWorld, type WorldOptions } from "./leader-world.ts";

const SEEDS = runs(1_000, 30);
const worlds: readonly (readonly [string, WorldOptions])[] = [
  ["one coordinator", { hosts: 2, coordinators: 1, rule: "one" }],
  ["three coordinators", { hosts: 3, coordinators: 3, rule: "one" }],
  ["three coordinators that have to agree", { hosts: 3, coordinators: 3, rule: "majority" }],
  [
    "three that have to agree, one of them captured",
    { hosts: 3, coordinators: 3, rule: "majority", isOneCaptured: true },
  ],
];

describe.each(worlds)("%s", (_, options) => {
  test(
    "never two hosts serve at once, whatever is stopped, suspended, cut off or restarted",
    { timeout: 300_000 },
    () => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const world = new LeaderWorld(seed, options);
        for (let step = 0; step < 60; step++) {
          expect(world.run(world.random.between(100, 8_000)), `seed ${seed}`).toBeUndefined();
          world.disturb();
        }
        world.heal();
        expect(world.untilServed(), `seed ${seed}: nobody serves a minute after all is healed`).toBeDefined();
        expect(world.run(60_000), `seed ${seed}`).toBeUndefined();
        expect(world.serving(), `seed ${seed}`).toHaveLength(1);
      }
    },
  );

  test("a leader that stops is followed by another one within 20 s at p95", () => {
    const times: number[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const world = new LeaderWorld(seed, { ...options, isCalm: true });
      expect(world.untilServed(), `seed ${seed}`).toBeLessThan(15_000);
      world.run(world.random.between(10_000, 20_000));
      const [leader] = world.serving();
      world.hosts.find(({ process }) => process.name === leader)!.process.stop(false);
      times.push(world.untilServed(leader) ?? Infinity);
    }
    times.sort((a, b) => a - b);
    expect(times[Math.floor(times.length * 0.95)]).toBeLessThan(20_000);
    expect(times[0]).toBeGreaterThan(10_000);
  });
});

test("without a majority of the store nobody serves for longer than a grant", () => {
  const world = new LeaderWorld(1, { hosts: 2, coordinators: 3, rule: "one", isCalm: true });
  expect(world.untilServed()).toBeDefined();
  world.hasMajority = false;
  world.run(10_300);
  expect(world.serving()).toEqual([]);
  world.hasMajority = true;
  expect(world.untilServed()).toBeLessThan(4_000);
});

test("a captured coordinator names nobody where a majority has to", () => {
  const world = new LeaderWorld(1, { ...worlds[3]![1], isCalm: true });
  expect(world.run(120_000)).toBeUndefined();
  expect([...world.served]).toEqual(["h0"]);
  expect(world.log.filter(({ issuer }) => issuer === "c0").length).toBeGreaterThan(10);
});

test("a store that was lost names nobody before all grants are over", () => {
  const world = new LeaderWorld(1, { hosts: 2, coordinators: 1, rule: "one", isCalm: true });
  expect(world.untilServed()).toBeGreaterThan(10_000);
  expect(world.serving()).toEqual(["h0"]);
  // The leader cannot ask any more, and serves until its grant ends.
  world.cut.add("h0 c0");
  world.log.length = 0;
  world.coordinators[0]!.restart();
  expect(world.run(60_000)).toBeUndefined();
  expect(world.serving()).toEqual(["h1"]);
});
