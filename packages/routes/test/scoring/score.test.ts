import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Weights } from "../../src/costs.ts";
import type { Candidate } from "../../src/scoring/candidate.ts";
import { ceilingOf, SCORE_PART_NAMES, type ScorePart, scoreWeightsOf } from "../../src/scoring/parts.ts";
import { score } from "../../src/scoring/score.ts";
import { anyCandidate, anyOpenCandidate, BEST, changed, NOW, PHONE } from "./candidates.ts";

const WEIGHTS = scoreWeightsOf(undefined);
const numRuns = runs(2_000, 300);
const scored = (candidate: Candidate, weights: Weights = WEIGHTS) => score(candidate, { weights, now: NOW });
/** The best that any candidate can have: nothing is shorter than a millisecond. */
const HONEST = ceilingOf(WEIGHTS) - 100;

/** Figures of which a higher one is worse, and those of which a lower one is, each with its range. */
const FIGURES: readonly (readonly [path: string, best: number, worst: number])[] = [
  ["report.link.roundTrip", 0, 60_000_000],
  ["report.link.jitter", 0, 60_000_000],
  ["report.link.loss", 0, 1_000_000],
  ["report.link.rate", 1_000_000_000, 0],
  ["report.link.queue", 0, 100],
  ["report.link.breaks", 0, 255],
  ["report.load.cpu", 0, 100],
  ["report.load.memory", 0, 100],
  ["report.load.sockets", 0, 100],
  ["report.cameAt", NOW + 10_000, NOW - 180_000],
  ["offer.price", 0, 65_535],
  ["records.tier", 9, 2],
  ["asker.doubts", 0, 8],
  ["asker.planned", 0, 100],
];
/** A report, or whoever asks, may leave these out. */
const WORDS: readonly (readonly [path: string, bestToWorst: readonly unknown[]])[] = [
  ["report.metered", [false, true]],
  ["report.nat", ["none", "mapped"]],
  ["report.hasGoodEndpoint", [true, false]],
  ["report.device.network", ["wired", "wifi", "cellular"]],
];
/** Whatever a liar may write down in the place of a number. */
const LIES = [Number.NaN, -1, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0.5, 1e300, -0.1, 2 ** 60];

/** A fixed node, or a phone whose gates the figures leave open. */
const candidates = fc.oneof(
  anyOpenCandidate.filter(({ records }) => records.isMobile),
  anyOpenCandidate.filter(({ records }) => !records.isMobile),
);

describe("worse in one figure is never better in score", () => {
  test.each(FIGURES)("%s", (path, best, worst) => {
    const value = fc.integer({ min: Math.min(best, worst), max: Math.max(best, worst) });
    const property = fc.property(candidates, value, value, (candidate, one, other) => {
      const [better, less] = [one, other].toSorted((a, b) => (best < worst ? a - b : b - a));
      const [high, low] = [better, less].map((each) => scored(changed(candidate, path, each)).score);
      expect(low).toBeLessThanOrEqual(high!);
      expect(low).toBeGreaterThan(0);
    });
    fc.assert(property, { numRuns });
  });

  test.each(WORDS)("%s", (path, bestToWorst) => {
    const property = fc.property(candidates, (candidate) => {
      const found = bestToWorst.map((each) => scored(changed(candidate, path, each)).score);
      expect(found).toEqual(found.toSorted((a, b) => b - a));
    });
    fc.assert(property, { numRuns });
  });

  test("the charge of a phone, and that of a node which runs on a battery", () => {
    const charge = fc.integer({ min: 0, max: 100 });
    const property = fc.property(candidates, charge, charge, (candidate, one, other) => {
      const path = candidate.records.isMobile ? "report.device.battery" : "report.battery";
      const [low, high] = [Math.min(one, other), Math.max(one, other)].map(
        (each) => scored(changed(candidate, path, each)).score,
      );
      expect(low).toBeLessThanOrEqual(high!);
    });
    fc.assert(property, { numRuns });
  });
});

