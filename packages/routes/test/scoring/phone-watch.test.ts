import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type PhoneLook, PhoneWatch } from "../../src/scoring/phone-watch.ts";

const MINUTE = 60_000;
const GOOD = { rate: 5_000, loss: 19_999 } as const;

/** Whether the phone is powered after each look, a minute apart. */
function powered(looks: readonly PhoneLook[]): boolean[] {
  const watch = new PhoneWatch();
  return looks.map((look, at) => {
    watch.look(look, at * MINUTE);
    return watch.at(at * MINUTE).isPowered;
  });
}

test.each<readonly [charges: readonly (number | undefined)[], powered: readonly boolean[]]>([
  [
    [49, 50, 49, 45, 44, 45, 49, 50],
    [false, true, true, true, false, false, false, true],
  ],
  [
    [undefined, 60, undefined, 46],
    [false, true, false, false],
  ],
  [
    [Number.NaN, 101, -1, 60],
    [false, false, false, true],
  ],
])("a charge of %j opens at 50 %% and shuts below 45 %%", (charges, open) => {
  expect(powered(charges.map((battery) => ({ battery, charging: false })))).toEqual(open);
});

test("a charger is enough, and what it leaves is the charge that is kept", () => {
  expect(
    powered([
      { charging: true },
      { charging: false },
      { battery: 46, charging: true },
      { battery: 46, charging: false },
      { battery: 46 },
    ]),
  ).toEqual([true, false, true, true, true]);
});

test("an uplink has to be good for ten minutes on end, and shuts at once", () => {
  const watch = new PhoneWatch();
  const opensAt = (from: number): number | undefined => {
    for (let minute = from; minute < from + 20; minute++) {
      watch.look(GOOD, minute * MINUTE);
      if (watch.at(minute * MINUTE).hasUplink) return minute;
    }
    return undefined;
  };
  expect(opensAt(0)).toBe(10);
  for (const [from, bad] of [
    [20, { rate: 4_999, loss: 0 }],
    [40, { rate: 9_000, loss: 20_000 }],
    [60, { rate: 9_000 }],
    [80, { loss: 0 }],
    [100, { rate: Number.POSITIVE_INFINITY, loss: 0 }],
  ] as const) {
    watch.look(bad, from * MINUTE);
    expect(watch.at(from * MINUTE)).toMatchObject({ hasUplink: false, goodMs: 0, last: bad });
    expect(opensAt(from + 1)).toBe(from + 11);
  }
});

test("a phone that is silent for longer than a report lives has to show all of it again", () => {
  const watch = new PhoneWatch();
  for (let minute = 0; minute <= 10; minute++)
    watch.look({ ...GOOD, battery: 47, charging: minute < 5 }, minute * MINUTE);
  expect(watch.at(13 * MINUTE)).toMatchObject({ isPowered: true, hasUplink: true });
  expect(watch.at(13 * MINUTE + 1)).toMatchObject({ isPowered: false, hasUplink: false, goodMs: 0 });
  watch.look({ ...GOOD, battery: 47, charging: false }, 14 * MINUTE);
  expect(watch.at(14 * MINUTE)).toMatchObject({ isPowered: false, hasUplink: false });
});

test("whoever is worse at each look is never let in before, and never stays longer", () => {
  const look = fc.record({
    battery: fc.integer({ min: 30, max: 70 }),
    charging: fc.boolean(),
    rate: fc.integer({ min: 4_000, max: 6_000 }),
    loss: fc.integer({ min: 15_000, max: 25_000 }),
    pauseMs: fc.integer({ min: 1, max: 200_000 }),
    worse: fc.record({ battery: fc.nat(9), charging: fc.boolean(), rate: fc.nat(500), loss: fc.nat(2_000) }),
  });
  const property = fc.property(fc.array(look, { maxLength: 40 }), (looks) => {
    const [better, worse] = [new PhoneWatch(), new PhoneWatch()];
    let now = 0;
    for (const each of looks) {
      now += each.pauseMs;
      better.look(each, now);
      worse.look(
        {
          battery: each.battery - each.worse.battery,
          charging: each.charging && each.worse.charging,
          rate: each.rate - each.worse.rate,
          loss: each.loss + each.worse.loss,
        },
        now,
      );
      const [high, low] = [better.at(now), worse.at(now)];
      expect(Number(low.isPowered)).toBeLessThanOrEqual(Number(high.isPowered));
      expect(low.goodMs).toBeLessThanOrEqual(high.goodMs);
      expect(Number(low.hasUplink)).toBeLessThanOrEqual(Number(high.hasUplink));
    }
  });
  fc.assert(property, { numRuns: runs(1_000, 200) });
});
