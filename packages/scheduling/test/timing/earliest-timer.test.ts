import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EarliestTimer } from "../../src/timing/drivers/earliest-timer.ts";

let calls: number[];
let timer: EarliestTimer;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  calls = [];
  timer = new EarliestTimer(
    () => calls.push(Date.now()),
    () => Date.now(),
  );
});

afterEach(() => {
  vi.useRealTimers();
});

test("of all times that are set, it calls at the earliest, and once", () => {
  for (const at of [300, 200, 100, 150, Infinity]) timer.set(at);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1_000);
  expect(calls).toEqual([100]);
});

test("a later time does not move it, so that a core which is called too early says again what it wants", () => {
  const wanted = 250;
  timer = new EarliestTimer(
    () => {
      calls.push(Date.now());
      if (Date.now() < wanted) timer.set(wanted);
    },
    () => Date.now(),
  );
  timer.set(100);
  timer.set(wanted);
  vi.advanceTimersByTime(1_000);
  expect(calls).toEqual([100, 250]);
});

test("a time that is past is now, in a call of its own", () => {
  vi.advanceTimersByTime(500);
  timer.set(400);
  expect(calls).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(calls.length).toBe(1);
});

test("it does not call before the time, down to fractions of a millisecond", () => {
  timer.set(10.1);
  vi.advanceTimersByTime(10);
  expect(calls).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(calls).toEqual([11]);
});

test("a time beyond what Node's timers can wait for is waited for in parts, and not called at once again and again", () => {
  timer.set(2 ** 40);
  vi.advanceTimersByTime(1_000_000);
  expect(calls).toEqual([]);
});

test("after its end it calls nobody, whatever was set or is", () => {
  timer.set(100);
  timer.close();
  timer.set(50);
  timer.set(-Infinity);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(1_000);
  expect(calls).toEqual([]);
});
