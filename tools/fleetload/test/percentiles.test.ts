import { expect, it } from "vitest";
import { percentilesOf } from "../src/percentiles.ts";

const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

it.each([
  { values: [], expected: { count: 0, p50: null, p99: null, max: null } },
  { values: [7], expected: { count: 1, p50: 7, p99: 7, max: 7 } },
  { values: [3, 1, 2], expected: { count: 3, p50: 2, p99: 3, max: 3 } },
  { values: hundred, expected: { count: 100, p50: 50, p99: 99, max: 100 } },
])("of $values.length values", ({ values, expected }) => {
  expect(percentilesOf(values)).toEqual(expected);
});
