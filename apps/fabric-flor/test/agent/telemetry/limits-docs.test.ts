/** The numbers, measures and findings of docs/protocol/fabric-telemetry.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KINDS } from "@florenetes/facts";
import { FINDINGS, MEASURES, OBSERVATION_SIZE_MAX, ORGANIZATIONS_TOLD_MAX } from "@florenetes/telemetry";
import { expect, test } from "vitest";
import { REST_REPORT_LIFE_MS, REPORT_LIFE_MS } from "../../../src/agent/limits.ts";
import * as limits from "../../../src/agent/telemetry/limits.ts";

const file = join(import.meta.dirname, "../../../../../docs/protocol/fabric-telemetry.md");
/** The page in one line, so that a sentence is found wherever its lines end. */
const page = readFileSync(file, "utf8").replaceAll(/\s+/g, " ");
const n = (value: number): string => value.toLocaleString("en");
const MINUTE_MS = 60_000;

test.each([
  `the first time within ${limits.TELL_SPREAD_MS / 1_000} seconds, at random`,
  `more than ${limits.OBSERVERS_TOLD_MAX} observers, it writes to the first ${limits.OBSERVERS_TOLD_MAX} by name`,
  `answered ${limits.SENDER_BURST} letters at once, and one in ${1 / limits.SENDER_PER_SECOND} seconds`,
  `the ${limits.OBSERVER_ROWS_MAX} newest observations of each, ${n(limits.SHELF_ROWS_MAX)} of all, which count as ${n(limits.SHELF_SIZE_MAX)} octets at most (each as its own, and ${n(limits.CELL_SIZE)} for each cell)`,
  `for the first time ${limits.FIRST_OBSERVE_MS / 1_000} seconds after it began to listen`,
  `that has not ended: ${REPORT_LIFE_MS / MINUTE_MS} minutes, for phones at rest ${REST_REPORT_LIFE_MS / MINUTE_MS}`,
  `listens for less than ${limits.SILENT_MS / MINUTE_MS} minutes, or ${limits.SILENT_PHONE_MS / MINUTE_MS} for phones`,
  `the ${ORGANIZATIONS_TOLD_MAX} organizations that have most nodes`,
  `lives ${KINDS.observation.life / MINUTE_MS} minutes, and has at most ${n(OBSERVATION_SIZE_MAX)} octets`,
])("docs/protocol/fabric-telemetry.md says: %s", (text) => {
  expect(page).toContain(text);
});

test("docs/operate/fabric.md says when an observer speaks first", () => {
  const operate = readFileSync(join(import.meta.dirname, "../../../../../docs/operate/fabric.md"), "utf8");
  expect(operate).toContain(`comes ${limits.FIRST_OBSERVE_MS / 1_000} seconds after it began to listen`);
});

test.each(MEASURES)("docs/protocol/fabric-telemetry.md has the measure $of", ({ of, unit, bounds }) => {
  const [row = ""] = [...page.matchAll(/\| (`[a-z-]+`(?:, `[a-z-]+`)*) \| [^|]+ \| [^|]+ \| [\d, ]+ \|/g)].flatMap(
    ([all, names]) => (names!.includes(`\`${of}\``) ? [all] : []),
  );
  expect(row).toContain(`| ${unit} | ${bounds.map(n).join(", ")} |`);
});

test("docs/protocol/fabric-telemetry.md has all findings, in the order of the code", () => {
  const table = page.slice(page.indexOf("| finding |"), page.indexOf("A link with implausible figures"));
  expect([...table.matchAll(/\| `([a-z-]+)` \|/g)].map(([, name]) => name)).toEqual([...FINDINGS]);
});
