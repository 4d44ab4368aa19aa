/** The numbers that the pages of storage say of clients are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as limits from "../../src/client/limits.ts";
import { NAMES_MAX, SHARD_SIZE_MAX } from "../../src/limits.ts";

const n = (value: number): string => value.toLocaleString("en");
const s = (milliseconds: number): string => `${milliseconds / 1_000} s`;
const min = (milliseconds: number): string => `${milliseconds / 60_000} min`;
const pageOf = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../../../../docs", name), "utf8").replaceAll(/\s+/g, " ");
const protocol = pageOf("protocol/storage.md");

test.each([
  `cut into shards of ${n(SHARD_SIZE_MAX)} octets`,
  `within ${limits.PUT_MS_MAX / 3_600_000} hours of the first one`,
  `the client waits ${s(limits.LATE_MS)} longer for the others`,
  `asks those that it leaves alone, for ${s(limits.ANSWER_MS)} at most`,
  `comes more than ${s(limits.LATE_MS)} after those of a majority`,
  `keeps a majority waiting for more than ${s(limits.LISTED_LATE_MS)} and as long as the majority has taken in all`,
  `or more than ${n(NAMES_MAX)} of them, or more than ${limits.SHORT_PAGES_MAX} pages that go on`,
  `more full shards than the budget allows (and more than ${n(limits.LISTED_SHARDS_MIN)})`,
  `is asked last for that shard for ${min(limits.WRONG_MS)}`,
  `has not given a shard in ${s(limits.ANSWER_MS)}`,
  `is asked last for shards for ${min(limits.SLOW_MS)}, as is one that lags ${limits.SHARDS_BEHIND_MAX} shards behind`,
  `tries again, ${limits.TURN_TRIES} times at most`,
  `does not answer a question in ${s(limits.ANSWER_MS)} is left alone for ${s(limits.PAUSE_MS)}`,
  `up to ${min(limits.PAUSE_MS_MAX)}`,
  `is written to last for ${min(limits.FULL_MS)}`,
])("docs/protocol/storage.md says: %s", (sentence) => expect(protocol).toContain(sentence));

test("docs/operate/storage.md says how many shards a check reads at once", () => {
  expect(pageOf("operate/storage.md")).toContain(`${limits.CHECKED_AT_ONCE} at once`);
});