describe("a figure that is missing counts as the worst one that is let in", () => {
  const worst: readonly (readonly [path: string, value: unknown])[] = [
    ...FIGURES.filter(([path]) => path.startsWith("report.l") || path === "offer.price").map(
      ([path, , value]) => [path, value] as const,
    ),
    ["report.load", { cpu: 100, memory: 100, sockets: 100 }],
    ["report.link", { roundTrip: 2_000_000, jitter: 2_000_000, loss: 1_000_000, rate: 0, queue: 100, breaks: 255 }],
    ["report.metered", true],
    ["report.nat", "mapped"],
    ["report.hasGoodEndpoint", false],
  ];
  test.each(worst)("%s", (path, value) => {
    const property = fc.property(candidates, (candidate) => {
      const missing = scored(changed(candidate, path, undefined));
      expect(missing.score).toBe(scored(changed(candidate, path, value)).score);
    });
    fc.assert(property, { numRuns });
  });

  test("the device of a phone: without it gates are shut", () => {
    const property = fc.property(anyCandidate, (candidate) => {
      const phone = changed(changed(candidate, "records.isMobile", true), "report.device", undefined);
      if (phone.purpose === "endpoint") return;
      expect(scored(phone).score).toBe(0);
    });
    fc.assert(property, { numRuns });
    expect(scored(changed(PHONE, "report.device.battery", undefined)).score).toBe(
      scored(changed(PHONE, "report.device.battery", 0)).score,
    );
  });

  test("but for the battery of a node that is no phone: it runs on none, and its device says nothing", () => {
    expect(scored(changed(BEST, "report.battery", undefined)).score).toBe(HONEST);
    const property = fc.property(candidates, candidates, ({ report }, candidate) => {
      const fixed = changed(candidate, "records.isMobile", false);
      expect(scored(changed(fixed, "report.device", report?.device))).toEqual(
        scored(changed(fixed, "report.device", undefined)),
      );
    });
    fc.assert(property, { numRuns });
  });
});

test("nothing scores without role, offer, opt-in and a report that is fresh", () => {
  const property = fc.property(anyCandidate, (candidate) => {
    const { records, offer, optsIn, report } = candidate;
    const mayScore =
      records.hasRole &&
      offer !== undefined &&
      optsIn === true &&
      report?.cameAt !== undefined &&
      NOW - report.cameAt <= 180_000;
    const { score: points, gates } = scored(candidate);
    expect(points > 0).toBe(gates.length === 0);
    if (!mayScore) expect(points).toBe(0);
  });
  fc.assert(property, {
    numRuns,
    examples: [
      [BEST],
      [changed(BEST, "records.hasRole", false)],
      [changed(BEST, "offer", undefined)],
      [changed(BEST, "optsIn", undefined)],
      [changed(BEST, "report", undefined)],
    ],
  });
});

test("of two equals the fixed one wins, whatever the weights are", () => {
  const weights = fc.array(fc.integer({ min: 0, max: 65_535 }), {
    minLength: SCORE_PART_NAMES.length,
    maxLength: SCORE_PART_NAMES.length,
  });
  const property = fc.property(anyOpenCandidate, weights, (candidate, all) => {
    const policy = { weights: all.map((weight, part) => ({ of: SCORE_PART_NAMES[part]!, weight })) };
    const said = scoreWeightsOf(policy);
    const [fixed, mobile] = [false, true].map((isMobile) => {
      // A phone says its charge twice: equals have the same one.
      const same = changed(candidate, "report.battery", candidate.report?.device?.battery ?? 0);
      return scored(changed(same, "records.isMobile", isMobile), said).score;
    });
    expect(fixed).toBeGreaterThan(mobile!);
  });
  fc.assert(property, { numRuns, examples: [[PHONE, SCORE_PART_NAMES.map(() => 0)]] });
});

test("being too full is paid for from then on, less each second, and not at all after 60", () => {
  const at = (seconds: number): number => scored(changed(BEST, "tooFullAt", NOW - 1_000 * seconds)).score;
  const found = Array.from({ length: 90 }, (_, second) => at(second));
  expect(found).toEqual(found.toSorted((a, b) => a - b));
  expect([HONEST - at(0), HONEST - at(30), HONEST - at(59), HONEST - at(60), HONEST - at(61)]).toEqual([
    6_000, 3_000, 100, 0, 0,
  ]);
  expect(at(-3_600)).toBe(at(0));
  expect(scored(changed(BEST, "tooFullAt", Number.NaN)).score).toBe(at(0));
});

test("reasons are at most 8, the weightiest first, and come to the ceiling with the score and the rest", () => {
  let most = 0;
  const property = fc.property(anyCandidate, (candidate) => {
    const { score: points, ceiling, reasons, rest } = scored(candidate);
    most = Math.max(most, reasons.length);
    expect(reasons.length).toBeLessThanOrEqual(8);
    expect(reasons.map(({ points: each }) => each)).toEqual(
      reasons.map(({ points: each }) => each).toSorted((a, b) => b - a),
    );
    expect(points + rest + reasons.reduce((sum, { points: each }) => sum + each, 0)).toBe(ceiling);
    expect(rest).toBeGreaterThanOrEqual(0);
    for (const value of [points, rest, ceiling]) expect(Number.isSafeInteger(value)).toBe(true);
  });
  fc.assert(property, { numRuns, examples: [[changed(BEST, "report", undefined)]] });
  expect(most).toBe(8);
});

