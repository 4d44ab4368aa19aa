/** The numbers of crowded nodes in docs/operate/fabric.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as limits from "../../../src/agent/links/limits.ts";

const page = readFileSync(join(import.meta.dirname, "../../../../../docs/operate/fabric.md"), "utf8").replaceAll(
  /\s+/g,
  " ",
);

test.each([
  `from ${limits.CROWDED_PERCENT} % of its links (\`links-max\`, at most ${limits.LINKS_MAX}) on until it has less than ${limits.ROOMY_PERCENT} %`,
  `are at ${limits.PRESSED_PERCENT} % until they are below ${limits.EASED_PERCENT} %`,
  `${limits.CROWDED_STAY_MS / 1_000} s later at first and up to ${limits.LEAVE_JITTER_MS / 60_000} minutes later at last`,
  `two of them within ${limits.LEAVE_PAUSE_MS / 60_000} minutes neither`,
])("docs/operate/fabric.md says: %s", (sentence) => expect(page).toContain(sentence));
