/**
 * Thirty nodes and their coordinator in virtual time: relays die, refuse, are silent, leave pairs out and lie, links break. No relay permits more than its owner offers, no route is
 * given whose honest relays do not permit it, and a while after all is healed each origin is served.
 */
import { writeRoutesLetter } from "@florenetes/feed";
import { isSoak, Random, runs } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { World } from "./world.ts";
import type { WorldNode } from "./world-node.ts";

const MINUTE = 60_000;
const OFFER = 50_000;

function worldOf(random: Random): World {
  const relays = Array.from({ length: 8 }, (_, at) => `r${at}`);
  const edges = Array.from({ length: 20 }, (_, at) => `e${at}`);
  const hosts = ["h0", "h1"];
  const nodes = Object.fromEntries([
    ...relays.map((name) => [name, OFFER] as const),
    ...[...edges, ...hosts].map((name) => [name, undefined] as const),
  ]);
  const links = new Map<string, readonly [string, string, number]>();
  const join = (a: string, b: string): void => {
    if (a !== b && !links.has(`${b} ${a}`)) links.set(`${a} ${b}`, [a, b, random.between(1_000, 40_000)]);
  };
  for (const name of [...edges, ...hosts]) for (let count = 0; count < 3; count++) join(name, random.pick(relays));
  for (const relay of relays) for (let count = 0; count < 3; count++) join(relay, random.pick(relays));
  const world = new World({ nodes, links: [...links.values()] });
  for (const name of edges) world.node(name).hosts = hosts;
  return world;
}

/** The trouble that one relay or link makes for a while. */
function trouble(world: World, random: Random): () => void {
  const relay = world.node(`r${random.below(8)}`);
  const kind = random.below(5);
  if (kind === 0) {
    const link = random.pick(world.links);
    link.isUp = false;
    world.touch(...link.ends);
    return () => {
      link.isUp = true;
      world.touch(...link.ends);
    };
  }
  const set = (isBad: boolean): void => {
    if (kind === 1) {
      relay.isUp = !isBad;
      world.touch(relay.name);
    } else if (kind === 2) relay.refuses = isBad;
    else if (kind === 3) relay.isDeaf = isBad;
    else relay.drops = isBad;
  };
  set(true);
  return () => set(false);
}

/** A relay says of everything that was sent to anybody that it is refused, and tells links that are not there. */
function lie(world: World, liar: WorldNode): void {
  const others = [...world.nodes.values()].filter(({ name }) => name !== liar.name);
  const acknowledged = others
    .flatMap(({ told }) => told.slice(-1))
    .slice(0, 32)
    .map(({ id }) => ({ id, outcome: "no-offer", left: [[16, 17]] as const }));
  const links = others.slice(0, 20).map(({ name }, at) => ({
    label: 500 + at,
    peer: name,
    figures: [0, 0, 0, 1_000_000_000, 0, 65_535, 0] as const,
  }));
  const records = [world.report(liar, { links }), world.report(others[0]!)];
  world.post(liar, writeRoutesLetter({ wait: 0, records, acknowledged }));
}

test.each(Array.from({ length: runs(20, 1) }, (_, seed) => seed + 1))("origins are served: seed %d", (seed) => {
  const random = new Random(seed);
  const world = worldOf(random);
  const honest = [...world.nodes.values()];
  let heals: (() => void)[] = [];
  for (let count = 0; count < (isSoak ? 120 : 25); count++) {
    if (heals.length > 3 || random.chance(0.3)) {
      for (const heal of heals) heal();
      heals = [];
    } else heals.push(trouble(world, random));
    lie(world, world.node("r7"));
    world.run(random.between(1_000, 12_000));
    for (const relay of honest.filter(({ offer }) => offer !== undefined))
      expect(world.rateOf(relay)).toBeLessThanOrEqual(OFFER);
  }
  for (const heal of heals) heal();
  world.run(5 * MINUTE);
  const edges = honest.filter(({ hosts }) => hosts.length > 0);
  expect(edges.filter((edge) => !world.isServed(edge)).map(({ name }) => name)).toEqual([]);
  // The liar has spoken for nobody else.
  expect(world.coordinator.reported.get("not-mine")).toBe(isSoak ? 120 : 25);
  expect(world.work.leases.wanted).toBe(40);
  expect(world.work.plan.size).toBeLessThan(3 * 40);
});
