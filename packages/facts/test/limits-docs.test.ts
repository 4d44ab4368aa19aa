/** The numbers, kinds and reasons in docs/protocol/facts.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ENVELOPE_SIZE_MAX } from "../src/envelope.ts";
import { BUDGET_NAMES } from "../src/budgets.ts";
import { ADMITTED_MS } from "../src/joins/admitted-node.ts";
import { JOIN_REASONS } from "../src/joins/join-reasons.ts";
import { KINDS, UNKNOWN_AUTHORITIES, UNKNOWN_LIFE_MS } from "../src/kinds.ts";
import * as limits from "../src/limits.ts";
import * as logLimits from "../src/log/limits.ts";
import { REASONS } from "../src/reasons.ts";

const n = (value: number): string => value.toLocaleString("en");
/** The page in one line, so that a sentence is found wherever its lines end. */
const page = readFileSync(join(import.meta.dirname, "../../../docs/protocol/facts.md"), "utf8").replaceAll(/\s+/g, " ");
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const days = (ms: number): string => (ms === DAY_MS ? "1 day" : `${ms / DAY_MS} days`);
const authorities = UNKNOWN_AUTHORITIES.map((name) => `\`${name}\``);

test.each([
  `at most ${n(limits.PAYLOAD_SIZE_MAX)} octets; at most ${n(limits.ROOT_PAYLOAD_SIZE_MAX)} where it begins`,
  `how many signatures follow, 0 to ${limits.SIGNATURES_MAX} |`,
  `within each other at most ${limits.JSON_DEPTH_MAX} deep`,
  `| \`subject\` | 1 to ${limits.SUBJECT_LENGTH_MAX} of`,
  `${authorities.slice(0, -1).join(", ")} and ${authorities.at(-1)!} for at most ${days(UNKNOWN_LIFE_MS)}`,
  `Lists have at most ${limits.ENTRIES_MAX} entries`,
  `*Rank* is an integer from 0 to ${n(limits.RANK_MAX)}`,
  `0 to ${n(limits.GRACE_SECONDS_MAX)}: seconds for which keys go on counting`,
  `at most ${limits.X509_ROOTS_MAX} certificates: DER in base64 (RFC 4648, 4), 1 to ${n(limits.X509_ROOT_LENGTH_MAX)} characters`,
  `0 to ${n(limits.HOLD_SECONDS_MAX)} seconds for which leases hold`,
  `\`signers\`: 1 to ${limits.SIGNATURES_MAX} of`,
  `at most ${limits.SEEDS_MAX} of {\`node\``,
  `at most ${limits.ALIASES_MAX} names`,
  `\`copies\` | ${limits.COLLECTION_COPIES_MIN} to ${limits.COLLECTION_COPIES_MAX} |`,
  `at most ${limits.COLLECTION_HOLDERS_MAX} of {\`node\`: name, \`domain\`: name}`,
  `0 to ${n(limits.RETENTION_SECONDS_MAX)} seconds |`,
  `\`unretained\` | at most ${limits.UNRETAINED_MAX} names`,
  `at most ${limits.RECIPIENTS_MAX} recipients`,
  `together at most ${limits.RECIPIENT_LENGTH_MAX} characters`,
  `\`label\`: 0 to ${n(limits.LABEL_MAX)}, \`load\`: 0 to ${limits.LOAD_MAX}`,
  `{\`threshold\`: 1 to ${limits.SIGNATURES_MAX}, \`keys\`: 1 to ${limits.AUTHORITY_KEYS_MAX} of`,
  `\`endpoint\`: 1 to ${limits.ENDPOINT_LENGTH_MAX} of the characters`,
  `\`links\` | at most ${limits.REPORT_LINKS_MAX} of`,
  `\`carried\` | at most ${limits.PERMITS_CARRIED_MAX} of`,
  `\`versions\` | at most ${limits.VERSIONS_MAX} of`,
  `\`contracts\` | at most ${limits.CONTRACTS_MAX} of`,
  `\`routes\` | 1 to ${limits.ROUTES_MAX} of`,
  `\`why\`: at most ${limits.COST_PARTS_MAX} of`,
  `\`sets\` | at most ${limits.PERMIT_SETS_MAX} of {\`classes\`: classes, \`share\`: optional share`,
  `all sets together have at most ${limits.PERMIT_PAIRS_MAX} pairs`,
  `*share* one from 1 to ${n(limits.SHARE_MAX)}`,
  `*label* is an integer from 0 to ${n(limits.LABEL_MAX)}, *rate* one from 0 to ${n(limits.RATE_MAX)}`,
  `each 0 to ${n(limits.ROUND_TRIP_MAX)} microseconds; loss, 0 to ${n(limits.LOSS_MAX)} millionths`,
  `the MTU, 0 to ${n(limits.MTU_MAX)} bytes; and how often the link broke in the last hour, 0 to ${limits.BREAKS_MAX}.`,
  `\`limits\` | at most ${limits.BUDGET_LIMITS_MAX} of {`,
  `\`text\` | at most ${limits.OUTCOME_TEXT_MAX} characters of ASCII`,
  `\`report\` | optional: at most ${n(limits.OUTCOME_REPORT_MAX)} of these`,
  `\`peers\` | at most ${limits.RECEIPT_ROWS_MAX} names`,
  `\`passed\` | at most ${limits.RECEIPT_ROWS_MAX} of [place`,
  `\`own\` | at most ${limits.RECEIPT_ROWS_MAX} of [place`,
  `\`part\` is 0 to ${limits.RECEIPT_PARTS_MAX - 1}.`,
  `\`shares\` | at most ${limits.SHARES_TOLD_MAX} of [share`,
  `\`relays\` | at most ${limits.USAGE_ROWS_MAX} of [name`,
  `\`cells\` | at most ${limits.OBSERVED_CELLS_MAX} of {\`of\``,
  `\`findings\`: at most ${limits.OBSERVED_FINDINGS_MAX} of [name, integer]`,
  `\`measures\`: at most ${limits.OBSERVED_MEASURES_MAX} of [name, integer, 1 to ${limits.OBSERVED_BUCKETS_MAX} integers`,
  `\`versions\` | at most ${limits.OBSERVED_VERSIONS_MAX} of [name, integer]`,
  `*amount* an integer from 0 to ${n(limits.AMOUNT_MAX)}`,
  `1 to ${limits.TOKEN_NODES_MAX}: how many nodes it lets in`,
  `payload: at most ${limits.JOIN_PAYLOAD_SIZE_MAX} octets`,
  `\`expires\` ${days(ADMITTED_MS)} behind that`,
  `the whole has more than ${n(ENVELOPE_SIZE_MAX)} octets`,
  `\`issued\` is more than ${limits.FUTURE_MS / MINUTE_MS} minutes ahead`,
  `has none, or more than ${limits.ENDPOINTS_MAX} |`,
  `the record: 1 to ${n(ENVELOPE_SIZE_MAX)} octets`,
  `An append has 1 to ${logLimits.APPEND_ENTRIES_MAX} entries of together at most ${n(logLimits.APPEND_SIZE_MAX)} octets`,
  `issued more than ${limits.FUTURE_MS / MINUTE_MS} minutes from now, or its life is not a day`,
  `Each ${logLimits.CHECKPOINT_MS / MINUTE_MS} minutes, or ${logLimits.CHECKPOINT_ENTRIES} entries behind the last one`,
  `waits n · ${logLimits.TURN_MS / 1_000} seconds or n · ${logLimits.TURN_ENTRIES} entries longer`,
  `was issued for ${logLimits.STALE_MS / MINUTE_MS} minutes, the log is *stale*`,
  `was issued ${days(logLimits.KEPT_MS)} ago or earlier`,
  `at the head within the last ${logLimits.AWAY_MS / MINUTE_MS} minutes`,
  `an answer at most ${logLimits.READ_ENTRIES_MAX} entries`,
])("docs/protocol/facts.md says: %s", (sentence) => expect(page).toContain(sentence));

