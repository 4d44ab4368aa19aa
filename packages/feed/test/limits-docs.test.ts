/** The numbers, messages and codes in docs/protocol/fabric-feed.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FeedCode } from "../src/codes.ts";
import * as limits from "../src/limits.ts";
import * as mail from "../src/mail/limits.ts";
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
  `hops (1, 1 to ${mail.HOPS_MAX})`,
  `tokens (${mail.HOPS_MAX} of ${mail.TOKEN_SIZE}), sealed (the rest: ${mail.SEAL_SIZE} or more)`,
  `within ${n(mail.READER_KEY_MS)} ms of the time`,
  `makes one each ${mail.BEACON_MS / 1_000} s`,
  `time is within ${mail.CLOCK_MS / MINUTE_MS} minutes of its own clock`,
  `looked at again: ${mail.EARLY_MAX} of a neighbour at the most`,
  `brought one within ${mail.WAY_MS / 1_000} s are ways, too: up to ${mail.WAYS_MAX}`,
  `nothing was heard for ${mail.READER_MS / MINUTE_MS} minutes is forgotten. A node knows ${mail.READERS_MAX} readers at the most`,
  `no more than ${mail.BEACONS_BURST} beacons of one at once, and 1 in ${1 / mail.BEACONS_PER_SECOND} s in the long run`,
  `${mail.MAIL_MS / 1_000} s behind when the letter was written, in milliseconds since 1970, down to a multiple of ${n(mail.END_STEP_MS)}`,
  `length of the body (4, at most ${n(mail.LETTER_SIZE_MAX)})`,
  `A source remembers what it has told of ${mail.READERS_MAX} nodes`,
  `zeros up to a multiple of ${mail.PADDING} octets`,
  `more than ${(mail.MAIL_MS + mail.CLOCK_MS) / MINUTE_MS} minutes ahead`,
  `where there is one: ${mail.TRIES_MAX} times in all`,
  `${mail.MAILS_BURST} at once, ${mail.MAILS_PER_SECOND} a second; of one that is no node by any record ${mail.CANDIDATE_MAILS_BURST} at once, 1 in ${1 / mail.CANDIDATE_MAILS_PER_SECOND} s`,
  `${mail.LETTERS_BURST} at once, ${mail.LETTERS_PER_SECOND} a second, of those who have brought them in turns`,
  `for all neighbours | ${n(mail.REMEMBERED_MAX)}.`,
  `${mail.WAITING_MAX} of ${n(mail.WAITING_OCTETS_MAX)} octets together`,
  `letters whose answers are being made | ${mail.LETTERS_MAX}.`,
  `letters that wait until there is something to tell | ${n(mail.PARKED_MAX)}.`,
  `counts as ${mail.LETTER_COST} signatures`,
  `mail of one neighbour | ${mail.MAIL_VERIFICATIONS_PER_SECOND} a second, ${n(mail.MAIL_VERIFICATIONS_BURST)} at once`,
  `without records, with at most ${mail.WATCHED_MAX} ids`,
  `count (1, at most ${mail.PAPERS_MAX}), for each record: length (4), octets; count (2, at most ${n(mail.HELD_MAX)}), for each: the first ${mail.SHORT_ID_SIZE} octets`,
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

const routes = readFileSync(join(import.meta.dirname, "../../../docs/protocol/fabric-routes.md"), "utf8").replaceAll(
  /\s+/g,
  " ",
);

test.each([
  `wait (1, at most ${mail.WAIT_SECONDS_MAX})`,
  `*Records* are count (1, at most ${mail.PAPERS_MAX})`,
  `*Acknowledgements* are count (1, at most ${mail.ACKNOWLEDGED_MAX})`,
  `count (1, at most ${mail.ASKS_MAX}), for each: kind (1), node (text)`,
])("docs/protocol/fabric-routes.md says: %s", (sentence) => expect(routes).toContain(sentence));
