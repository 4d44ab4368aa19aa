import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EventFields, Logger } from "../src/logger.ts";
import { createRateLimitedLog, LogBudget } from "../src/rate-limited-log.ts";

describe("a budget of lines", () => {
  test("lets a burst through, then one line in each interval, and counts what is left out", () => {
    const budget = new LogBudget({ burst: 2, intervalMs: 100 });
    const taken = [0, 1, 2, 50, 101, 102, 350].map((now) => budget.take("x", now));
    expect(taken).toEqual([0, 0, -1, -1, 2, -1, 1]);
  });

  test("keys do not silence one another", () => {
    const budget = new LogBudget({ burst: 1, intervalMs: 100 });
    expect([budget.take("x", 0), budget.take("y", 0), budget.take("x", 0)]).toEqual([0, 0, -1]);
  });

  test("however many keys there are, lines and memory are bounded", () => {
    const budget = new LogBudget({ burst: 1, intervalMs: 1_000 });
    let lines = 0;
    for (let key = 0; key < 10_000; key++) if (budget.take(`peer ${key}`, 0) >= 0) lines++;
    expect(lines).toBe(257);
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
          const suppressed = budget.take("x", now);
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
