import { KINDS } from "@florenetes/facts";
import { describe, expect, test } from "vitest";
import type { CarriedSum } from "../src/sums.ts";
import { bytesOf, isBefore, usageBodyOf } from "../src/usage.ts";

const about = { partition: "north", receipts: 3, missing: 1 };

function sums(count: number): CarriedSum[] {
  return Array.from({ length: count }, (_, at) => ({
    relay: `relay-${at}`,
    class: at % 5,
    packets: at,
    bytes: 1_000 * at,
    claimed: 1_000 * at,
  }));
}

describe("the body of usage", () => {
  test("has the rows with the most bytes first", () => {
    expect(usageBodyOf(sums(3), about, 12_000)).toEqual({
      ...about,
      relays: [
        ["relay-2", 2, 2, 2_000, 2_000],
        ["relay-1", 1, 1, 1_000, 1_000],
        ["relay-0", 0, 0, 0, 0],
      ],
      rest: [0, 0, 0],
    });
  });

  test.each([10, 384, 385, 2_000])("of %i rows holds, and loses none of their bytes", (count) => {
    for (const sizeMax of [2_000, 12_000, 100_000]) {
      const body = usageBodyOf(sums(count), about, sizeMax);
      expect(KINDS.usage.body.safeParse(body).success).toBe(true);
      expect(JSON.stringify(body).length).toBeLessThanOrEqual(sizeMax);
      expect(bytesOf(body)).toBe(sums(count).reduce((sum, { bytes }) => sum + bytes, 0));
      expect(body.relays.length + body.rest[0]).toBe(count);
    }
  });
});

test.each([
  ["more nodes heard", { observer: "z", receipts: 4 }, { observer: "a", receipts: 3 }, true],
  ["fewer nodes heard", { observer: "a", receipts: 2 }, { observer: "z", receipts: 3 }, false],
  ["as many, and the first name", { observer: "a", receipts: 3 }, { observer: "z", receipts: 3 }, true],
  ["as many, and the last name", { observer: "z", receipts: 3 }, { observer: "a", receipts: 3 }, false],
])("of two observers the word with %s", (_, one, other, isFirst) => {
  expect(isBefore(one, other)).toBe(isFirst);
});
