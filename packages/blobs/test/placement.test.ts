import * as fc from "fast-check";
import { expect, test } from "vitest";
import { majorityOf, placeOf } from "../src/index.ts";

const hashes = fc.stringMatching(/^[0-9a-f]{64}$/);
const holders = fc.uniqueArray(
  fc.record({ node: fc.stringMatching(/^[a-z]{1,8}$/), domain: fc.constantFrom("x", "y", "z") }),
  {
    selector: ({ node }) => node,
    minLength: 2,
    maxLength: 12,
  },
);

test("a golden vector", () => {
  const five = ["a", "b", "c", "d", "e"].map((node) => ({ node, domain: node }));
  expect(placeOf("00".repeat(32), five)).toMatchInlineSnapshot(`
    [
      "e",
      "c",
      "a",
      "d",
      "b",
    ]
  `);
  const twoSites = five.map(({ node }, at) => ({ node, domain: at < 3 ? "north" : "south" }));
  expect(placeOf("00".repeat(32), twoSites)).toMatchInlineSnapshot(`
    [
      "e",
      "c",
      "a",
      "d",
      "b",
    ]
  `);
});

test("all holders have a place, and no domain comes again before all others have come", () => {
  fc.assert(
    fc.property(hashes, holders, (hash, all) => {
      const place = placeOf(hash, all);
      expect([...place].toSorted()).toEqual(all.map(({ node }) => node).toSorted());
      const domains = place.map((node) => all.find((holder) => holder.node === node)!.domain);
      const count = new Set(domains).size;
      expect(new Set(domains.slice(0, count)).size).toBe(count);
    }),
  );
});

test("a holder that goes or comes moves no shard between two others", () => {
  fc.assert(
    fc.property(hashes, holders, (hash, all) => {
      const apart = all.map(({ node }) => ({ node, domain: node }));
      const [gone, ...rest] = apart;
      expect(placeOf(hash, rest)).toEqual(placeOf(hash, apart).filter((node) => node !== gone!.node));
    }),
  );
});

test.each([
  [2, 2],
  [3, 2],
  [4, 3],
  [5, 3],
])("more than half of %i is %i", (count, majority) => {
  expect(majorityOf(count)).toBe(majority);
});
