import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PRESSURE_TRANSITIONS_MAX } from "../src/limits.ts";
import { pressureLines, pressureStatus } from "../src/pressure/pressure-status.ts";
import {
  greatestLoads,
  Pressure,
  PRESSURE_HOLD_MS,
  PRESSURE_LEVELS,
  PRESSURE_REASONS,
  type PressureLoads,
} from "../src/pressure/pressure.ts";

const loadsOf: fc.Arbitrary<PressureLoads> = fc.dictionary(
  fc.constantFrom(...PRESSURE_REASONS),
  fc.oneof(fc.double({ min: 0, max: 1.5, noNaN: true }), fc.constantFrom(0, 0.59, 0.6, 0.7, 0.8, 0.9, 1)),
);
const looks = fc.array(fc.tuple(loadsOf, fc.integer({ min: 1, max: 4_000 })), { maxLength: 300 });

describe("the level of pressure", () => {
  test.each<[name: string, memory: number[], levels: string]>([
    ["stays while there is room", [0.1, 0.5, 0.69, 0.69], "n n n n"],
    ["does not rise for a moment", [1, 0, 1, 0, 1, 0], "n n n n n n"],
    ["rises when a load has lasted", [0.7, 0.7, 0.9, 0.9], "n w w c"],
    ["may leave one out", [1, 1], "n c"],
    ["holds between its two bounds", [0.7, 0.7, ...Array<number>(20).fill(0.6)], `n ${"w ".repeat(21)}`.trim()],
    ["falls after ten seconds", [0.7, 0.7, ...Array<number>(10).fill(0.5)], `n ${"w ".repeat(10)}n`],
    ["falls by one at a time", [1, 1, ...Array<number>(20).fill(0)], `n ${"c ".repeat(10)}${"w ".repeat(10)}n`],
    ["begins to hold anew", [0.7, 0.7, 0.5, 0.7, 0.7, ...Array<number>(9).fill(0.5)], `n ${"w ".repeat(13)}`.trim()],
  ])("%s", (_, memory, levels) => {
    const pressure = new Pressure(0);
    const seen = memory.map((load, second) => {
      pressure.handleLoads({ memory: load }, second * 1_000);
      return pressure.level[0];
    });
    expect(seen.join(" ")).toBe(levels);
  });

  test("begins no more often than once in its hold time, and no history is longer than its bound", () => {
    fc.assert(
      fc.property(looks, (steps) => {
        const pressure = new Pressure(0);
        const beganAt = new Map<string, number>();
        let now = 0;
        for (const [loads, ms] of steps) {
          now += ms;
          const before = pressure.level;
          const transition = pressure.handleLoads(loads, now);
          expect(transition?.to ?? before).toBe(pressure.level);
          expect(pressure.transitions.length).toBeLessThanOrEqual(PRESSURE_TRANSITIONS_MAX);
          expect(pressure.reasons.length > 0).toBe(pressure.level !== "nominal");
          if (transition === undefined) continue;
          expect(transition.from).toBe(before);
          expect(pressure.transitions.at(-1)).toBe(transition);
          expect(now - (beganAt.get(transition.to) ?? -Infinity)).toBeGreaterThanOrEqual(PRESSURE_HOLD_MS);
          beganAt.set(transition.to, now);
        }
      }),
    );
  });

  test("and the score are never lower for a load that is higher", () => {
    const more = fc.array(fc.tuple(loadsOf, loadsOf), { maxLength: 40 });
    fc.assert(
      fc.property(more, (steps) => {
        const low = new Pressure(0);
        const high = new Pressure(0);
        for (const [second, [loads, others]] of steps.entries()) {
          low.handleLoads(loads, second * 1_000);
          high.handleLoads(greatestLoads([loads, others]), second * 1_000);
          expect(high.score).toBeGreaterThanOrEqual(low.score);
          for (const [reason, score] of Object.entries(low.scores)) {
            expect(high.scores[reason as keyof PressureLoads]).toBeGreaterThanOrEqual(score);
          }
          expect(PRESSURE_LEVELS.indexOf(high.level)).toBeGreaterThanOrEqual(PRESSURE_LEVELS.indexOf(low.level));
        }
      }),
    );
  });

  test("comes of numbers, whatever the figures are", () => {
    const pressure = new Pressure(0);
    for (const load of [Number.NaN, Number.NEGATIVE_INFINITY, -1]) {
      pressure.handleLoads({ memory: load, queue: load }, 0);
      pressure.handleLoads({ memory: load, queue: load }, 0);
      expect([pressure.score, pressure.level]).toEqual([0, "nominal"]);
    }
    pressure.handleLoads({ memory: Number.POSITIVE_INFINITY }, 0);
    pressure.handleLoads({ memory: Number.POSITIVE_INFINITY }, 0);
    expect([pressure.score, pressure.level]).toEqual([100, "critical"]);
  });
});

test("the status has the times of the last changes, and people see why", () => {
  const pressure = new Pressure(1_000);
  for (const second of [1, 2]) pressure.handleLoads({ memory: 0.95, loop: 0.61, files: 0.1 }, second * 1_000);
  const status = pressureStatus(pressure, 62_000, new Date("2026-11-20T10:01:00.000Z"));
  expect(status).toMatchObject({
    level: "critical",
    score: 95,
    scores: { memory: 95, loop: 61, files: 10 },
    reasons: ["memory", "loop"],
    action: "refuse-new",
    sinceMs: 60_000,
    transitions: [{ at: "2026-11-20T10:00:00.000Z", from: "nominal", to: "critical", score: 95 }],
    begun: { nominal: 0, warning: 0, critical: 1 },
  });
  expect(pressureLines(status)).toEqual([
    "pressure critical for 1 min, score 95 by memory, loop, recommended: refuse-new",
    "  2026-11-20T10:00:00.000Z critical (memory, loop)",
  ]);
});
