import { expect, test } from "vitest";
import { RateLimit } from "../../src/timing/rate-limit.ts";

test("a rate limit gives its burst, then its rate", () => {
  const limit = new RateLimit(3, 10, 0);
  expect([0, 0, 0, 0, 99, 101].map((now) => limit.take(now))).toEqual([true, true, true, false, false, true]);
});

test("what was not taken in a long time is no more than the burst", () => {
  const limit = new RateLimit(10, 10);
  const takeTwelve = (now: number): number => Array.from({ length: 12 }, () => limit.take(now)).filter(Boolean).length;
  expect(takeTwelve(5_000)).toBe(10);
  expect([5_099, 5_201, 5_201, 5_201].map((now) => limit.take(now))).toEqual([false, true, true, false]);
  expect(takeTwelve(60_000)).toBe(10);
});

test("whoever waits for a token is told when it is there, to the millisecond", () => {
  const limit = new RateLimit(1, 300);
  expect(limit.nextAt()).toBeLessThan(0);
  for (let at = 5; at < 500; at = limit.nextAt()) {
    expect(limit.take(at)).toBe(true);
    expect(limit.take(at)).toBe(false);
    expect(limit.nextAt() - at).toBeGreaterThanOrEqual(3);
    expect(limit.nextAt() - at).toBeLessThanOrEqual(4);
  }
});
