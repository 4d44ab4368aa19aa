/** Sums of telemetry in words, as answers and the status have them. Pure. */
import { findingsIn, measureIn, MEASURES, NODE_COUNTS, nodesIn, type Tally } from "@florenetes/telemetry";

export interface ToldTally {
  /** `heard`, `silent`, `unwell`, `phones`, `relays`. */
  readonly nodes: Readonly<Record<string, number>>;
  /** How many nodes have which finding; a finding of none is left out. */
  readonly findings: Readonly<Record<string, number>>;
  /** Measures that have values. */
  readonly measures: Readonly<Record<string, ToldMeasure>>;
}

interface ToldMeasure {
  readonly unit: string;
  readonly count: number;
  readonly sum: number;
  /** Upper bounds of buckets, and how many values each has; one more bucket has all above. */
  readonly bounds: readonly number[];
  readonly buckets: readonly number[];
}

export function toldTally(tally: Tally): ToldTally {
  return {
    nodes: Object.fromEntries(NODE_COUNTS.map((what) => [what, nodesIn(tally, what)])),
    findings: Object.fromEntries(findingsIn(tally).filter(([, nodes]) => nodes > 0)),
    measures: Object.fromEntries(
      MEASURES.flatMap(({ of, unit, bounds }) => {
        const { sum, buckets } = measureIn(tally, of);
        // Readers of answers take exact numbers alone.
        const count = Math.min(
          buckets.reduce((all, each) => all + each, 0),
          Number.MAX_SAFE_INTEGER,
        );
        return count === 0 ? [] : [[of, { unit, count, sum, bounds, buckets }]];
      }),
    ),
  };
}
