import { expect, test } from "vitest";
import { IdleWatch } from "../../../src/transport/tunnels/idle-watch.ts";

const KEEP_MS = 8_000;

/** Asks the watch whenever it wants to be asked; returns when the connection is let go, or Infinity if it is held for an hour. */
function overAt(watch: IdleWatch, isInUse: (now: number) => boolean): number {
  for (let looks = 0; looks < 10_000; looks++) {
    const now = watch.nextTimeout;
    if (now > 3_600_000) break;
    if (watch.isOver(isInUse(now), now)) return now;
  }
  return Number.POSITIVE_INFINITY;
}

function watchFor(ms: number): IdleWatch {
  const watch = new IdleWatch();
  watch.keepFor(ms);
  watch.start(0);
  return watch;
}

test("a connection that is never used is let go", () => {
  expect(overAt(watchFor(KEEP_MS), () => false)).toBe(KEEP_MS + KEEP_MS / 8);
});

test.each([1, 999, 1_000, 1_001, 20_000, 1_234_567])(
  "one that is in use until %i is kept for its time from then on, and for an eighth more at most",
  (end) => {
    const at = overAt(watchFor(KEEP_MS), (now) => now <= end);
    expect(at).toBeGreaterThanOrEqual(end + KEEP_MS);
    expect(at).toBeLessThanOrEqual(Math.max(end, KEEP_MS / 8) + KEEP_MS + KEEP_MS / 8);
  },
);

test("a short use between two looks counts", () => {
  const watch = watchFor(KEEP_MS);
  expect(watch.isOver(false, watch.nextTimeout)).toBe(false);
  watch.handleUse(5_000);
  expect(overAt(watch, () => false)).toBe(5_000 + KEEP_MS + KEEP_MS / 8);
});

test("another time counts from when it is said, and one without end is never over", () => {
  const watch = watchFor(KEEP_MS);
  watch.keepFor(2 * KEEP_MS);
  watch.start(1_000);
  expect(overAt(watch, () => false)).toBe(1_000 + 2 * KEEP_MS + KEEP_MS / 4);
  watch.keepFor(Number.POSITIVE_INFINITY);
  watch.start(50_000);
  expect(watch.isForEver).toBe(true);
  expect(watch.nextTimeout).toBe(Number.POSITIVE_INFINITY);
});

test("without a connection there is nothing to look at", () => {
  const watch = watchFor(KEEP_MS);
  watch.stop();
  expect(watch.nextTimeout).toBe(Number.POSITIVE_INFINITY);
  expect(watch.isOver(false, 1_000_000)).toBe(false);
});
