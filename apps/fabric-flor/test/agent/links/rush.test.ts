import { runs } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { RushWorld } from "./rush-world.ts";

const SECOND = 1_000;
const MINUTE = 60_000;
const TIMEOUT = { timeout: 600_000 };

test(
  "devices that all come at once are let in by places: where there are fewer than they would have, those with several make room",
  TIMEOUT,
  () => {
    const edges = runs(1_000, 100);
    const hubs = 3;
    // Each could have one and a half places: devices that come first take up to four.
    const world = new RushWorld({ hubs, edges, places: Math.ceil((1.5 * edges) / hubs) });
    world.run(2 * SECOND);
    expect(world.percentIn).toBeGreaterThan(30);
    expect(world.percentIn).toBeLessThan(70);
    expect(world.until(() => world.percentIn === 100, 6 * MINUTE)).toBeLessThan(360);
    // A device calls a hub once, and again no sooner than its pause is over.
    expect(world.peak).toBeLessThanOrEqual(1.1 * edges);
    const calls = [...world.calls.values()].reduce((sum, count) => sum + count, 0);
    expect(calls / edges).toBeLessThan(60);
    // Whoever is in stays in.
    let isIn = true;
    for (let second = 0; second < 180; second++) {
      world.run(SECOND);
      isIn &&= world.percentIn === 100;
    }
    expect(isIn).toBe(true);
  },
);

test(
  "devices that know of seeds alone, which have fewer places than all of them would take, are all in within 40 s: whoever has found other relays leaves the seeds",
  TIMEOUT,
  () => {
    const edges = runs(960, 120);
    const world = new RushWorld({ hubs: 13, seeds: 3, edges, places: Math.ceil(edges / 3) });
    expect(world.until(() => world.percentIn === 100, MINUTE)).toBeLessThan(40);
    expect(world.peak).toBeLessThanOrEqual(1.1 * edges);
    const calls = [...world.calls.values()].reduce((sum, count) => sum + count, 0);
    expect(calls / edges).toBeLessThan(20);
    // Seeds have room for whoever comes next, and nobody goes back to them without need.
    world.run(MINUTE);
    for (const seed of world.hubs.slice(-3)) expect(seed.up.size).toBeLessThan((3 / 4) * Math.ceil(edges / 3));
    expect(world.percentIn).toBe(100);
  },
);

test("devices of a hub that has died go to the others, and each has a link all the time", TIMEOUT, () => {
  const edges = runs(1_000, 100);
  const world = new RushWorld({ hubs: 6, edges, places: edges });
  expect(world.until(() => world.percentIn === 100, MINUTE)).toBeLessThan(10);
  world.run(MINUTE);
  const lost = world.hubs[0]!.up.size;
  world.lose(world.hubs[0]!);
  world.calls.clear();
  const haveEnough = (): boolean => world.edges.every(({ up }) => up.size >= 3);
  let isIn = true;
  const seconds = world.until(() => {
    isIn &&= world.percentIn === 100;
    return haveEnough();
  }, 2 * MINUTE);
  expect(seconds).toBeLessThan(60);
  expect(isIn).toBe(true);
  expect(world.peak).toBeLessThanOrEqual(lost);
});
