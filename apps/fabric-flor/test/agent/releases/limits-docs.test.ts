/** The numbers of docs/operate/releases.md about what a node does are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as limits from "../../../src/agent/releases/limits.ts";

const page = readFileSync(join(import.meta.dirname, "../../../../../docs/operate/releases.md"), "utf8");

test.each([
  `do so within ${limits.FETCH_SPREAD_MS / 1_000} seconds`,
  `tried again after ${limits.FETCH_AGAIN_MS / 1_000} seconds at the soonest, later each time, up to ${limits.FETCH_AGAIN_MS_MAX / 60_000} minutes`,
  `leave less than ${limits.FREE_LEFT / 1_048_576} MiB free`,
  `with up to ${limits.LEFT_NAMED_MAX} names`,
])("docs/operate/releases.md says: %s", (text) => {
  expect(page).toContain(text);
});

test("an hour and ten minutes are what the page says in words", () => {
  expect([limits.REFUSED_AGAIN_MS, limits.UNANSWERED_MS]).toEqual([3_600_000, 600_000]);
});
