import * as fc from "fast-check";
import { expect, test } from "vitest";
import { RATE_BURST_MS } from "../../src/serving/limits.ts";
import { OctetRate } from "../../src/serving/octet-rate.ts";
import { ReaderPlaces } from "../../src/serving/reader-places.ts";

test("over any time no more goes than the rate, and a moment's worth with one piece beside it", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 65_536 }), { minLength: 1, maxLength: 200 }), (pieces) => {
      const perSecond = 100_000;
      const rate = new OctetRate(perSecond);
      let now = 0;
      let sent = 0;
      for (const piece of pieces) {
        sent += piece;
        expect(sent - piece).toBeLessThanOrEqual(((now + RATE_BURST_MS) * perSecond) / 1_000 + 1);
        now += rate.take(piece, now);
      }
    }),
  );
});

test("a rate that was not used is not saved for later", () => {
  const rate = new OctetRate(1_000);
  expect(rate.take(250, 0)).toBe(0);
  expect(rate.take(250, 60_000)).toBe(0);
  expect(rate.take(250, 60_000)).toBe(250);
});

test("places are for all, some of them for one, and come back once", () => {
  const places = new ReaderPlaces(3, 2);
  const [first, second] = [places.take("a"), places.take("a")];
  expect(places.take("a")).toBeUndefined();
  expect(places.take("b")).toBeDefined();
  expect(places.take("c")).toBeUndefined();
  first!();
  first!();
  expect(places.size).toBe(2);
  expect(places.take("c")).toBeDefined();
  second!();
  expect(places.take("a")).toBeDefined();
});
