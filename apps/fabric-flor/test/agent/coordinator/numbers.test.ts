/** The numbers that stand for organizations. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Shares } from "../../../src/agent/coordinator/shares.ts";

const HOUR = 3_600_000;

function sharesOf(secret = 7, used: ReadonlySet<number> = new Set()): Shares {
  return new Shares({ makeSecret: () => new Uint8Array(32).fill(secret), used: () => used });
}
const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `org${at}`);

describe("shares", () => {
  test("stay for an hour, and are others in the next one and at another coordinator", () => {
    const shares = sharesOf();
    const of = (wall: number, at = shares): number[] => names(8).map((name) => at.shareOf(name, wall));
    const first = of(HOUR);
    expect(of(2 * HOUR - 1)).toEqual(first);
    expect(of(2 * HOUR)).not.toEqual(first);
    expect(of(HOUR, sharesOf(8))).not.toEqual(first);
  });

  test("are numbers from 1 to 4,095, and of each of 64 organizations another one", () => {
    fc.assert(
      fc.property(
        fc.nat(255),
        fc.nat(100),
        fc.uniqueArray(fc.integer({ min: 1, max: 4_095 })),
        (secret, hour, used) => {
          const all = names(64).map((name) => name);
          const shares = sharesOf(secret, new Set(used));
          const numbers = all.map((name) => shares.shareOf(name, hour * HOUR));
          for (const number of numbers) {
            expect(number).toBeGreaterThanOrEqual(1);
            expect(number).toBeLessThanOrEqual(4_095);
            expect(used).not.toContain(number);
          }
          expect(new Set(numbers).size).toBe(64);
        },
      ),
    );
  });

  test("are those of the first 64 for all that come later", () => {
    const shares = sharesOf();
    const first = new Set(names(64).map((name) => shares.shareOf(name, 0)));
    const later = Array.from({ length: 500 }, (_, at) => shares.shareOf(`late${at}`, 0));
    expect(later.filter((share) => !first.has(share))).toEqual([]);
    // All 64 are shared, and not one by all.
    expect(new Set(later).size).toBeGreaterThan(48);
    expect(later.map((_, at) => shares.shareOf(`late${at}`, 1))).toEqual(later);
  });

  test("are given though all numbers are used", () => {
    const all = new Set(Array.from({ length: 4_095 }, (_, at) => at + 1));
    expect(all.has(sharesOf(7, all).shareOf("org", 0))).toBe(true);
  });

  test("are the same behind a restart, whoever asks first, and are kept once", () => {
    const shares = sharesOf();
    const before = names(64).map((name) => shares.shareOf(name, HOUR));
    const text = shares.pollKept()!;
    expect(shares.pollKept()).toBeUndefined();
    const again = sharesOf(9);
    again.restore(text);
    const after = names(64)
      .toReversed()
      .map((name) => again.shareOf(name, HOUR + 1));
    expect(after.toReversed()).toEqual(before);
    expect(again.pollKept()).toBeUndefined();
    expect(again.shareOf("org0", 2 * HOUR)).toBe(shares.shareOf("org0", 2 * HOUR));
  });

  test.each([
    "",
    "[]",
    '{"secret":"00","hour":1,"numbers":[]}',
    `{"secret":"${"00".repeat(32)}","hour":1,"numbers":[["a",0]]}`,
  ])("that were kept and are damaged are made anew: %s", (text) => {
    const shares = sharesOf();
    shares.restore(text);
    expect(shares.shareOf("org", HOUR)).toBe(sharesOf().shareOf("org", HOUR));
  });
});
