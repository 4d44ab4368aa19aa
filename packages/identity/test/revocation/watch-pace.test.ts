/** How soon changed files of revocation lists are seen, and how long half a file is tolerated: counted in looks, whose times the test sets. */
import { appendFileSync, writeFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LIST_POLL_MS } from "../../src/limits.ts";
import { ListLab, listOf, numbersOf, replace } from "./list-lab.ts";

let lab: ListLab;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  lab = new ListLab();
});
afterEach(async () => {
  vi.useRealTimers();
  await lab[Symbol.asyncDispose]();
});

/** Has the watch look once, to the end: its next look is planned then. */
async function look(): Promise<void> {
  vi.advanceTimersToNextTimer();
  // `vi.waitUntil` would let the time of the timers go on.
  while (vi.getTimerCount() !== 1) await setImmediate();
}

test("a list is in force with the first look, of which there is one in each second", async () => {
  const held = await lab.open();
  replace(lab.file, listOf(3));
  await look();
  expect(numbersOf(held)).toEqual(["3"]);
  expect(LIST_POLL_MS).toBeLessThanOrEqual(1_000);
});

test("nothing is told of a file that is being written", async () => {
  writeFileSync(lab.file, listOf(7));
  const held = await lab.open();
  const text = listOf(8);
  writeFileSync(lab.file, text.slice(0, 200));
  await look();
  appendFileSync(lab.file, text.slice(200));
  await look();
  expect(numbersOf(held)).toEqual(["8"]);
  expect(lab.codes).toEqual(["REVOCATION_LOADED", "REVOCATION_LOADED"]);
});

test("a half of one that stays is told with the second look", async () => {
  writeFileSync(lab.file, listOf(7));
  await lab.open();
  writeFileSync(lab.file, listOf(8).slice(0, 200));
  await look();
  expect(lab.codes).toEqual(["REVOCATION_LOADED"]);
  await look();
  expect(lab.codes).toHaveLength(2);
});
