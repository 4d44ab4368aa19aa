/** What several rounds of one figure say. */
export interface Summary {
  readonly median: number;
  /** Half of the rounds lie between these. */
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
}

/** Summary of one round or more. */
export function summarize(figures: readonly number[]): Summary {
  const sorted = [...figures].sort((left, right) => left - right);
  const at = (share: number): number => sorted[Math.round((sorted.length - 1) * share)]!;
  return { median: at(0.5), low: at(0.25), high: at(0.75), rounds: sorted.length };
}

/** Each round of the one divided by the round of the other that was taken beside it: what slowed both falls out. */
export function summarizeRatio(figures: readonly number[], others: readonly number[]): Summary {
  return summarize(figures.map((figure, round) => figure / others[round]!));
}
