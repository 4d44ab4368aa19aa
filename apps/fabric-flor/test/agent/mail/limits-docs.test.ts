/** The numbers of letters for a program in docs/operate/fabric.md, and of beacons in docs/protocol/fabric-feed.md, are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LETTER_SIZE_MAX } from "@florenetes/feed";
import { expect, test } from "vitest";
import { LETTERS_WAIT_MAX } from "../../../src/admin/letter-orders.ts";
import * as limits from "../../../src/agent/limits.ts";
import { WATCH_MS } from "../../../src/agent/mail/limits.ts";

const pageOf = (path: string): string =>
  readFileSync(join(import.meta.dirname, "../../../../../docs", path), "utf8").replaceAll(/\s+/g, " ");
const [page, feed] = ["operate/fabric.md", "protocol/fabric-feed.md"].map(pageOf);

test("docs/protocol/fabric-feed.md says how often a phone takes beacons", () => {
  expect(feed).toContain(`takes beacons once in ${limits.PHONE_BEACON_MS / 1_000} s`);
  expect(feed).toContain(`as [heard](fabric-routes.md#hold) for ${limits.PHONE_BEACON_MS / 1_000} s longer`);
});

test("docs/protocol/fabric-feed.md says how long a control node has a letter wait", () =>
  expect(feed).toContain(`else with none, after ${WATCH_MS / 1_000} s`));

test.each([
  `\`?wait=${LETTERS_WAIT_MAX}\` (at most)`,
  `in base64, at most ${LETTER_SIZE_MAX.toLocaleString("en")} octets`,
  `429 where ${limits.PROGRAM_SENT_MAX} wait.`,
  `It holds ${limits.PROGRAM_HELD_MAX} for the program, ${limits.PROGRAM_HELD_OF_ONE_MAX} of one sender, each for ${limits.PROGRAM_HELD_MS / 1_000} s`,
  `has not asked for letters for ${limits.ATTENDED_MS / 1_000} s`,
])("docs/operate/fabric.md says: %s", (sentence) => expect(page).toContain(sentence));
