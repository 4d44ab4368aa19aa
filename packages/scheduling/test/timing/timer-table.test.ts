import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TimerTable } from "../../src/timing/timer-table.ts";

const count = 4;
const timer = fc.nat(count - 1);
const time = fc.nat(20);

describe("a table of timers", () => {
  test("none is set at first", () => {
    const table = new TimerTable(count);
    expect(table.next).toBe(Number.POSITIVE_INFINITY);
    for (let i = 0; i < count; i++) {
      expect(table.isSet(i)).toBe(false);
      expect(table.isDue(i, Number.MAX_VALUE)).toBe(false);
    }
  });

  test("a timer is due at its time and not before, and is taken once", () => {
    const table = new TimerTable(count);
    table.set(1, 10);
    expect([table.isDue(1, 9), table.takeDue(1, 9), table.isDue(1, 10)]).toEqual([false, false, true]);
    expect(table.isSet(1)).toBe(true);
    expect([table.takeDue(1, 11), table.takeDue(1, 11)]).toEqual([true, false]);
  });

  const step = fc.oneof(
    fc.record({ kind: fc.constantFrom("set", "setEarlier"), timer, time }),
    fc.record({ kind: fc.constantFrom("stop", "takeDue"), timer, time }),
    fc.record({ kind: fc.constant("stopAll"), timer, time }),
  );

  test("it agrees with a map from timers to times", () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const table = new TimerTable(count);
        const model = new Map<number, number>();
        for (const { kind, timer, time } of steps) {
          const before = model.get(timer) ?? Number.POSITIVE_INFINITY;
          if (kind === "set") {
            table.set(timer, time);
            model.set(timer, time);
          } else if (kind === "setEarlier") {
            table.setEarlier(timer, time);
            model.set(timer, Math.min(before, time));
          } else if (kind === "stop") {
            table.stop(timer);
            model.delete(timer);
          } else if (kind === "stopAll") {
            table.stopAll();
            model.clear();
          } else {
            expect(table.takeDue(timer, time)).toBe(time >= before);
            if (time >= before) model.delete(timer);
          }
          expect(table.next).toBe(Math.min(Number.POSITIVE_INFINITY, ...model.values()));
          expect(table.at(timer)).toBe(model.get(timer) ?? Number.POSITIVE_INFINITY);
          expect(table.isSet(timer)).toBe(model.has(timer));
        }
      }),
    );
  });
});
