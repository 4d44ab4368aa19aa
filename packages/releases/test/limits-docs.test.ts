/** The numbers in docs/protocol/releases.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as limits from "../src/repository/limits.ts";

const n = (value: number): string => value.toLocaleString("en");
const page = readFileSync(join(import.meta.dirname, "../../../docs/protocol/releases.md"), "utf8").replaceAll(
  /\s+/g,
  " ",
);

test.each([
  `| root | ${n(limits.ROOT_SIZE_MAX)} | at most ${limits.KEYS_MAX} keys`,
  `| timestamp | ${n(limits.TIMESTAMP_SIZE_MAX)} |`,
  `| snapshot | ${n(limits.SNAPSHOT_SIZE_MAX)} | at most ${limits.META_FILES_MAX} files`,
  `| targets | ${n(limits.TARGETS_SIZE_MAX)} | at most ${n(limits.TARGETS_MAX)} targets`,
  `of at most ${n(limits.TARGET_LENGTH_MAX)} octets`,
  `at most ${limits.DEPTH_MAX} levels deep`,
  `at most ${n(limits.COMMAS_MAX)} commas outside of strings`,
  `at most ${limits.KEYS_MAX} signatures`,
  `${limits.NEW_ROOTS_MAX} new roots in one refresh`,
  `${n(limits.ROOTS_MAX)} roots behind its first one`,
  `within ${limits.REFRESH_MS_MAX / 60_000} minutes`,
  `${n(limits.MINIMUM_RATE)} octets a second in each ${limits.RATE_WINDOW_MS / 1_000} seconds`,
])("docs/protocol/releases.md says: %s", (sentence) => expect(page).toContain(sentence));

test("docs/operate/releases.md says how many packages a repository lists", () => {
  const operate = readFileSync(join(import.meta.dirname, "../../../docs/operate/releases.md"), "utf8");
  expect(operate).toContain(`lists at most ${n(limits.TARGETS_MAX)} packages`);
});
