import * as fc from "fast-check";
import { expect, test } from "vitest";
import { PairMap } from "../../src/labels/pair-map.ts";

const key = fc.tuple(fc.integer({ min: -2, max: 3 }), fc.integer({ min: 0, max: 7 }));
const step = fc.tuple(fc.boolean(), key, fc.nat(1_000));

test("a map of pairs is a map, however it grows and whatever is taken out", () => {
  fc.assert(
    fc.property(fc.nat(8), fc.array(step, { maxLength: 200 }), (capacity, steps) => {
      const map = new PairMap(capacity);
      const model = new Map<string, number>();
      for (const [isAdded, [first, second], value] of steps) {
        const known = model.get(`${first} ${second}`) ?? -1;
        if (isAdded) {
          map.set(first, second, value);
          model.set(`${first} ${second}`, value);
        } else {
          expect(map.delete(first, second)).toBe(known);
          model.delete(`${first} ${second}`);
        }
        expect(map.size).toBe(model.size);
      }
      for (let first = -2; first <= 3; first++) {
        for (let second = 0; second <= 7; second++) {
          expect(map.get(first, second)).toBe(model.get(`${first} ${second}`) ?? -1);
        }
      }
    }),
    { numRuns: 300 },
  );
});
