import { expect, test } from "vitest";
import { warningPause, WarningRhythm } from "../../src/index.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test.each([
  ["a day before the end, and earlier", 2 * DAY, DAY],
  ["in the last day", DAY, HOUR],
  ["after the end", -DAY, HOUR],
])("the pause %s", (_, left, pause) => {
  expect(warningPause(left, 0)).toBe(pause);
});

test("a warning is due at once, after a pause, and when its state is another one", () => {
  const rhythm = new WarningRhythm();
  const isDue = (state: string, now: number): boolean => rhythm.isDue("a", state, now, HOUR);
  expect([0, HOUR - 1, HOUR, HOUR + 1].map((now) => isDue("soon", now))).toEqual([true, false, true, false]);
  expect(isDue("over", HOUR + 2)).toBe(true);
  expect(rhythm.isDue("b", "soon", 0, HOUR)).toBe(true);
  expect([rhythm.forget("a"), rhythm.forget("a")]).toEqual([true, false]);
  expect(isDue("over", HOUR + 3)).toBe(true);
});

test("a clock that is put back silences nothing for longer than a pause", () => {
  const rhythm = new WarningRhythm();
  expect(rhythm.isDue("a", "soon", DAY, HOUR)).toBe(true);
  expect([0, HOUR - 1, HOUR].map((now) => rhythm.isDue("a", "soon", now, HOUR))).toEqual([false, false, true]);
});
