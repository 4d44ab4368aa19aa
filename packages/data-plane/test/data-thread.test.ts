import { nodeTime } from "@florenetes/scheduling";
import { expect, test, vi } from "vitest";
import { DataThread, openDataPlane, RecentFigures } from "../src/index.ts";

const isAbsent = openDataPlane().kind === "absent";

/** A thread and a clock in the test's hand. */
function start(onEvents: (batch: Uint8Array) => boolean) {
  const native = {
    close: vi.fn(),
    takeEvents: vi.fn((): Uint8Array | null => null),
    flush: vi.fn(() => true),
    watch: vi.fn(),
    figures: vi.fn((): Uint8Array | null => null),
  };
  const time = { now: 0, due: Infinity, wake: () => {}, ring: () => {} };
  const timer = { set: (at: number) => void (time.due = at), close: () => void (time.due = Infinity) };
  const thread = new DataThread({
    time: {
      now: () => time.now,
      wallClock: () => new Date(0),
      wakeUps: {
        soon: () => {},
        timer: (call) => {
          time.wake = call;
          return timer;
        },
      },
    },
    start: (_, now, bell) => {
      expect(now).toBe(0);
      time.ring = bell;
      return native;
    },
    onEvents,
  });
  return { native, time, thread };
}

test.skipIf(isAbsent)("it is looked each two seconds whether the thread goes on", () => {
  const { native, time, thread } = start(() => true);
  for (const due of [2_000, 4_000, 6_000]) {
    expect(time.due).toBe(due);
    // The timer is late.
    time.now = due + 300;
    time.wake();
  }
  expect(native.watch).toHaveBeenCalledTimes(3);
  expect(native.flush).toHaveBeenCalledTimes(3);
  thread[Symbol.dispose]();
  expect([time.due, native.close.mock.calls.length]).toEqual([Infinity, 1]);
});

test.skipIf(isAbsent)("a thread that gives no figures does not answer", () => {
  const { native, thread } = start(() => true);
  expect(thread.isAnswering()).toBe(false);
  native.figures.mockReturnValue(new Uint8Array());
  expect(thread.isAnswering()).toBe(true);
});

test.skipIf(isAbsent)("a real thread answers as soon as it runs, before it has anything to carry", () => {
  using thread = new DataThread({
    time: nodeTime,
    start: ({ NativeLane: Lane }, now, bell) => new Lane(now, bell),
    onEvents: () => true,
  });
  expect(thread.isAnswering()).toBe(true);
});

test.skipIf(isAbsent)("events are taken when it rings, and orders that wait are given", () => {
  const onEvents = vi.fn(() => true);
  const { native, time } = start(onEvents);
  time.ring();
  expect(onEvents).not.toHaveBeenCalled();
  native.takeEvents.mockReturnValue(Uint8Array.of(1));
  time.ring();
  expect(onEvents).toHaveBeenCalledExactlyOnceWith(Uint8Array.of(1));
  expect(native.flush).toHaveBeenCalledTimes(2);
  onEvents.mockReturnValue(false);
  expect(() => time.ring()).toThrow(/no kind/);
});

test("figures are asked for once in a moment, and stay where the thread does not answer", () => {
  let now = 0;
  const ask = vi.fn((): number | null => now);
  const figures = new RecentFigures(() => now, ask, -1);
  expect([figures.read(), figures.read(), ask.mock.calls.length]).toEqual([0, 0, 1]);
  now = 9;
  expect(figures.read()).toBe(0);
  now = 10;
  expect(figures.read()).toBe(10);
  now = 100;
  ask.mockReturnValue(null);
  expect([figures.read(), ask.mock.calls.length]).toEqual([10, 3]);
  expect(figures.waitedMs).toBe(0);
  ask.mockImplementation(() => (now += 40));
  now = 200;
  expect([figures.read(), figures.waitedMs]).toEqual([240, 40]);
});
