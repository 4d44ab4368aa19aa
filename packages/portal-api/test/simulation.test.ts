import { Random, runs } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import type { LinkWish } from "../src/link.ts";
import { keyOf, PortalWorld } from "./portal-world.ts";

const SEEDS = runs(120, 40);

/** Half a minute of wishes, flaps, congestion, restarts and clock steps on a bad channel; then five quiet seconds. */
function run(seed: number): PortalWorld {
  const random = new Random(seed);
  const world = new PortalWorld(random, {
    lossProbability: 0.25,
    duplicateProbability: 0.2,
    delayMsMin: 0,
    delayMsMax: seed % 3 === 0 ? 400 : 20,
  });
  const peers = ["b", "c", "d", "e"];
  const randomWish = (): LinkWish => {
    const key = { peer: random.pick(peers), tag: random.pick(["0", "1"]) };
    const role = random.pick(["originator", "acceptor"] as const);
    return { ...key, role, endpoint: role === "originator" ? `udp://10.0.0.${random.between(1, 3)}:4433` : "" };
  };
  const step = (): void => {
    const dice = random.below(100);
    if (dice < 35) world.wish(randomWish());
    else if (dice < 50 && world.wishes.size > 0) world.unwish(random.pick([...world.wishes.values()]));
    else if (dice < 80 && world.link.links.size > 0) {
      const link = random.pick([...world.link.links.values()]);
      world.link.setStatus(link, random.pick(["up", "up", "down", "connecting"]), random.chance(0.3));
    } else if (dice < 86) world.restartCluster(random.chance(0.5), random.chance(0.2) ? -60_000 : 0);
    else if (dice < 92) world.restartLink(random.chance(0.5), random.chance(0.2) ? -60_000 : 0);
    else if (dice < 95) {
      world.toServer.faults.isCut = true;
      world.toClient.faults.isCut = random.chance(0.7);
      world.scheduler.after(random.below(5_000), () => {
        world.toServer.faults.isCut = false;
        world.toClient.faults.isCut = false;
      });
    }
    if (world.scheduler.now < 30_000) world.scheduler.after(random.below(600), step);
  };
  world.connect();
  step();
  world.scheduler.runUntil(36_000);
  for (const channel of [world.toServer, world.toClient]) {
    Object.assign(channel.faults, { lossProbability: 0, duplicateProbability: 0, delayMsMax: 5, isCut: false });
  }
  world.scheduler.runFor(5_000);
  return world;
}

describe("whatever is lost, late, doubled or restarted, wishes and links become one", () => {
  test.each(Array.from({ length: SEEDS }, (_, seed) => seed))("seed %i", (seed) => {
    run(seed).expectConverged();
  });
});

test("equal seeds give equal runs", () => {
  expect(run(7).link.events).toEqual(run(7).link.events);
  expect(run(7).cluster.events).toEqual(run(7).cluster.events);
});

test("a thousand links are opened, adopted by a new instance, and closed, in spite of loss", () => {
  const world = new PortalWorld(new Random(1), { lossProbability: 0.1, delayMsMax: 10 });
  const wishes = Array.from({ length: 1_000 }, (_, index): LinkWish => {
    return { peer: `vertex-${index}`, tag: "0", role: "acceptor", endpoint: "" };
  });
  for (const wish of wishes) world.wish(wish);
  world.connect();
  world.scheduler.runUntil(10_000);
  world.expectConverged();
  const opens = world.link.events.filter(({ kind }) => kind === "open").length;
  world.restartCluster(true);
  world.scheduler.runUntil(20_000);
  world.expectConverged();
  expect(world.link.events.filter(({ kind }) => kind === "open").length, "adopted, not opened again").toBe(opens);
  for (const wish of wishes) world.unwish(wish);
  world.scheduler.runUntil(30_000);
  world.expectConverged();
  expect(world.link.links.size).toBe(0);
});

test("every change is told at once on a good channel, and within 200 ms when one in ten messages is lost", () => {
  const random = new Random(3);
  const world = new PortalWorld(random, { delayMsMin: 1, delayMsMax: 1 });
  const wish = { peer: "b", tag: "0", role: "acceptor", endpoint: "" } as const;
  world.wish(wish);
  world.connect();
  world.scheduler.runUntil(1_000);
  const delayOf = (isCongested: boolean): number => {
    const start = world.scheduler.now;
    world.link.setStatus(wish, "up", isCongested);
    while (world.cluster.links.get(keyOf(wish))?.isCongested !== isCongested) world.scheduler.runFor(1);
    return world.scheduler.now - start;
  };
  for (let round = 0; round < 20; round++) {
    expect(delayOf(round % 2 === 0)).toBeLessThanOrEqual(1);
    world.scheduler.runFor(random.below(200));
  }
  const delays: number[] = [];
  for (let round = 0; round < 100; round++) {
    // The news itself is lost each time.
    world.toClient.faults.isCut = true;
    world.scheduler.after(0.5, () => (world.toClient.faults.isCut = false));
    delays.push(delayOf(round % 2 === 0));
    world.scheduler.runFor(random.below(300));
  }
  expect(Math.max(...delays)).toBeLessThanOrEqual(200);
  expect(Math.max(...delays)).toBeGreaterThan(20);
});
