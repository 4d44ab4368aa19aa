/** The numbers in docs/operate/releases.md about sources are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  ANSWER_WAIT_MS,
  PAUSE_MS,
  PAUSE_MS_MAX,
  RATE_MIN,
  RATE_WINDOW_MS,
  RETRY_AFTER_MS_MAX,
  SILENT_MS,
} from "../../src/sources/limits.ts";
import type { SourceFault } from "../../src/sources/source-ranking.ts";

const path = join(import.meta.dirname, "../../../../docs/operate/releases.md");
const page = readFileSync(path, "utf8").replaceAll(/\s+/g, " ");

function pauseOf(fault: SourceFault): string {
  const text = (ms: number): string => {
    if (ms < 60_000) return `${ms / 1_000} s`;
    return ms < 3_600_000 ? `${ms / 60_000} min` : `${ms / 3_600_000} h`;
  };
  return `${text(PAUSE_MS[fault])} to ${text(PAUSE_MS_MAX[fault])}`;
}

test.each([
  `503. | ${pauseOf("full")}, or as long as it says, up to ${RETRY_AFTER_MS_MAX / 60_000} min |`,
  `nonsense. | ${pauseOf("lost")} |`,
  `has ended. | ${pauseOf("stale")} |`,
  `For ${SILENT_MS / 1_000} s nothing has come, or less than ${RATE_MIN / 1_024} KiB of a second. | ${pauseOf("slow")} |`,
  `signed. | ${pauseOf("lying")}, whatever it gives between |`,
  `that it comes), for ${ANSWER_WAIT_MS / 60_000} min at most`,
])("docs/operate/releases.md says: %s", (sentence) => expect(page).toContain(sentence));

test("silence and slowness are judged over one time", () => expect(SILENT_MS).toBe(RATE_WINDOW_MS));
