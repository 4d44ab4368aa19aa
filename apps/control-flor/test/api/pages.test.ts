import * as fc from "fast-check";
import { expect, test } from "vitest";
import { pageOf } from "../../src/api/pages.ts";
import { compareTexts } from "../../src/fabric/compare-texts.ts";

/** Keys as names of nodes and scopes, and any other text. */
const key = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b", "-", " ", "/"), minLength: 1, maxLength: 4 }),
  fc.string({ unit: "grapheme", maxLength: 3 }),
);
const keys = fc.uniqueArray(key, { maxLength: 30 });

test("whatever comes and goes between pages, no item that stays is missed or told twice", () => {
  fc.assert(
    fc.property(keys, fc.array(keys, { maxLength: 8 }), fc.integer({ min: 1, max: 5 }), (stay, others, limit) => {
      const told: string[] = [];
      let after: string | undefined;
      // A page without items has no next: each other one brings the reader on.
      for (let turn = 0; turn < 200; turn++) {
        const items = [...new Set([...stay, ...(others[turn % Math.max(1, others.length)] ?? [])])].toSorted(
          compareTexts,
        );
        const { items: page, next } = pageOf({ items, keyOf: (item) => item, limit, after });
        expect(page.length).toBeLessThanOrEqual(limit);
        told.push(...page);
        if (next === null) break;
        after = next;
      }
      expect(told).toEqual([...new Set(told)].toSorted(compareTexts));
      expect(stay.filter((item) => !told.includes(item))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("any text is a cursor or refused as one", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 20 }), (after) => {
      try {
        pageOf({ items: ["a"], keyOf: (item) => item, limit: 1, after });
      } catch (error) {
        expect(error).toMatchObject({ code: "ERR_CONTROL_CURSOR" });
      }
    }),
    { numRuns: 500 },
  );
});
