import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { pageOf } from "../../src/admin/page.ts";

const page = (items: readonly string[], after: string | undefined, most: number) =>
  pageOf(items, { after, most, keyOf: (item) => item, answerOf: (item) => ({ item }) });

test("a page has the first items behind its begin, whatever their order", () => {
  const items = fc.uniqueArray(fc.integer({ min: 0, max: 99 }).map(String), { maxLength: 60 });
  const after = fc.option(fc.integer({ min: 0, max: 99 }).map(String), { nil: undefined });
  fc.assert(
    fc.property(items, after, fc.integer({ min: 1, max: 12 }), (all, begin, most) => {
      const behind = all.filter((item) => begin === undefined || item > begin).toSorted();
      const told = behind.slice(0, most);
      expect(page(all, begin, most)).toEqual({
        told: told.map((item) => ({ item })),
        left: behind.length - told.length,
        last: behind.length > told.length ? told.at(-1) : undefined,
      });
    }),
    { numRuns: runs(10_000, 1_000) },
  );
});

test("a page has about a mebibyte, and one item at least", () => {
  const large = ["a", "b", "c"].map((letter) => letter.repeat(600_000));
  expect(page(large, undefined, 9)).toEqual({ told: [{ item: large[0] }], left: 2, last: large[0] });
  expect(page([...large.slice(0, 1), "b"], undefined, 9)).toMatchObject({ told: [{}, { item: "b" }], left: 0 });
  const huge = "z".repeat(2_000_000);
  expect(page([huge], large[2], 9)).toEqual({ told: [{ item: huge }], left: 0, last: undefined });
});
