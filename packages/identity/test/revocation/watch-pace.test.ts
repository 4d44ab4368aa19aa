/** How soon files of revocation lists are seen, and how long a half of one is borne with. */
import { appendFileSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LIST_POLL_MS } from "../../src/limits.ts";
import { ListLab, listOf, replace, untilNumber } from "./list-lab.ts";

let lab: ListLab;
beforeEach(() => {
  lab = new ListLab();
});
afterEach(() => lab[Symbol.asyncDispose]());

test("a list is in force within a second", async () => {
  const held = await lab.open();
  const start = performance.now();
  replace(lab.file, listOf(3));
  await untilNumber(held, 3);
  expect(performance.now() - start).toBeLessThan(1000);
});

test("nothing is told of a file that is being written", async () => {
  writeFileSync(lab.file, listOf(7));
  const held = await lab.open();
  const text = listOf(8);
  writeFileSync(lab.file, text.slice(0, 200));
  await delay(1.25 * LIST_POLL_MS);
  appendFileSync(lab.file, text.slice(200));
  await untilNumber(held, 8);
  expect(lab.codes).toEqual(["REVOCATION_LOADED", "REVOCATION_LOADED"]);
});
