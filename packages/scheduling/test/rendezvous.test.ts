import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawnBy, rankFor, standingBy } from "../src/index.ts";

const KEYS = Array.from({ length: 6_000 }, (_, index) => `node-${index}`);
const namesOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `coordinator-${index}`);

/** How many keys each name leads. */
function ledBy(names: readonly string[]): ReadonlyMap<string, number> {
  const led = Map.groupBy(KEYS, (key) => rankFor(key, names)[0]!);
  return new Map([...led].map(([name, keys]) => [name, keys.length]));
}

test("numbers are between 0 and 1, in the order of the hashes, and the same on each machine", () => {
  // SHA-256 of "abc" begins with ba7816bf8f01.
  expect(drawnBy("abc")).toBe((0xba7816bf8f01 + 0.5) / 2 ** 48);
  fc.assert(fc.property(fc.string(), (text) => drawnBy(text) > 0 && drawnBy(text) < 1));
  expect(standingBy("abc", 0)).toBe(0);
  expect(standingBy("abc", 2)).toBe(2 * standingBy("abc", 1));
});

describe("the order for a key", () => {
  test("is the same for all who know the same names, in whatever order", () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 8 });
    const shuffled = names.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(
        fc.string(),
        shuffled,
        (key, [one, other]) => rankFor(key, one).join() === rankFor(key, other).join(),
      ),
    );
  });

  test("of others stays where a name comes or goes", () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.string(), names, (key, [gone, ...others]) => {
        const left = rankFor(key, [gone!, ...others]).filter((name) => name !== gone);
        return left.join("\n") === rankFor(key, others).join("\n");
      }),
    );
  });

  test.each([2, 3, 5, 8])("gives each of %i names its share", (count) => {
    const led = ledBy(namesOf(count));
    for (const name of namesOf(count)) {
      // Five times the standard deviation.
      const slack = 5 * Math.sqrt((KEYS.length / count) * (1 - 1 / count));
      expect(Math.abs(led.get(name)! - KEYS.length / count)).toBeLessThan(slack);
    }
  });

  test.each([1, 2, 3, 7])(
    "of %i names moves no more than its share where one more comes, and all of these to that one",
    (count) => {
      const [before, after] = [namesOf(count), namesOf(count + 1)];
      const moved = KEYS.filter((key) => rankFor(key, before)[0] !== rankFor(key, after)[0]);
      expect(new Set(moved.map((key) => rankFor(key, after)[0]))).toEqual(new Set([after.at(-1)]));
      const share = 1 / (count + 1);
      expect(moved.length).toBeLessThan(KEYS.length * share + 5 * Math.sqrt(KEYS.length * share * (1 - share)));
    },
  );
});
