import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EventFields, Logger } from "../src/logs/logger.ts";
import { LOG_KINDS_MAX, LOG_SOURCES_MAX } from "../src/limits.ts";
import { createRateLimitedLog, LogBudget } from "../src/logs/rate-limited-log.ts";

describe("a budget of lines", () => {
  test("lets a burst through, then one line in each interval, and counts what is left out", () => {
    const budget = new LogBudget({ burst: 2, intervalMs: 100 });
    const taken = [0, 1, 2, 50, 101, 102, 350].map((now) => budget.take("x", "", now));
    expect(taken).toEqual([0, 0, -1, -1, 2, -1, 1]);
  });

  test("sources do not silence one another, nor do kinds", () => {
    const budget = new LogBudget({ burst: 1, intervalMs: 100 });
    const asked = ["x a", "y a", "x b", "x a", "y b"].map((words) => words.split(" ") as [string, string]);
    expect(asked.map(([source, kind]) => budget.take(source, kind, 0))).toEqual([0, 0, 0, -1, 0]);
  });

  test("however many kinds a source makes up, its lines are bounded, and others have theirs", () => {
    const budget = new LogBudget({ burst: 1, intervalMs: 1_000 });
    let lines = 0;
    for (let kind = 0; kind < 10_000; kind++) if (budget.take("evil", `code-${kind}`, 0) >= 0) lines++;
    expect(lines).toBe(LOG_KINDS_MAX + 1);
    expect(budget.take("good", "", 0)).toBe(0);
  });

  test("however many sources there are, lines and memory are bounded", () => {
    const budget = new LogBudget({ burst: 1, intervalMs: 1_000 });
    let lines = 0;
    for (let source = 0; source < 10_000; source++) if (budget.take(`peer ${source}`, "", 0) >= 0) lines++;
    expect(lines).toBe(LOG_SOURCES_MAX + 1);
  });

  test("sources that somebody makes up have so many lines together, then each kind has those of one source", () => {
    const budget = new LogBudget({ burst: 2, intervalMs: 1_000, ofSources: { burst: 5, intervalMs: 100 } });
    const takeOfMany = (from: number, kind: string, now: number): number =>
      Array.from({ length: 50 }, (_, number) => budget.take(`made up ${from + number}`, kind, now)).filter(
        (suppressed) => suppressed >= 0,
      ).length;
    expect(takeOfMany(0, "up", 0)).toBe(5 + 2);
    expect(takeOfMany(50, "up", 0)).toBe(0);
    expect(takeOfMany(50, "down", 0)).toBe(2);
    // Lines without a source have a bucket of their own.
    expect([0, 1, 2].map(() => budget.take("", "up", 0))).toEqual([0, 0, -1]);
    expect(takeOfMany(100, "up", 300)).toBe(3);
    // Each source whose lines were left out tells their number with its next line.
    expect(budget.take("made up 49", "up", 400)).toBe(1);
  });

  test("a source that has been quiet makes room for another, and what was left out of it is told", () => {
    const budget = new LogBudget({ burst: 2, intervalMs: 1_000 });
    for (let source = 0; source < LOG_SOURCES_MAX; source++) {
      for (let line = 0; line < 3; line++) budget.take(`peer ${source}`, "", source);
    }
    const now = 2_000;
    // The shared bucket of sources that find no room has two lines.
    expect([0, 1, 2].map((line) => budget.take(`late ${line}`, "", now - 1))).toEqual([0, 0, -1]);
    expect(budget.takeForgotten()).toBe(0);
    expect([0, 1, 2].map(() => budget.take("new", "", now))).toEqual([0, 0, -1]);
    expect(budget.takeForgotten()).toBe(1);
    expect(budget.takeForgotten()).toBe(0);
    // The first source has lost its place, and has a full bucket again.
    expect([0, 1, 2].map(() => budget.take("peer 0", "", now + LOG_SOURCES_MAX))).toEqual([0, 0, -1]);
  });

  test("whatever others do, a source gets the lines that it would get alone", () => {
    const step = fc.record({
      source: fc.constantFrom("evil 1", "evil 2", "good"),
      kind: fc.oneof(fc.constantFrom("a", "b"), fc.nat().map(String)),
      wait: fc.nat({ max: 300 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const options = { burst: 2, intervalMs: 100 };
        const [together, alone] = [new LogBudget(options), new LogBudget(options)];
        let now = 0;
        for (const { source, kind, wait } of steps) {
          now += wait;
          const shownKind = source === "good" ? kind.slice(0, 1) : kind;
          const suppressed = together.take(source, shownKind, now);
          if (source === "good") expect(suppressed).toBe(alone.take(source, shownKind, now));
        }
        expect(together.takeForgotten()).toBe(0);
      }),
    );
  });

  test("in any time, no key gets more than its burst and what it earned, and every event is counted once", () => {
    const steps = fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 5 }), (waits, burst) => {
        const budget = new LogBudget({ burst, intervalMs: 100 });
        let now = 1_000;
        let lines = 0;
        let pending = 0;
        for (const wait of waits) {
          now += wait;
          const suppressed = budget.take("x", "", now);
          if (suppressed === -1) {
            pending++;
          } else {
            expect(suppressed).toBe(pending);
            pending = 0;
            lines++;
          }
        }
        expect(lines).toBeLessThanOrEqual(burst + (now - 1_000) / 100);
      }),
    );
  });
});

test("a line that follows left-out ones says how many", () => {
  const lines: [EventFields, string][] = [];
  const write = (event: EventFields, message: string): void => void lines.push([event, message]);
  const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
  let now = 0;
  const log = createRateLimitedLog(logger, { burst: 1, intervalMs: 100, now: () => now });
  for (const at of [0, 1, 2, 150]) {
    now = at;
    log.warn({ code: "BAD_FRAME", portal: "quic" }, "a frame was dropped");
  }
  log.warn({ code: "BAD_FRAME" }, "of another portal", "other");
  expect(lines).toEqual([
    [{ code: "BAD_FRAME", portal: "quic" }, "a frame was dropped"],
    [{ code: "BAD_FRAME", portal: "quic", suppressed: 2 }, "a frame was dropped"],
    [{ code: "BAD_FRAME" }, "of another portal"],
  ]);
});
