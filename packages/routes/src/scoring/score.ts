/**
 * How good a node is for a purpose: gates, then points, then reasons. Equal facts make equal scores, by whoever asks: nothing but integers is compared. What a
 * node says of itself opens no door: records let it in, and its report can only shut gates and take points.
 */
import { pointsOf, type Weights } from "../costs.ts";
import type { Candidate } from "./candidate.ts";
import { type ShutGate, shutGates } from "./gates.ts";
import { REASONS_MAX } from "./limits.ts";
import { ceilingOf, SCORE_PART_NAMES, SCORE_PARTS, type ScorePart, unitsOf } from "./parts.ts";

export interface Score {
  /** From 1 to `ceiling`, a higher one is better; 0: a gate is shut, and the candidate must not be used. */
  readonly score: number;
  /** The score of a candidate that loses nothing. */
  readonly ceiling: number;
  readonly gates: readonly ShutGate[];
  /** The parts that take the most points, the weightiest first: the value that was found, its unit, and the points. */
  readonly reasons: readonly ScoreReason[];
  /** Points that all other parts take, and a shut gate: reasons, the rest and the score come to the ceiling. */
  readonly rest: number;
}

interface ScoreReason {
  readonly of: ScorePart;
  readonly value: number;
  readonly unit: string;
  readonly points: number;
}

export interface ScoreOptions {
  /** The weights of `scoreWeightsOf`. */
  readonly weights: Weights;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The score of a candidate. */
export function score(candidate: Candidate, { weights, now }: ScoreOptions): Score {
  const ceiling = ceilingOf(weights);
  const gates = shutGates(candidate, now);
  const units = unitsOf(candidate, now);
  const points = gates.length > 0 ? 0 : ceiling - pointsOf(units, weights);
  const reasons = SCORE_PART_NAMES.map((of, part) => ({
    of,
    value: units[part]!,
    unit: SCORE_PARTS[of].unit,
    points: units[part]! * weights[part]!,
  }))
    .filter((reason) => reason.points > 0)
    .sort((a, b) => b.points - a.points)
    .slice(0, REASONS_MAX);
  const told = reasons.reduce((sum, reason) => sum + reason.points, 0);
  return { score: points, ceiling, gates, reasons, rest: ceiling - points - told };
}
