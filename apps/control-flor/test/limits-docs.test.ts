/** The numbers in docs/operate/control-flor.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as api from "../src/api/limits.ts";
import * as drivers from "../src/drivers/limits.ts";
import * as proposals from "../src/proposals/limits.ts";
import * as users from "../src/users/limits.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/operate/control-flor.md"), "utf8").replaceAll(
  /\s+/g,
  " ",
);
const grouped = (value: number): string => value.toLocaleString("en-US");
const DAY_MS = 86_400_000;

test.each([
  `**Pages** have ${api.PAGE_ITEMS} items, \`limit\` asks for up to ${api.PAGE_ITEMS_MAX}.`,
  `Each principal has ${api.REQUESTS_AT_ONCE} requests at once, and ${api.REQUESTS_PER_SECOND} a second`,
  `while it has ${api.ANSWERS_UNREAD_MAX / 1_048_576} MiB of answers to read`,
  `it may bring ${api.ORDERS_AT_ONCE} at once, and ${api.ORDERS_PER_SECOND} a second.`,
  `It has ${drivers.CONNECTIONS_OF_ONE_MAX} connections at a time, of the replica's ${grouped(drivers.CONNECTIONS_MAX)}.`,
  `Users have ${grouped(drivers.CONNECTIONS_MAX)} connections over HTTPS at a time`,
  `Others have ${users.STRANGERS_MAX}: of the address`,
  `An address may begin ${users.HANDSHAKES_OF_ONE_AT_ONCE} handshakes at once, and ${users.HANDSHAKES_OF_ONE_PER_SECOND} a second, all together ${users.HANDSHAKES_AT_ONCE} and ${users.HANDSHAKES_PER_SECOND}.`,
  `A principal has ${api.STREAMS_OF_ONE_MAX} streams at a time, a replica ${grouped(api.STREAMS_MAX)}.`,
  `or has told nothing for ${api.STALE_AFTER_MS / 1_000} s and for as long as three looks at it take`,
  `it remembers ${grouped(api.AUDIT_ENTRIES_MAX)}`,
  `Signed records, ${proposals.RECORDS_AT_ONCE_MAX} at most`,
  `a replica has ${proposals.PROPOSALS_MAX} at most, one principal ${proposals.PROPOSALS_OF_ONE_MAX} that wait`,
])("docs/operate/control-flor.md says: %s", (sentence) => expect(page).toContain(sentence));

test("docs/operate/control-flor.md says of words for numbers what they are", () => {
  expect(api.STALE_AFTER_LOOKS).toBe(3);
  expect(page).toContain("told once a minute");
  expect(api.REFUSALS_TOLD_MS).toBe(60_000);
  expect(page).toContain("Proposals are kept for seven days");
  expect(page).toContain("handed in again each ten seconds");
  expect([proposals.PROPOSAL_LIFE_MS, proposals.PUBLISH_PAUSE_MS]).toEqual([7 * DAY_MS, 10_000]);
});