test("the heaviest weights that a policy can have keep all sums exact", () => {
  const weights = scoreWeightsOf({ weights: SCORE_PART_NAMES.map((of) => ({ of, weight: 65_535 })) });
  expect(ceilingOf(weights)).toBeLessThan(Number.MAX_SAFE_INTEGER);
  const property = fc.property(anyOpenCandidate, (candidate) => {
    expect(scored(candidate, weights).score).toBeGreaterThanOrEqual(1);
  });
  fc.assert(property, { numRuns });
});

test("lies never raise a score above the honest one, and throw nothing", () => {
  const paths = [
    ...FIGURES.map(([path]) => path),
    "report.battery",
    "report.device.battery",
    "tooFullAt",
    "report.link",
    "report.load",
  ];
  const lie = fc.constantFrom<unknown>(...LIES, "0", null, true, {});
  const lies = fc.array(fc.tuple(fc.constantFrom(...paths), lie), { minLength: 1, maxLength: 6 });
  const property = fc.property(fc.constantFrom(BEST, PHONE), lies, (candidate, all) => {
    const sorted = all.toSorted(([a], [b]) => (a < b ? 1 : -1));
    const liar = sorted.reduce((each, [path, value]) => changed(each, path, value ?? undefined), candidate);
    const { score: points } = scored(liar);
    expect(Number.isSafeInteger(points)).toBe(true);
    expect(points).toBeLessThanOrEqual(scored(candidate).score);
  });
  fc.assert(property, { numRuns });
});

test.each<readonly [path: string, value: unknown]>([
  ["report.link.roundTrip", 0],
  ["report.link.rate", 1_000_000_000],
  ["records.tier", 9],
  ["report.cameAt", NOW + 10 * 86_400_000],
  ["report.battery", 100],
  ["report.tier", 9],
  ["report.hasRole", true],
])("too good to be true gains nothing: %s %s", (path, value) => {
  expect(scored(changed(BEST, path, value)).score).toBe(HONEST);
});

test.each<readonly [part: ScorePart, path: string, value: unknown, units: number]>([
  ["round-trip", "report.link.roundTrip", 25_000, 250],
  ["jitter", "report.link.jitter", 5_000, 50],
  ["loss", "report.link.loss", 101, 2],
  ["rate", "report.link.rate", 25_000, 2],
  ["pressure", "report.load.memory", 80, 30],
  ["pressure", "report.link.queue", 7, 7],
  ["pressure", "asker.planned", 9, 9],
  ["battery", "report.battery", 30, 70],
  ["metering", "report.metered", true, 1],
  ["reliability", "report.link.breaks", 3, 3],
  ["reliability", "asker.doubts", 2, 200],
  ["trust", "records.tier", 1, 2],
  ["locality", "asker.partition", "south", 1],
  ["price", "offer.price", 12, 12],
  ["age", "report.cameAt", NOW - 12_001, 13],
  ["capacity", "tooFullAt", NOW - 12_001, 48],
])("%s is told where %s is %s: %i", (part, path, value, units) => {
  const { score: points, reasons } = scored(changed(BEST, path, value));
  const found = reasons.find(({ of }) => of === part)!;
  expect(found.value).toBe(units);
  const weight = WEIGHTS[SCORE_PART_NAMES.indexOf(part)]!;
  expect(found.points).toBe(units * weight);
  if (part !== "round-trip") expect(points).toBe(HONEST - found.points);
});

test("a node that nobody reaches from outside, and a phone's network, cost points", () => {
  const points = (candidate: Candidate): number => scored(candidate).score;
  const mapped = changed(changed(BEST, "report.nat", "mapped"), "report.hasGoodEndpoint", false);
  expect(points(mapped)).toBe(HONEST - 1_000);
  expect(points(PHONE)).toBe(HONEST - 2_000);
  expect(points(changed(PHONE, "report.device.network", "cellular"))).toBe(HONEST - 2_000 - 2 * 500);
});

test("a policy weighs what routes cost, too, by the same names", () => {
  const weights = scoreWeightsOf({
    weights: [
      { of: "round-trip", weight: 3 },
      { of: "nothing", weight: 9 },
    ],
  });
  expect(weights[SCORE_PART_NAMES.indexOf("round-trip")]).toBe(3);
  expect(weights[SCORE_PART_NAMES.indexOf("jitter")]).toBe(10);
  expect(SCORE_PART_NAMES).not.toContain("length");
});
