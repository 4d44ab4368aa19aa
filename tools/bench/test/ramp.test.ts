import { describe, expect, it } from "vitest";
import { aimsOf, isMet } from "../src/aims.ts";
import { type Arrival, firstAfterGap, rampMs, rateBetween } from "../src/measures/ramp.ts";
import { OTHER_PLACES } from "../src/place.ts";
import { FULL, planIn, stepsOf } from "../src/plan.ts";
import { isMeasuredIn, SYSTEMS } from "../src/systems.ts";
import { resultOf, runOf } from "./results.ts";

/** 100 bytes each 10 ms for a second, silence for a second, 10 more each 10 ms, and 100 again from then on. */
const arrivals: Arrival[] = [
  ...Array.from({ length: 100 }, (_, at): Arrival => [at * 10, 100]),
  ...Array.from({ length: 100 }, (_, at): Arrival => [2_000 + at * 10, Math.min(100, at * 5)]),
];
const place = OTHER_PLACES.find(({ of }) => of === "switch")!;

describe("a transfer whose route has died", () => {
  it("has a rate before, and comes again after a silence", () => {
    expect(rateBetween(arrivals, 0, 1_000)).toBe(1_000);
    expect(firstAfterGap(arrivals, 900)).toBe(2_000);
    expect(firstAfterGap(arrivals.slice(0, 100), 500)).toBeUndefined();
  });

  it("has its former rate when a whole window had nine tenths of it", () => {
    // From 150 ms on steps have 75, 80, … 95 and then 100 bytes: 925 in ten of them, and 895 in those from 140 ms on.
    expect(rampMs(arrivals, 2_000, 1_000)).toBe(150);
    expect(rampMs(arrivals, 2_000, 2_000)).toBeUndefined();
  });

  it("is to take as long as half a fresh connection more", () => {
    const isMetWith = (ms: number): boolean[] =>
      aimsOf(runOf(resultOf("florenetes-recovery", { "ramp ms, switched": [ms], "ramp ms, fresh": [200] }, place))).map(
        isMet,
      );
    expect([isMetWith(300), isMetWith(301)]).toEqual([[true], [false]]);
  });

  it("is measured with both engines", () => {
    const there = Object.keys(SYSTEMS).filter((key) => isMeasuredIn(place, key));
    expect(there).toEqual(["florenetes-recovery", "florenetes-recovery-portable"]);
    expect(stepsOf(planIn(place, FULL), place)).toHaveLength(1);
  });
});
