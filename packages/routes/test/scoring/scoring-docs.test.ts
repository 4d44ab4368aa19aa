/** The gates, parts and numbers in docs/protocol/fabric-scoring.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KINDS } from "@florenetes/facts";
import { expect, test } from "vitest";
import { ROUND_TRIP_CEILING } from "../../src/limits.ts";
import { PURPOSE_ROLES } from "../../src/scoring/candidate.ts";
import { GATES } from "../../src/scoring/gates.ts";
import * as limits from "../../src/scoring/limits.ts";
import { ceilingOf, SCORE_PARTS, type ScorePart, scoreWeightsOf } from "../../src/scoring/parts.ts";

const n = (value: number): string => value.toLocaleString("en");
const file = join(import.meta.dirname, "../../../../docs/protocol/fabric-scoring.md");
const page = readFileSync(file, "utf8").replaceAll(/\s+/g, " ");

test.each([
  `that came no longer than ${limits.REPORT_MS / 1_000} s ago`,
  `has ${limits.CHARGE_OPEN} % of its charge or more. Once open, this gate shuts below ${limits.CHARGE_SHUT} %`,
  `has had ${n(limits.UPLINK_RATE_MIN)} kbit/s or more, and less than ${limits.UPLINK_LOSS_MAX / 10_000} % lost, for ${limits.UPLINK_MS / 1_000} s on end`,
  `an uplink has to be good for ${limits.UPLINK_TRIAL_MS / 1_000} s alone`,
  `seconds since its report came, up to ${limits.REPORT_MS / 1_000}`,
  `seconds that are left of ${limits.FADE_MS / 1_000} since`,
  `At most ${limits.REASONS_MAX} reasons are told`,
  `the worst that is let in: ${ROUND_TRIP_CEILING / 1_000_000} s, all lost`,
])("docs/protocol/fabric-scoring.md says: %s", (sentence) => expect(page).toContain(sentence));

test.each(Object.entries(SCORE_PARTS))("docs/protocol/fabric-scoring.md has the part %s", (part, { weight }) => {
  expect(page).toMatch(new RegExp(`\\| \`${part}\` \\|[^|]*\\| ${n(weight)} \\|`));
});

test("docs/protocol/fabric-scoring.md has all gates, purposes and their roles", () => {
  for (const name of [...GATES, ...Object.keys(PURPOSE_ROLES), ...Object.values(PURPOSE_ROLES).flat()])
    expect(page).toContain(`\`${name}\``);
});

test("the points of the example come to its ceiling", () => {
  const text = readFileSync(file, "utf8");
  const [, score, ceiling] = /^c as relay: (\d+) of (\d+) points$/m.exec(text)!;
  const shown = [...text.matchAll(/^ {2}(\S+) -(\d+): (\d+) (.+)$/gm)];
  let sum = Number(score);
  for (const [, of, points, value, unit] of shown) {
    expect(SCORE_PARTS[of as ScorePart].unit).toBe(unit);
    expect(Number(points)).toBe(SCORE_PARTS[of as ScorePart].weight * Number(value));
    sum += Number(points);
  }
  expect(shown).toHaveLength(limits.REASONS_MAX);
  expect([sum, Number(ceiling)]).toEqual([Number(ceiling), ceilingOf(scoreWeightsOf(undefined))]);
});

test("a report lives as long as it counts, or five times as long where its node rests", () => {
  expect(5 * limits.REPORT_MS).toBe(KINDS.report.life);
});
