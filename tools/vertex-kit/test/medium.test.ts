import { expect, test } from "vitest";
import { Medium } from "../src/link-vertex/medium.ts";
import { PATIENCE_MS } from "../src/limits.ts";

const RATE = 92_160;

test("without a rate nothing waits for the medium", () => {
  const medium = new Medium();
  expect([medium.msFor(1e9), medium.linkMs, medium.patienceMs(1e9)]).toEqual([0, 0, PATIENCE_MS]);
  expect(medium.bytesIn(1)).toBe(Infinity);
});

test("what goes over a slow one has twice its own time, and a link that of all that is said for it", () => {
  const medium = new Medium(RATE);
  expect(medium.msFor(RATE / 8)).toBe(2_000);
  expect(medium.bytesIn(1_000)).toBe(RATE / 8);
  expect(medium.patienceMs(1_000)).toBe(PATIENCE_MS + medium.linkMs + medium.msFor(1_000));
});

test.each([
  [Infinity, 100],
  [RATE, 1],
])("at a rate of %d, of 100 calls %d send", (rate, sent) => {
  let count = 0;
  const send = new Medium(rate).repeated(1e6, () => count++);
  for (let i = 0; i < 100; i++) send();
  expect(count).toBe(sent);
});