test.each(Object.entries(KINDS))("docs/protocol/facts.md has the kind %s", (kind, rule) => {
  const signers = rule.authorities.map((name) => `\`${name}\``).join(", ");
  const scope = rule.hasOrganizations ? "any" : "`cluster`";
  const life = rule.life < DAY_MS ? `${rule.life / MINUTE_MS} minutes` : days(rule.life);
  expect(page).toContain(`| \`${kind}\` | ${signers} | ${scope} |`);
  expect(page).toContain(`| ${life} | ${rule.canBeVoid ? "yes" : "no"} |`);
});

test("docs/protocol/facts.md has all names of limits of budgets, and no others", () => {
  const [, text = ""] = /### Budgets (.*?)### /.exec(page) ?? [];
  expect([...text.matchAll(/\| `([a-z-]+)` \|/g)].map(([, name]) => name)).toEqual([...BUDGET_NAMES]);
});

test.each([
  ["## The judge", REASONS],
  ["### The judge of joins", JOIN_REASONS],
])("docs/protocol/facts.md has all reasons of %s, in the order of the code", (heading, reasons) => {
  const table = page.slice(page.indexOf(heading));
  const places = Object.keys(reasons).map((reason) => table.indexOf(`\`${reason}\``));
  expect(places).not.toContain(-1);
  expect(places.toSorted((a, b) => a - b)).toEqual(places);
});
