/** The numbers in docs/operate/storage.md that are about the record of a collection are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { KINDS } from "../src/kinds.ts";
import * as limits from "../src/limits.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/operate/storage.md"), "utf8");
const DAY_SECONDS = 86_400;

test.each([
  `Nodes that keep it, at most ${limits.COLLECTION_HOLDERS_MAX},`,
  `Copies of each shard, ${limits.COLLECTION_COPIES_MIN} to ${limits.COLLECTION_COPIES_MAX};`,
  `at most ${(limits.RETENTION_SECONDS_MAX / DAY_SECONDS).toLocaleString("en")}.`,
  `A record lives ${KINDS.collection.life / DAY_SECONDS / 1_000} days.`,
])("docs/operate/storage.md says: %s", (words) => {
  expect(page).toContain(words);
});
