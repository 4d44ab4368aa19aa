/** The numbers of crowded nodes and of the ladder in docs/operate/fabric.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as limits from "../../../src/agent/links/limits.ts";

const text = readFileSync(join(import.meta.dirname, "../../../../../docs/operate/fabric.md"), "utf8");
const page = text.replaceAll(/\s+/g, " ");
/** Pauses are jittered by half. */
const MOST_MINUTES = (1.5 * limits.REST_MS_MAX) / 60_000;

test.each([
  `from ${limits.CROWDED_PERCENT} % of its links (\`links-max\`, at most ${limits.LINKS_MAX}) on until it has less than ${limits.ROOMY_PERCENT} %`,
  `are at ${limits.PRESSED_PERCENT} % until they are below ${limits.EASED_PERCENT} %`,
  `when ${limits.PLAIN_LINKS} other relays have been up for ${limits.FULL_SEED_MS / 1_000} s`,
  `${limits.CROWDED_STAY_MS / 1_000} s later at first and up to ${limits.LEAVE_JITTER_MS / 60_000} minutes later at last`,
  `two of them within ${limits.LEAVE_PAUSE_MS / 60_000} minutes neither`,
  `(within ${(limits.CROWDED_STAY_MS + limits.TIGHT_MS) / 1_000} s)`,
  `no second link for ${limits.TIGHT_REST_MS / 60_000} to ${(1.5 * limits.TIGHT_REST_MS) / 60_000} minutes`,
  `and after ${limits.RUNG_MS / 1_000} s at the latest; a link to a candidate counts as none`,
  `of ${limits.WORKED_NODES_MAX} nodes, ${limits.WORKED_OF_ONE_MAX} of each, those that worked last`,
  `After ${limits.ALONE_TOLD_MS / 1_000} s alone the log has`,
  `left alone for ${limits.REST_MS / 1_000} s, then twice as long each time, up to ${MOST_MINUTES} minutes`,
  `up to ${limits.REST_ALONE_MS / 1_000} s, or up to an eighth of the time`,
  `about an eighth of the outage later, and ${MOST_MINUTES} minutes at most`,
  `Signs that come all the time do so each ${limits.ANEW_MS / 1_000} s`,
])("docs/operate/fabric.md says: %s", (sentence) => expect(page).toContain(sentence));

test("an eighth is the share of the silence", () => expect(limits.ALONE_SHARE).toBe(1 / 8));

test("no bullet of the sections stands twice", () => {
  const sections = ["### Links that nodes make", "### Nobody answers"].map(
    (head) => text.split(`\n${head}\n`)[1]!.split("\n### ")[0]!,
  );
  for (const section of sections) {
    const heads = [...section.matchAll(/^- \*\*(.+?)\*\*/gm)].map(([, head]) => head);
    expect(heads.length).toBeGreaterThan(3);
    expect(heads).toEqual([...new Set(heads)]);
  }
});
