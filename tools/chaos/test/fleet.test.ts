import { assert, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { FLEET_FAULT_KINDS, type Fault } from "../src/fault.ts";
import { FLEET_DECK } from "../src/fleet/fleet-deck.ts";
import { judgeBacks } from "../src/fleet/fleet-verdict.ts";
import { BEHIND_NAT, fleetNodes, fleetPlan, NODES } from "../src/fleet/terrain.ts";
import { forEachInTurn } from "../src/fleet/for-each-in-turn.ts";
import { FLEET_WORKLOADS } from "../src/fleet/workloads.ts";
import { schedule } from "../src/schedule.ts";

const COUNT = 120;
const seeds = integer({ min: 1, max: 999_999_999 });
const ENDS = ["a", "b", "x", "y"];

function take(seed: number): Fault[] {
  const faults = schedule(seed, FLEET_FAULT_KINDS, FLEET_DECK);
  return Array.from({ length: COUNT }, () => faults.next().value);
}

test("faults of a fleet move the ends of streams, and end none of their vertices", () => {
  assert(
    property(seeds, (seed) => {
      for (const { kind, target } of take(seed))
        if ("node" in target && kind !== "move") expect(ENDS).not.toContain(target.node);
    }),
  );
});

test("twelve nodes have no link in a file, and half of them stand behind routers", () => {
  expect(fleetNodes().links).toEqual([]);
  expect([NODES.length, BEHIND_NAT.length]).toEqual([12, 6]);
});

test("each workload finds its services by name, at hosts that have them", () => {
  const { services, tunnels } = fleetPlan(FLEET_WORKLOADS, "/first.fact");
  for (const { service, node } of tunnels) {
    expect(ENDS).toContain(node);
    for (const host of Object.keys(services[service]!.targets)) expect(["x", "y"]).toContain(host);
  }
});

test("all are back where 99 of 100 times took a minute or less", () => {
  const backs = (longMs: number) =>
    Array.from({ length: 100 }, (_, at) => ({ movingMs: 500, backMs: at < 2 ? longMs : 1_000 }));
  expect(judgeBacks(backs(60_000)).flatMap(({ findings }) => findings)).toEqual([]);
  const [moving, late] = judgeBacks(backs(61_000));
  expect(moving!.figures).toBe("after 100 times with faults: 0.5 s (p50), 0.5 s (p99), 0.5 s at most");
  expect(late!.findings).toEqual(["p99 is 61.0 s, and should be 60.0 s"]);
  expect(judgeBacks([])[0]!.figures).toBe("there was no fault");
});

test("what fails for some is done for all others, and told in the end", () => {
  const done: number[] = [];
  const act = (each: number): void => {
    if (each % 2 === 0) throw new Error(`${each} is even`);
    done.push(each);
  };
  expect(() => forEachInTurn([1, 2, 3], act)).toThrow("2 is even");
  expect(() => forEachInTurn([2, 4, 5], act)).toThrow("2 is even; 4 is even");
  expect(done).toEqual([1, 3, 5]);
});
