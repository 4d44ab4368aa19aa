/** The numbers in docs/operate/control-flor.md, and those of its letters in docs/protocol/fabric-feed.md, are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TREND_ROWS_MAX } from "@florenetes/console";
import { LETTER_SIZE_MAX } from "@florenetes/feed";
import { FAULT_WARNED_MS } from "../src/admin/judge-status.ts";
import * as api from "../src/api/limits.ts";
import * as console from "../src/console/limits.ts";
import * as drivers from "../src/drivers/limits.ts";
import * as fabric from "../src/fabric/limits.ts";
import * as mail from "../src/mail/limits.ts";
import * as proposals from "../src/proposals/limits.ts";
import * as users from "../src/users/limits.ts";

const pageOf = (path: string): string =>
  readFileSync(join(import.meta.dirname, "../../../docs", path), "utf8").replaceAll(/\s+/g, " ");
const page = pageOf("operate/control-flor.md");
const feed = pageOf("protocol/fabric-feed.md");
const grouped = (value: number): string => value.toLocaleString("en-US");
const DAY_MS = 86_400_000;

test.each([
  `in ${grouped(console.LINES_MAX)} lines at most; a table of more than ${TREND_ROWS_MAX} rows has no lines`,
  `**Pages** have ${api.PAGE_ITEMS} items, \`limit\` asks for up to ${api.PAGE_ITEMS_MAX}.`,
  `Each principal has ${api.REQUESTS_AT_ONCE} requests at once, and ${api.REQUESTS_PER_SECOND} a second`,
  `while it has ${api.ANSWERS_UNREAD_MAX / 1_048_576} MiB of answers to read`,
  `it may bring ${api.ORDERS_AT_ONCE} at once, and ${api.ORDERS_PER_SECOND} a second.`,
  `A principal has ${drivers.CONNECTIONS_OF_ONE_MAX} connections at a time, of the replica's ${grouped(drivers.CONNECTIONS_MAX)}.`,
  `Users have ${grouped(drivers.CONNECTIONS_MAX)} connections over HTTPS at a time`,
  `Others have ${users.STRANGERS_MAX}: of the address`,
  `An address may begin ${users.HANDSHAKES_OF_ONE_AT_ONCE} handshakes at once, and ${users.HANDSHAKES_OF_ONE_PER_SECOND} a second, all together ${users.HANDSHAKES_AT_ONCE} and ${users.HANDSHAKES_PER_SECOND}.`,
  `A principal has ${api.STREAMS_OF_ONE_MAX} streams at a time, a replica ${grouped(api.STREAMS_MAX)}.`,
  `or has told nothing for ${api.STALE_AFTER_MS / 1_000} s and for as long as three looks at it take`,
  `A page looks at ${api.ENTRIES_AT_ONCE * api.ENTRY_ASKS_MAX} entries at most`,
  `A principal has ${api.LOG_READS_OF_ONE_MAX} pages under way at a time, all together ${api.LOG_READS_MAX}, and`,
  `Of one principal the agent is asked ${api.LOG_ASKS_AT_ONCE} times at once, and ${api.LOG_ASKS_PER_SECOND} times a second, for up to ${api.ENTRIES_AT_ONCE} entries each.`,
  `Of all requests, ${grouped(api.AUDIT_ENTRIES_MAX)} are remembered; the file has about twice as many lines`,
  `A page asks each replica ${api.AUDIT_ASKS_MAX} times at most`,
  `A list is of ${api.AUDIT_REPLICAS_MAX} replicas`,
  `a principal has ${api.AUDIT_PAGES_OF_ONE_MAX} under way at a time, all together ${api.AUDIT_PAGES_MAX}, and ${api.AUDIT_LISTS_AT_ONCE} at once`,
  `Nobody is asked any more after ${api.AUDIT_PAGE_MS / 1_000} s.`,
  `a time more than ${api.AUDIT_AHEAD_MS / 60_000} minutes ahead`,
  `what it tells ends at ${grouped(api.AUDIT_ENTRIES_MAX)} entries`,
  `the last ${fabric.USAGE_HOURS / 24} days, at most ${grouped(fabric.USAGE_ROWS_MAX)} rows`,
  `back to ${drivers.USAGE_HOURS_AGAIN} hours before the newest hour`,
  `a principal has ${api.USAGE_TABLES_AT_ONCE} at once, and one a second in the long run`,
  `Signed records, ${proposals.RECORDS_AT_ONCE_MAX} at most`,
  `a replica has ${proposals.PROPOSALS_MAX} at most, one principal ${proposals.PROPOSALS_OF_ONE_MAX} that wait`,
  `Of a replica's ${proposals.PROPOSALS_MAX} places, ${proposals.TOLD_MAX} are shared out to the others`,
])("docs/operate/control-flor.md says: %s", (sentence) => expect(page).toContain(sentence));

test.each([
  `at most ${grouped(mail.TEXT_SIZE_MAX)} octets of ASCII`,
  `count (1, at most ${mail.LISTED_AT_ONCE}), for each proposal`,
  `Where others follow: then the count is ${mail.LISTED_AT_ONCE}`.replace("Where", "where"),
  `from the offset on: ${grouped(mail.PART_SIZE)}, or as many as are left`,
  `then after ${mail.LOOK_MS / 1_000} to ${(2 * mail.LOOK_MS) / 1_000} s each time`,
  `at most ${mail.NEWS_LOOKS_BURST} times at once and once in ${1 / mail.NEWS_LOOKS_PER_SECOND} s in the long run`,
  `is under way at a time, and ${mail.LETTERS_AT_ONCE} to all`,
  `not asked for again for ${mail.VAIN_MS / 60_000} minutes while its copy is the same, and ${mail.VAIN_A_LOOK_MAX} of that end`,
  `at most ${grouped(api.AUDIT_SLICE_SIZE_MAX)} octets of them`,
  `is answered ${mail.AUDIT_QUESTIONS_AT_ONCE} times at once, and ${mail.AUDIT_QUESTIONS_PER_SECOND} times a second`,
  `brought* and ${proposals.PROPOSAL_LIFE_MS / DAY_MS} days has ended`,
  `an equal share of ${proposals.TOLD_MAX} places`,
])("docs/protocol/fabric-feed.md says: %s", (sentence) => expect(feed).toContain(sentence));

test("docs/operate/control-flor.md says of words for numbers what they are", () => {
  expect(api.STALE_AFTER_LOOKS).toBe(3);
  expect(page).toContain("told once a minute");
  expect(api.REFUSALS_TOLD_MS).toBe(60_000);
  expect(page).toContain("not read for a minute");
  expect(feed).toContain("nothing more is read of that replica for a minute");
  expect(feed).toContain("within a second of when it knows of it");
  expect(page).toContain("it is asked for again after a minute");
  expect([mail.FAULT_PAUSE_MS, drivers.FAULTS_TOLD_MS, mail.FIRST_LOOK_MS, mail.FULL_MS]).toEqual([
    60_000, 60_000, 1_000, 60_000,
  ]);
  expect(feed).toContain("and what had no place, is asked for again after 1 minute");
  expect(page).toContain("and the status warns of it for ten");
  expect(FAULT_WARNED_MS).toBe(600_000);
  expect(page).toContain("asked again with the next page, or after a minute");
  expect(page).toContain("or one a second in the long run");
  expect([api.AUDIT_SILENT_MS, api.AUDIT_LISTS_PER_SECOND]).toEqual([60_000, 1]);
  expect(page).toContain("Proposals are kept for seven days");
  expect(page).toContain("handed in again each ten seconds");
  expect(page).toContain("Each minute it asks for what is new");
  expect(page).toContain("and once an hour for all");
  expect([drivers.USAGE_LOOK_MS, drivers.USAGE_WHOLE_MS, api.USAGE_TABLES_PER_SECOND]).toEqual([60_000, 3_600_000, 1]);
  expect([proposals.PROPOSAL_LIFE_MS, proposals.PUBLISH_PAUSE_MS]).toEqual([7 * DAY_MS, 10_000]);
});

test("a letter has as many octets as an agent carries", () => expect(mail.BODY_SIZE_MAX).toBe(LETTER_SIZE_MAX));

test("docs/operate/storage.md says for how long a change is waited for", () => {
  expect(pageOf("operate/storage.md")).toContain(`is waited for ${api.AUDIT_WAIT_MS / 60_000} minutes at most`);
});
