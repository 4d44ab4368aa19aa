/** The numbers, messages and codes in docs/protocol/fabric-feed.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FeedCode } from "../src/codes.ts";
import * as limits from "../src/limits.ts";
import { messageRule, MessageType } from "../src/messages.ts";
import { codeName } from "./ends.ts";

const n = (value: number): string => value.toLocaleString("en");
/** The page in one line, so that a sentence is found wherever its lines end. */
const page = readFileSync(join(import.meta.dirname, "../../../docs/protocol/fabric-feed.md"), "utf8").replaceAll(
  /\s+/g,
  " ",
);
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

test.each([
  `HELLO has not come for ${limits.HELLO_MS / 1_000} s, or a WANT is not answered for ${limits.ANSWER_MS / 1_000} s`,
  `count (1, at most ${limits.SECTIONS_MAX}), for each: section`,
  `count (2, 1 to ${limits.IDS_MAX}), for each: id (${limits.ID_SIZE})`,
  `count (2, at most ${limits.IDS_MAX}), for each: id`,
  `count (1, at most ${limits.RECORDS_MAX}), for each: length (4, at most ${n(limits.RECORD_SIZE_MAX)})`,
  `its body has at most ${n(limits.BODY_SIZE_MAX)} octets`,
  `database id (${limits.DATABASE_ID_SIZE})`,
  `This is version ${limits.VERSION}`,
  `more than **${limits.HAVES_OPEN_MAX}** open ones`,
  `more than ${n(limits.HAVES_OPEN_MAX * limits.IDS_MAX)} ids for the other`,
  `each message as ${limits.MESSAGE_COST_MIN} or more | ${n(limits.BYTES_PER_SECOND)} a second | ${n(limits.BYTES_BURST)} |`,
  `each record as one or more | ${limits.VERIFICATIONS_PER_SECOND} a second | ${limits.VERIFICATIONS_BURST} |`,
  `in fair turns | ${n(limits.PROCESS_VERIFICATIONS_PER_SECOND)} a second | ${limits.PROCESS_VERIFICATIONS_BURST} |`,
  `each ${limits.MISSING_PER_FAULT} ids that were offered, wanted and not delivered`,
  `${limits.FAULTS_MAX} faults within ${limits.FAULTS_MS / MINUTE_MS} minute *mute* the neighbour for ${limits.MUTE_MS / MINUTE_MS} minute`,
  `up to ${limits.MUTE_MS_MAX / HOUR_MS} hour; after ${limits.MUTE_MS_MAX / HOUR_MS} hour without another time`,
  `at most ${n(limits.SERVED_PER_SECOND)} bytes a second for a reader, ${n(limits.SERVED_BURST)} at once`,
])("docs/protocol/fabric-feed.md says: %s", (sentence) => expect(page).toContain(sentence));

test.each(Object.values(MessageType))("docs/protocol/fabric-feed.md has messages of type %i", (type) => {
  const { name, sizeMax } = messageRule(type)!;
  expect(page).toMatch(new RegExp(String.raw`\| ${type} \| ${name} \| (both|source|reader) \| ${n(sizeMax)} \|`));
});

test.each(Object.values(FeedCode))("docs/protocol/fabric-feed.md and transport.md have code %i", (code) => {
  const row = `| 0x${code.toString(16).padStart(2, "0")} | ${codeName(code)} |`;
  const transport = readFileSync(join(import.meta.dirname, "../../../docs/protocol/transport.md"), "utf8");
  expect([page.includes(row), transport.includes(row)]).toEqual([true, true]);
});
