/** The numbers in docs/operate/releases.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { NOTICE_MS, ONLINE_LIFE_MS, ROLLBACK_MS, ROOT_LIFE_MS, TARGETS_LIFE_MS } from "../src/release/limits.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/operate/releases.md"), "utf8").replaceAll(
  /\s+/g,
  " ",
);
const days = (ms: number): string => `${ms / 86_400_000} days`;

test.each([
  `| timestamp, snapshot | ${days(ONLINE_LIFE_MS)} |`,
  `| targets | ${days(TARGETS_LIFE_MS)} |`,
  `| root | ${days(ROOT_LIFE_MS)} |`,
  `when people have to sign within ${days(NOTICE_MS)}`,
  `By itself: as the release before, at first any version; ${days(ROLLBACK_MS)} |`,
])("docs/operate/releases.md says: %s", (sentence) => expect(page).toContain(sentence));
