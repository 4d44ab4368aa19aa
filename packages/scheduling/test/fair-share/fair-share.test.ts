import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FairRate, FairShare } from "../../src/index.ts";

const CAPACITY = 512;
const LEVELS = 4;

/** The groups of a path: `1`, `1.2`, `1.2.3`, … */
function groupsOf(path: readonly number[]): string[] {
  return path.map((_, depth) => path.slice(0, depth + 1).join("."));
}

function fill(share: FairShare, paths: () => readonly number[], tries = 4 * CAPACITY): void {
  for (let i = 0; i < tries; i++) share.take(groupsOf(paths()));
}

/** The widths of a tree of attackers: the number of branches at each level, the same below each branch. */
const branches = fc.tuple(...Array.from({ length: LEVELS }, () => fc.integer({ min: 1, max: 6 })));

describe("places shared by groups within groups", () => {
  test("are never more than there are, and each is given back once", () => {
    const path = fc.array(fc.nat(3), { minLength: 1, maxLength: LEVELS });
    fc.assert(
      fc.property(fc.array(fc.oneof(path, fc.constant(undefined)), { maxLength: 300 }), (steps) => {
        const share = new FairShare(20);
        const held: string[][] = [];
        for (const step of steps) {
          const groups = step && groupsOf(step);
          if (groups === undefined) {
            const given = held.shift();
            if (given !== undefined) share.release(given);
          } else if (share.take(groups)) held.push(groups);
          expect(share.total).toBe(held.length);
          expect(share.total).toBeLessThanOrEqual(20);
        }
        for (const groups of held) share.release(groups);
        expect(share.take(groupsOf([1, 2, 3]))).toBe(true);
      }),
    );
  });

  test("one group alone gets what it leaves free", () => {
    for (const depth of [1, 2, 3, 4, 8]) {
      const share = new FairShare(CAPACITY);
      fill(share, () => Array.from({ length: depth }, () => 7));
      expect(share.total).toBe(Math.ceil(CAPACITY / (depth + 1)));
    }
  });

  test("who has a group of its own below all that a flood comes from finds a place, whatever the flood looks like", () => {
    fc.assert(
      fc.property(branches, fc.nat(), fc.integer({ min: 0, max: LEVELS - 1 }), (all, seed, shared) => {
        const share = new FairShare(CAPACITY);
        let state = seed;
        const below = (limit: number): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) % limit;
        // The flood comes from one network down to some level.
        const widths = all.map((width, level) => (level < shared ? 1 : width));
        fill(share, () => widths.map((width) => below(width)));
        const own = widths.map((_, level) => (level < shared ? 0 : 999));
        expect(share.take(groupsOf(own))).toBe(true);
      }),
    );
  });

  test("who invents small groups gains nothing over the larger one that is true", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 }), (trueLevels) => {
        const share = new FairShare(CAPACITY);
        let invented = 0;
        fill(share, () => Array.from({ length: LEVELS }, (_, level) => (level < trueLevels ? 1 : ++invented)));
        // The whole flood is in the true groups, and leaves them an equal part of the places.
        if (trueLevels > 0) expect(share.total).toBeLessThanOrEqual(Math.ceil(CAPACITY / (trueLevels + 1)));
        if (trueLevels > 0) expect(share.take(groupsOf([2, 2, 2, 2]))).toBe(true);
      }),
    );
  });

  test("a place that is given back is the next one's", () => {
    const share = new FairShare(3);
    const groups = groupsOf([1]);
    expect([share.take(groups), share.take(groups), share.take(groups)]).toEqual([true, true, false]);
    share.release(groups);
    expect(share.take(groups)).toBe(true);
  });
});

describe("a rate shared by groups", () => {
  test("is there again for who is known, whatever strangers do", () => {
    const rate = new FairRate(2_000, 100);
    for (let i = 0; i < 10_000; i++) rate.take(groupsOf([i, i, i]), false, 0);
    expect(rate.take(groupsOf([1, 1, 1]), false, 0)).toBe(false);
    expect(rate.take(groupsOf([1, 1, 1]), true, 0)).toBe(true);
  });

  test("holds in the long run, and leaves something to others", () => {
    const rate = new FairRate(2_000, 100);
    let taken = 0;
    let others = 0;
    for (let now = 0; now < 10_000; now++) {
      for (let i = 0; i < 50; i++) if (rate.take(groupsOf([1, i % 7, i]), false, now)) taken++;
      if (now % 50 === 0 && rate.take(groupsOf([2, 1, 1]), false, now)) others++;
    }
    expect(taken).toBeLessThanOrEqual(20_200);
    expect(taken).toBeGreaterThan(8_000);
    expect(others).toBe(200);
  });
});
