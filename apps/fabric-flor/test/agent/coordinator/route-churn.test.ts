/** Origins that have leases composed all the time are slowed: their leases go on, and those of others come as fast as before. */
import { writeRoutesLetter } from "@florenetes/feed";
import { describe, expect, test } from "vitest";
import { CHURN_PAUSE_MS, MOST, SLOWED_MS } from "../../../src/agent/misuse/limits.ts";
import { viaOf, World } from "./world.ts";

const MINUTE = 60_000;
const NODE_MOST = MOST["route-churn"].node!;

/** Origins a (acme), b (acme) and o (other), and hosts behind two relays. */
function scene(): World {
  const ends = ["a", "b", "o", "h", "g"];
  const names = Object.fromEntries(ends.map((name) => [name, undefined]));
  const links = ["r1", "r2"].flatMap((relay) => ends.map((name) => [name, relay, 5_000] as const));
  const world = new World({ nodes: { ...names, r1: 1_000_000, r2: 1_000_000 }, links, organizations: { o: "other" } });
  world.run(2 * MINUTE);
  return world;
}

/** Has the coordinator count a node up to its limit, as other hosts asked for would. */
function fill(world: World, name: string, organization = "acme"): void {
  for (let done = 0; done < NODE_MOST; done++) world.misuse.countNode("route-churn", name, organization, world.at);
}

const leaseOf = (world: World, name: string, host = "h"): string | undefined =>
  world.node(name).leases.get(host)?.fact.id;

const countOf = (world: World, name: string): number =>
  world.misuse.shown(world.at).find((each) => each.by === "node" && each.name === name)?.count ?? 0;

/** Has a node ask for hosts. */
function ask(world: World, name: string, hosts: readonly string[]): void {
  world.node(name).hosts = hosts;
  world.node(name).reportAt = 0;
}

describe("an origin", () => {
  test("causes hosts that it asks for anew, and other rates, and neither renewals nor what a dead relay brings about", () => {
    const world = scene();
    ask(world, "a", ["h"]);
    world.run(30 * MINUTE);
    expect(countOf(world, "a")).toBe(1);
    world.node("r1").isUp = false;
    world.touch("r1");
    world.run(MINUTE);
    world.node("r1").isUp = true;
    world.touch("r1");
    world.run(MINUTE);
    expect(countOf(world, "a")).toBe(1);
    world.rate = 700;
    ask(world, "a", ["h", "g"]);
    world.run(MINUTE);
    expect(countOf(world, "a")).toBe(3);
  });

  test("causes a lease by doubts where nothing else speaks for it", () => {
    const world = scene();
    ask(world, "a", ["h"]);
    world.run(MINUTE);
    const first = leaseOf(world, "a");
    const relay = world.node(viaOf(world.node("a").leases.get("h")).split(" ")[0]!);
    relay.drops = true;
    ask(world, "a", ["h"]);
    world.until("another lease has the other relay first", () => leaseOf(world, "a") !== first, MINUTE);
    expect(countOf(world, "a")).toBe(2);
  });

  test("that is slowed keeps its lease, which is renewed, gets another rate once a minute and a first lease after a minute", () => {
    const world = scene();
    ask(world, "a", ["h"]);
    world.run(MINUTE);
    fill(world, "a");
    const first = leaseOf(world, "a");
    let [changes, last] = [0, first];
    // The origin asks for another rate with each letter, for 20 minutes.
    for (let passed = 0; passed < 20 * MINUTE; passed += 2_000) {
      world.rate = world.rate === 500 ? 600 : 500;
      ask(world, "a", ["h"]);
      world.run(2_000);
      expect(world.isServed(world.node("a"))).toBe(true);
      if (leaseOf(world, "a") === last) continue;
      [changes, last] = [changes + 1, leaseOf(world, "a")];
    }
    expect(changes).toBeGreaterThan(3);
    expect(changes).toBeLessThanOrEqual((20 * MINUTE) / CHURN_PAUSE_MS + 4);
    ask(world, "a", ["h", "g"]);
    world.run(CHURN_PAUSE_MS - 5_000);
    expect(leaseOf(world, "a", "g")).toBe(undefined);
    world.until("the first lease comes after a minute", () => leaseOf(world, "a", "g") !== undefined, 10_000);
    // Nothing is asked for any more, and nobody is slowed.
    world.run(SLOWED_MS);
    world.misuse.advance(world.at);
    expect(world.misuse.slowed().get("route-churn")).toBe(0);
  });

  test("that is slowed has a lease composed anew at once whose relay has died", () => {
    const world = scene();
    ask(world, "a", ["h"]);
    world.run(MINUTE);
    fill(world, "a");
    fill(world, "a");
    for (const relay of ["r1", "r2"]) world.node(relay).isUp = false;
    world.touch("r1", "r2");
    world.run(MINUTE);
    for (const relay of ["r1", "r2"]) world.node(relay).isUp = true;
    world.touch("r1", "r2");
    world.until("packets pass again", () => world.isServed(world.node("a")), 15_000);
  });

  test("slows no other one, neither of its organization nor of others", () => {
    const firstLeases = (isBeside: boolean): readonly number[] => {
      const world = scene();
      for (let passed = 0; passed < (isBeside ? 18 * MINUTE : 0); passed += 1_000) {
        ask(world, "a", passed % 2_000 === 0 ? ["h", "g"] : []);
        world.run(1_000);
      }
      if (isBeside) expect(world.misuse.isSlowed("route-churn", { by: "node", name: "a" }, world.at)).toBe(true);
      return ["b", "o"].map((name) => {
        ask(world, name, ["h"]);
        return world.until(`${name} has a lease`, () => leaseOf(world, name) !== undefined, MINUTE);
      });
    };
    const [alone, beside] = [firstLeases(false), firstLeases(true)];
    for (const [place, ms] of beside.entries()) expect(ms).toBeLessThanOrEqual(alone[place]! + 2_000);
  });
});

test("a node that hands in reports that are of others, or that nobody has signed, is counted for it, and then read once in 2 s", () => {
  const world = scene();
  const [a, b] = [world.node("a"), world.node("b")];
  const letter = (records: readonly Uint8Array[]): Uint8Array =>
    writeRoutesLetter({ wait: 0, records, acknowledged: [] });
  const most = MOST.authentication.node!;
  for (let done = 0; done <= most; done++) {
    const changed = world.report(a);
    changed[changed.length - 1]! ^= 1;
    world.post(a, letter([done % 2 === 0 ? world.report(b) : changed]));
    world.run(1_000);
  }
  expect(world.misuse.shown(world.at)).toMatchObject([
    { of: "authentication", by: "node", name: "a", count: most + 1 },
  ]);
  expect(world.misuse.isSlowed("authentication", { by: "node", name: "a" }, world.at)).toBe(true);
  expect(world.misuse.mayLook("authentication", { by: "node", name: "b" }, world.at)).toBe(true);
});
