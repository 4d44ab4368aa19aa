/** How long a certificate carries sessions that were made with it, while the wall clock jumps. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Clocks, Term } from "../src/expiry/term.ts";

const start = Date.parse("2026-06-01T12:00:00Z");
const year = 365 * 86_400_000;

/** A machine: time passes, and somebody sets its wall clock. */
class Machine implements Clocks {
  wall = new Date(start);
  monotonic = 5_000;

  pass(milliseconds: number): this {
    this.monotonic += milliseconds;
    return this.leap(milliseconds);
  }

  leap(milliseconds: number): this {
    this.wall = new Date(this.wall.getTime() + milliseconds);
    return this;
  }
}

const term = (lastsMs: number, graceMs: number): Term => new Term(new Date(start + lastsMs), graceMs, new Machine());

type Step = readonly ["pass" | "leap", number, isOver: boolean];

describe("a certificate that has 100 ms left", () => {
  const cases: readonly (readonly [string, graceMs: number, readonly Step[]])[] = [
    [
      "is over when its time is",
      0,
      [
        ["pass", 100, false],
        ["pass", 1, true],
      ],
    ],
    [
      "is over after the grace",
      50,
      [
        ["pass", 149, false],
        ["pass", 1, true],
      ],
    ],
    ["is over at a leap over its end", 0, [["leap", year, true]]],
    [
      "has its grace after such a leap",
      50,
      [
        ["leap", year, false],
        ["pass", 49, false],
        ["pass", 1, true],
      ],
    ],
    [
      "has its whole grace though a leap comes within it",
      50,
      [
        ["pass", 120, false],
        ["leap", year, false],
        ["pass", 29, false],
        ["pass", 1, true],
      ],
    ],
    [
      "goes on when the leap is undone",
      50,
      [
        ["leap", year, false],
        ["pass", 40, false],
        ["leap", -year, false],
        ["pass", 60, false],
        ["pass", 49, false],
        ["pass", 1, true],
      ],
    ],
    [
      "has another grace after another leap",
      50,
      [
        ["leap", year, false],
        ["pass", 40, false],
        ["leap", -year, false],
        ["leap", year, false],
        ["pass", 49, false],
        ["pass", 1, true],
      ],
    ],
    [
      "ends in time though the clock is put back",
      0,
      [
        ["pass", 50, false],
        ["leap", -year, false],
        ["pass", 50, false],
        ["pass", 1, true],
      ],
    ],
    [
      "stays ended when the clock is put back after its end",
      50,
      [
        ["pass", 120, false],
        ["leap", -year, false],
        ["pass", 30, true],
      ],
    ],
    [
      "is good again when a clock that was wrong is put right",
      0,
      [
        ["leap", year, true],
        ["leap", -year, false],
        ["pass", 101, true],
      ],
    ],
  ];
  test.each(cases)("%s", (_, graceMs, steps) => {
    const [judged, machine] = [term(100, graceMs), new Machine()];
    for (const [does, milliseconds, isOver] of steps) {
      machine[does](milliseconds);
      expect(judged.isOver(machine), `${does} ${milliseconds}`).toBe(isOver);
    }
  });

  test("is over in ten years, with the longest grace", () => {
    const judged = term(100, 3_650 * 86_400_000);
    expect(judged.isOver(new Machine().leap(100 * year).pass(10 * year - 1))).toBe(false);
  });
});

describe("whatever somebody does to the wall clock", () => {
  const steps = fc.array(
    fc.record({ pass: fc.nat({ max: 400 }), leap: fc.oneof(fc.constant(0), fc.integer({ min: -3_000, max: 3_000 })) }),
    { maxLength: 60 },
  );
  const lasts = fc.integer({ min: -50, max: 2_000 });
  const grace = fc.nat({ max: 1_000 });

  test("it is never over before it has ended and the grace has passed by the other clock, nor alive after that", () => {
    fc.assert(
      fc.property(lasts, grace, steps, (lastsMs, graceMs, all) => {
        const [judged, machine] = [term(lastsMs, graceMs), new Machine()];
        const endsAt = machine.monotonic + lastsMs;
        /** The monotonic time since which every look has found the term ended. */
        let endedAt: number | undefined;
        for (const { pass, leap } of all) {
          machine.pass(pass).leap(leap);
          if (machine.monotonic > endsAt) endedAt ??= endsAt;
          else if (machine.wall.getTime() <= start + lastsMs) endedAt = undefined;
          else endedAt ??= machine.monotonic;
          const isOver = judged.isOver(machine);
          if (machine.monotonic > endsAt + graceMs) expect(isOver).toBe(true);
          if (endedAt === undefined || machine.monotonic < endedAt + graceMs) expect(isOver).toBe(false);
        }
      }),
    );
  });

  test("without leaps it is over exactly when certificate and grace are", () => {
    fc.assert(
      fc.property(lasts, grace, fc.array(fc.nat({ max: 400 })), (lastsMs, graceMs, passes) => {
        const [judged, machine] = [term(lastsMs, graceMs), new Machine()];
        for (const pass of passes) {
          machine.pass(pass);
          const since = machine.wall.getTime() - start;
          expect(judged.isOver(machine)).toBe(since > lastsMs && since >= lastsMs + graceMs);
        }
      }),
    );
  });
});

test("a certificate of our own goes by the wall clock, which may have been ahead when it was read", () => {
  const machine = new Machine().leap(year);
  const own = new Term(new Date(start + year + 100), 0, undefined);
  machine.leap(-year);
  expect(own.isOver(machine.pass(year))).toBe(false);
  expect(own.isOver(machine.pass(100))).toBe(false);
  expect(own.isOver(machine.pass(1))).toBe(true);
});
