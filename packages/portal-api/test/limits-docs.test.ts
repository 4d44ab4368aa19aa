/** The numbers in docs/protocol/portal-api.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as limits from "../src/limits.ts";

const n = (value: number): string => value.toLocaleString("en");

/** The page in one line, so that a sentence is found wherever its lines end. */
const page = readFileSync(join(import.meta.dirname, "../../../docs/protocol/portal-api.md"), "utf8").replaceAll(
  /\s+/g,
  " ",
);

test.each([
  `this document is version **${limits.PROTOCOL_VERSION_MAX}**`,
  `| \`Heartbeat\` | both | every ${limits.HEARTBEAT_INTERVAL_MS} ms, [more rarely`,
  `more often does no harm | ${limits.HEARTBEAT_INTERVAL_MS} ms |`,
  `(we: ${limits.LINKS_PER_MESSAGE_MAX} links in each)`,
  `| \`peer\`, \`tag\` | ${limits.PEER_LENGTH_MAX} and ${limits.TAG_LENGTH_MAX} code points;`,
  `| \`endpoint\` | ${n(limits.ENDPOINT_LENGTH_MAX)} code points |`,
  `| \`peer_address\`, \`address\` of \`Knock\` | ${limits.ADDRESS_LENGTH_MAX} code points;`,
  `| \`code\`, \`text\` | ${limits.CODE_LENGTH_MAX} and ${limits.TEXT_LENGTH_MAX} code points;`,
  `| \`instance\` | ${limits.INSTANCE_ID_LENGTH_MAX} code points |`,
  `| \`keys\` of \`Pins\` | ${limits.PINS_MAX} entries of exactly 32 bytes each;`,
  `| \`features\` | ${limits.FEATURES_MAX} entries of`,
  `| \`links_max\` of AttachAnswer (we: ${n(limits.LINKS_MAX)}) |`,
  `no more than ${limits.REQUESTS_IN_FLIGHT_MAX} unanswered ones at a time`,
  `again every ${limits.ATTACH_INTERVAL_MS} ms until it is answered`,
  `request is repeated after ${limits.REQUEST_INTERVAL_MS}, 200, 400, 800, and then every ${n(limits.REQUEST_INTERVAL_MS_MAX)} ms`,
  `(we: the last ${n(limits.CLOSED_LINKS_MAX)})`,
  `packets of at least ${n(limits.LINK_MTU_MIN)} bytes`,
  `It is at most ${n(limits.LINK_MTU_MAX)}, which a DATA frame holds`,
  `and anything below ${n(limits.LINK_MTU_MIN)} for ${n(limits.LINK_MTU_MIN)}:`,
  `at least ${limits.STATES_INTERVAL_MS_MIN} ms after it was told; and without such a heartbeat, ${limits.STATES_INTERVAL_MS} ms after`,
  `and no \`Attach\` that was answered | ${n(limits.SILENT_AFTER_MS)} ms |`,
  `ours says ${n(limits.QUIET_HEARTBEAT_INTERVAL_MS)} as long as it has links`,
  `Less than ${limits.HEARTBEAT_INTERVAL_MS} counts as ${limits.HEARTBEAT_INTERVAL_MS}, and more than ${n(limits.QUIET_HEARTBEAT_INTERVAL_MS)} as`,
  `told for ${limits.PACE_KEPT_MS / 1_000} s at the former one`,
  `or for ${n(limits.SILENT_AFTER_MS)} ms where that is more`,
  `found within ${(limits.SILENT_AFTER_INTERVALS * limits.QUIET_HEARTBEAT_INTERVAL_MS) / 1_000} s there`,
  `| links without a cluster vertex are closed | ${n(limits.ABANDONED_AFTER_MS)} ms |`,
  `| links that nobody has asked for again after an attach are closed | ${n(limits.UNCLAIMED_AFTER_MS)} ms |`,
  `with at most ${limits.TRANSIT_CHANGES_PER_MESSAGE} changes each; one that names a link counts for ${limits.TRANSIT_LINK_WEIGHT}`,
  `at most four are not acknowledged`,
  `and it sent nothing for ${limits.STATES_INTERVAL_MS_MIN} ms, it goes back there`,
  `(we: ${limits.TRANSIT_ROWS_PER_REPORT} rows at most`,
  `to ${limits.JUDGEMENTS_BURST} at once and ${limits.JUDGEMENTS_PER_SECOND} in a second`,
  `\`Sign\` holds 1 to ${limits.SIGNED_SIZE_MAX} bytes`,
  `repeated after ${limits.SIGN_INTERVAL_MS} ms and given up after ${limits.SIGN_ASKED_MS} ms`,
  `no more than ${limits.SIGN_REQUESTS_MAX} unanswered. The link vertex makes ${limits.SIGNATURES_BURST} signatures at once and ${limits.SIGNATURES_PER_SECOND} in a second`,
  `passed by more than ${limits.LATE_AFTER_MS} ms MUST NOT act on it, but looks again after ${limits.GRACE_MS} ms`,
])("docs/protocol/portal-api.md says: %s", (sentence) => expect(page).toContain(sentence));
