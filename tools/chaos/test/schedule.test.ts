import { assert, integer, property, subarray } from "fast-check";
import { describe, expect, test } from "vitest";
import { FABRIC_FAULT_KINDS, FLEET_FAULT_KINDS, FAULT_KINDS, type Fault, VPN_FAULT_KINDS } from "../src/fault.ts";
import { HAND_DECK } from "../src/hand-deck.ts";
import { PROMISES } from "../src/promises.ts";
import { endOf, schedule } from "../src/schedule.ts";
import { ENDS } from "../src/terrain.ts";

const COUNT = 120;
const seeds = integer({ min: 1, max: 999_999_999 });

function take(seed: number, count: number, kinds: readonly (typeof FAULT_KINDS)[number][] = FAULT_KINDS): Fault[] {
  const faults = schedule(seed, kinds, HAND_DECK);
  return Array.from({ length: count }, () => faults.next().value);
}

/** Pairs of faults that go on at the same time. */
function pairs(faults: readonly Fault[]): (readonly [Fault, Fault])[] {
  return faults.flatMap((one, index) =>
    faults
      .slice(index + 1)
      .filter((other) => other.atMs < endOf(one))
      .map((other) => [one, other] as const),
  );
}

describe("a schedule", () => {
  test("is the same for the same seed, and another one for another", () => {
    assert(
      property(seeds, (seed) => {
        expect(take(seed, COUNT)).toEqual(take(seed, COUNT));
      }),
    );
    expect(take(1, COUNT)).not.toEqual(take(2, COUNT));
  });

  test("begins with each kind once, in some order", () => {
    assert(
      property(seeds, subarray([...FAULT_KINDS], { minLength: 1 }), (seed, kinds) => {
        const first = take(seed, kinds.length, kinds).map(({ kind }) => kind);
        expect(first.toSorted()).toEqual(kinds.toSorted());
      }),
    );
  });

  test("goes forward in time, and lets faults overlap", () => {
    let overlaps = 0;
    assert(
      property(seeds, (seed) => {
        const faults = take(seed, COUNT);
        const times = faults.map(({ atMs }) => atMs);
        expect(times).toEqual(times.toSorted((one, other) => one - other));
        overlaps += pairs(faults).length;
      }),
    );
    expect(overlaps).toBeGreaterThan(0);
  });

  test("never strikes both disjoint paths at once, but by a fault of an end alone, which ends no connection against the documents", () => {
    assert(
      property(seeds, (seed) => {
        const faults = take(seed, COUNT);
        for (const [one, other] of pairs(faults)) {
          expect(one.isAlone || other.isAlone).toBe(false);
          const ways = new Set([...one.ways, ...other.ways]);
          expect(ways.has("upper") && ways.has("lower")).toBe(false);
        }
        for (const { ways, isAlone, target } of faults) {
          if (!ways.includes("upper") || !ways.includes("lower")) continue;
          expect(isAlone).toBe(true);
          expect(ENDS.map(({ node }) => node)).toContain("node" in target ? target.node : undefined);
        }
      }),
    );
  });

  test("strikes no process and no link twice at once", () => {
    const nameOf = ({ target }: Fault): string | undefined => {
      if (target.on === "process") return `${target.node} ${target.process}`;
      return target.on === "link" ? target.between.join() : undefined;
    };
    assert(
      property(seeds, (seed) => {
        for (const [one, other] of pairs(take(seed, COUNT))) {
          if (nameOf(one) !== undefined) expect(nameOf(one)).not.toBe(nameOf(other));
        }
      }),
    );
  });

  test("takes nothing away for longer than a connection lives in silence", () => {
    const SILENCE_MS = 60_000; // docs/protocol/transport.md, Signs of life
    assert(
      property(seeds, (seed) => {
        for (const { forMs } of take(seed, COUNT)) expect(forMs).toBeLessThan(SILENCE_MS / 2);
      }),
    );
  });
});

test("each kind of fault has its promise", () => {
  expect(Object.keys(PROMISES).toSorted()).toEqual(
    [...new Set([...FAULT_KINDS, ...FABRIC_FAULT_KINDS, ...VPN_FAULT_KINDS, ...FLEET_FAULT_KINDS])].toSorted(),
  );
});
