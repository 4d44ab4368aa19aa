import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type HalfOpenPlace, HalfOpenLimiter } from "../../../src/transport/services/half-open.ts";
import { defaultLimits } from "../../../src/transport/limits.ts";

const { halfOpenMax, placePauseMs, retriesPerSecond } = defaultLimits;
const way = (outLink: number, ...words: number[]) => ({ outLink, words: Uint32Array.from(words) });

function flood(limiter: HalfOpenLimiter, next: (i: number) => ReturnType<typeof way>, count = 5_000): HalfOpenPlace[] {
  return Array.from({ length: count }, (_, i) => limiter.enter(next(i), 0)).filter((place) => place !== undefined);
}

describe("half-open places", () => {
  test.each([
    ["a link without words", way(1), Math.ceil(halfOpenMax / 2)],
    ["one way of one word", way(1, 7), Math.ceil(halfOpenMax / 3)],
    ["one way of four words", way(1, 7, 8, 9, 10), Math.ceil(halfOpenMax / 6)],
  ])("of %s are what it leaves free", (_what, back, count) => {
    const limiter = new HalfOpenLimiter(defaultLimits);
    expect(flood(limiter, () => back).length).toBe(count);
    expect(limiter.enter(way(2, 7), 0)).toBeDefined();
  });

  test("are not had by words that a sender invents: those before them, which others vouch for, are counted", () => {
    const own = fc.array(fc.nat(9), { minLength: 1, maxLength: 4 });
    const invented = fc.array(fc.nat(2 ** 20), { maxLength: 8 });
    fc.assert(
      fc.property(own, fc.array(invented, { minLength: 1, maxLength: 50 }), (words, tails) => {
        const limiter = new HalfOpenLimiter(defaultLimits);
        flood(limiter, (i) => way(1, ...words, ...tails[i % tails.length]!, i));
        // All connections of the flood are in words.length + 2 groups: the whole, their common way, and each beginning of that way.
        expect(limiter.total).toBeLessThanOrEqual(Math.ceil(halfOpenMax / (words.length + 2)));
        for (let depth = 0; depth < words.length; depth++) {
          const other = [...words.slice(0, depth), 99, ...words.slice(depth + 1)];
          expect(limiter.enter(way(1, ...other), 0), `beside it at word ${depth}`).toBeDefined();
        }
        expect(limiter.enter(way(2), 0), "over another link").toBeDefined();
      }),
      { numRuns: 30 },
    );
  });

  test("are kept for ways by which principals have come", () => {
    const limiter = new HalfOpenLimiter(defaultLimits);
    limiter.leave(limiter.enter(way(1, 7), 0)!, "user/alice", 0);
    flood(limiter, (i) => way(i % 50, i, i));
    flood(limiter, () => way(1, 7, 8));
    flood(limiter, (i) => way(1, i % 6));
    expect(limiter.enter(way(1, 7), 0)).toBeDefined();
  });

  test("pause when their handshake came to nothing, and are free at once when it did not", () => {
    const limiter = new HalfOpenLimiter(defaultLimits);
    for (const place of flood(limiter, () => way(1))) limiter.leave(place, undefined, 0);
    expect(limiter.total).toBe(0);
    expect(limiter.enter(way(1), placePauseMs - 1)).toBeUndefined();
    for (const place of flood(limiter, () => way(2))) limiter.leave(place, "user/alice", 0);
    expect(limiter.enter(way(1), placePauseMs)).toBeDefined();
  });

  test("ask for a Retry above a threshold", () => {
    const limiter = new HalfOpenLimiter({ ...defaultLimits, retryThreshold: 8 });
    flood(limiter, () => way(1), 7);
    expect(limiter.isRetryNeeded).toBe(false);
    flood(limiter, () => way(1), 1);
    expect(limiter.isRetryNeeded).toBe(true);
  });
});

test("Retries and tokens are looked at so many times a second, fairly, and for known ways apart", () => {
  const limiter = new HalfOpenLimiter(defaultLimits);
  limiter.leave(limiter.enter(way(1, 7), 0)!, "user/alice", 0);
  let taken = 0;
  let others = 0;
  let known = 0;
  for (let now = 0; now < 1_000; now++) {
    for (let i = 0; i < 50; i++) if (limiter.takeRetry(way(1, 7, i, now), now)) taken++;
    if (now % 100 === 50 && limiter.takeRetry(way(2, 7), now)) others++;
    if (now % 100 === 50 && limiter.takeRetry(way(1, 7), now)) known++;
  }
  expect(taken).toBeLessThanOrEqual(retriesPerSecond);
  expect({ others, known }).toEqual({ others: 10, known: 10 });
});
