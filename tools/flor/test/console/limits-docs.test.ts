/** The numbers of the console in docs/operate/status.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MAP_SHAPES_MAX, TREND_ROWS_MAX, TREND_STEP_MS, TREND_STEPS } from "@florenetes/console";
import * as limits from "../../src/console/limits.ts";

const page = readFileSync(join(import.meta.dirname, "../../../../docs/operate/status.md"), "utf8").replaceAll(
  /\s+/g,
  " ",
);

test.each([
  `At most ${limits.PAGES_AT_ONCE} pages are kept up to date at a time`,
  `A mesh of more than ${MAP_SHAPES_MAX} nodes and links has no map`,
  `a table of more than ${TREND_ROWS_MAX} rows has no lines`,
  `One runs at a time, for ${limits.TRACE_MS_MAX / 1_000} s at most`,
  `one in ${1 / limits.TRACES_PER_SECOND} s in the long run`,
])("docs/operate/status.md says: %s", (sentence) => expect(page).toContain(sentence));

test("docs/operate/status.md says of words for numbers what they are", () => {
  expect(page).toContain("five may be asked for at once");
  expect(limits.TRACES_BURST).toBe(5);
  expect(page).toContain("a line of its last ten minutes");
  expect(TREND_STEPS * TREND_STEP_MS).toBe(600_000);
  expect(page).toContain("every five seconds (`--every`)");
  expect(limits.EVERY_SECONDS_DEFAULT).toBe(5);
});
