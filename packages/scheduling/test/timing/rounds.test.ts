import * as fc from "fast-check";
import { expect, test } from "vitest";
import { nextRound } from "../../src/index.ts";

test("a round comes after now, by the interval at most, and all who ask within it get the same", () => {
  // Times of up to a year, in steps of a 1,024th: doubles tell each from the middle between two of them.
  const times = fc.integer({ min: 0, max: 2 ** 45 }).map((steps) => steps / 1_024);
  fc.assert(
    fc.property(times, fc.integer({ min: 1, max: 100_000 }), (now, interval) => {
      const next = nextRound(now, interval);
      expect(next).toBeGreaterThan(now);
      expect(next - now).toBeLessThanOrEqual(interval);
      expect(nextRound((now + next) / 2, interval)).toBe(next);
    }),
  );
});

test.each([
  [0, 1_000],
  [999.9, 1_000],
  [1_000, 2_000],
])("with an interval of a second, %d ms is followed by %d ms", (now, next) => {
  expect(nextRound(now, 1_000)).toBe(next);
});
