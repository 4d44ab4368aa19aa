/** The numbers of a holder in docs/protocol/storage.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as holder from "../../src/holder/limits.ts";
import * as limits from "../../src/limits.ts";

const pageOf = (path: string): string =>
  readFileSync(join(import.meta.dirname, "../../../../docs", path), "utf8").replaceAll(/\s+/g, " ");
const n = (value: number): string => value.toLocaleString("en");
const minutes = (ms: number): string => `${ms / 60_000} minutes`;
const hours = (ms: number): string => `${ms / 3_600_000} hours`;
const days = (ms: number): string => `${ms / 86_400_000} days`;

test.each([
  `has not told the record for ${minutes(holder.UNTOLD_WRITES_MS)}`,
  `names is removed ${hours(holder.UNNAMED_KEPT_MS)} after it was last put and last named`,
  `All shards of an entry but the last have ${n(limits.SHARD_SIZE_MAX)} octets`,
  `by at most ${n(limits.TURN_STEP_MAX)} (\`ERR_STORAGE_TURN\`)`,
  `at most ${n(limits.NAMES_MAX)} names, with those that are gone`,
  `more than ${n(holder.UNNAMED_MAX)} shards have lost`,
  `forgotten ${days(limits.GONE_KEPT_MS)} after it was written`,
  `at most ${limits.PAGE_ENTRIES_MAX} of them, and at most as many as name ${n(limits.PAGE_SHARDS_MAX)} shards`,
  `within the last ${holder.HEARD_MS / 1_000} seconds`,
  `More than ${n(limits.NAMES_MAX)} names of one holder are not read`,
  `once it is ${minutes(holder.SETTLED_MS)} old`,
  `was first told ${minutes(holder.SETTLED_MS)} ago`,
  `its turn is at most ${n(limits.TURN_STEP_MAX)} above ours`,
  `within ${hours(holder.ALONE_WINDOW_MS)}, at most ${n(holder.ALONE_NAMES_MAX)} such names and a ${holder.ALONE_BUDGET_PART}th of the budget`,
  `counts ${holder.UNACKNOWLEDGED_PRICE} times`,
  `After ${minutes(holder.YOUNG_MS)} it goes by whomever`,
  `pages of one holder are read for ${holder.SYNC_READ_MS / 1_000} seconds`,
  `another holder has ${holder.QUESTION_MS / 1_000} seconds`,
  `octets take at ${n(limits.SHARD_RATE_MIN)} a second`,
  `nothing but its changes for ${minutes(holder.SLOW_MS)}`,
  `takes no new ones for ${minutes(holder.FULL_MS)}`,
  `it was put here ${hours(holder.UNNAMED_KEPT_MS)} ago`,
  `at most ${limits.CHALLENGED_SHARDS_MAX} shards which`,
  `up to ${holder.EVADED_CHALLENGES_MAX} challenges in a row`,
  `have been here for ${hours(holder.CHALLENGED_AGE_MS)}`,
])("protocol: %s", (sentence) => {
  expect(pageOf("protocol/storage.md")).toContain(sentence);
});

test.each([
  `completed by the holders after ${minutes(holder.SETTLED_MS)}`,
  `gone ${hours(holder.UNNAMED_KEPT_MS)} after that, and forgets the name after ${days(limits.GONE_KEPT_MS)}`,
  `at most a ${holder.ALONE_BUDGET_PART}th of the budget a day while it cannot ask enough others, and a ${holder.ALONE_BUDGET_PART * holder.UNACKNOWLEDGED_PRICE}th otherwise`,
  `all of its shards within ${holder.VERIFY_TURNS / 1_440} days`,
  `and none more often than each ${hours(holder.VERIFY_ROUND_MS)}`,
  `reads all the others soon, ${holder.VERIFY_HURRY_OCTETS / 2 ** 30} GiB a minute`,
  `puts off more than ${holder.EVADED_CHALLENGES_MAX} challenges in a row`,
  `written for ${minutes(holder.UNTOLD_WRITES_MS)} more`,
])("operating: %s", (sentence) => {
  expect(pageOf("operate/storage.md")).toContain(sentence);
});

test("all is looked at within an hour, and two failed challenges are enough", () => {
  expect([holder.REPAIR_ROUND_MS, holder.FAILED_CHALLENGES_MAX]).toEqual([3_600_000, 2]);
});
