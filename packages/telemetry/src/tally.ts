/** A tally: counts of nodes, of their findings, and sums and buckets of their measures, one number each at a fixed place. Tallies are added place by place. Pure. */
import type { ObservedCell } from "@florenetes/facts";
import { FINDINGS, type FindingName } from "./findings.ts";
import { bucketOf, MEASURES, type MeasureName } from "./measures.ts";

/** Numbers by their places; only functions of this file know which is where. */
export type Tally = readonly number[];

/** Counts of nodes in the order in which a record has them. */
export const NODE_COUNTS = ["heard", "silent", "unwell", "phones", "relays"] as const;
export type NodeCount = (typeof NODE_COUNTS)[number];

const FINDINGS_AT = NODE_COUNTS.length;
const MEASURES_AT = FINDINGS_AT + FINDINGS.length;

/** The place of the sum of each measure; its buckets follow. */
const PLACES: ReadonlyMap<string, { readonly at: number; readonly buckets: number }> = new Map(placesOfMeasures());
const SIZE = MEASURES_AT + MEASURES.reduce((sum, { bounds }) => sum + bounds.length + 2, 0);

export function emptyTally(): number[] {
  return Array.from<number>({ length: SIZE }).fill(0);
}

/** Adds a tally to another one, in its place. */
export function addTo(sum: number[], tally: Tally): void {
  for (let at = 0; at < SIZE; at++) sum[at]! += tally[at]!;
}

export function countNode(tally: number[], what: NodeCount): void {
  tally[NODE_COUNTS.indexOf(what)]!++;
}

export function countFinding(tally: number[], finding: FindingName): void {
  tally[FINDINGS_AT + FINDINGS.indexOf(finding)]!++;
}

/** Counts a value of a measure: a whole number, 0 or more. */
export function countValue(tally: number[], of: MeasureName, value: number): void {
  const measure = MEASURES.find((each) => each.of === of)!;
  const { at } = PLACES.get(of)!;
  tally[at]! += value;
  tally[at + 1 + bucketOf(measure, value)]!++;
}

/** How many nodes of a kind a tally has. */
export function nodesIn(tally: Tally, what: NodeCount): number {
  return tally[NODE_COUNTS.indexOf(what)]!;
}

export function findingsIn(tally: Tally): [finding: FindingName, nodes: number][] {
  return FINDINGS.map((finding, at): [FindingName, number] => [finding, tally[FINDINGS_AT + at]!]);
}

/** The sum of a measure's values, and how many fell into each of its buckets. */
export function measureIn(
  tally: Tally,
  of: MeasureName,
): { readonly sum: number; readonly buckets: readonly number[] } {
  const { at, buckets } = PLACES.get(of)!;
  return { sum: tally[at]!, buckets: tally.slice(at + 1, at + 1 + buckets) };
}

/** A tally as a record has it: findings and measures of which there is none are left out. */
export function cellOf(tally: Tally, of: ObservedCell["of"], role: string): ObservedCell {
  const [heard = 0, silent = 0, unwell = 0, phones = 0, relays = 0] = tally;
  const measures = MEASURES.map(({ of: name }) => ({ name, ...measureIn(tally, name) }));
  return {
    of,
    role,
    nodes: [heard, silent, unwell, phones, relays],
    findings: findingsIn(tally).filter(([, nodes]) => nodes > 0),
    measures: measures.flatMap(({ name, sum, buckets }) =>
      buckets.some((count) => count > 0) ? [[name, sum, buckets] as const] : [],
    ),
  };
}

/** Reads a cell of a record. Findings and measures of later versions are passed over. */
export function tallyOf({ nodes, findings, measures }: ObservedCell): Tally {
  const tally = emptyTally();
  for (const [at, count] of nodes.entries()) tally[at] = count;
  for (const [finding, count] of findings) {
    const at = (FINDINGS as readonly string[]).indexOf(finding);
    if (at >= 0) tally[FINDINGS_AT + at] = count;
  }
  for (const [of, sum, buckets] of measures) {
    const place = PLACES.get(of);
    if (place === undefined || buckets.length !== place.buckets) continue;
    tally[place.at] = sum;
    for (const [at, count] of buckets.entries()) tally[place.at + 1 + at] = count;
  }
  return tally;
}

function* placesOfMeasures(): Generator<[string, { at: number; buckets: number }]> {
  let at = MEASURES_AT;
  for (const { of, bounds } of MEASURES) {
    const buckets = bounds.length + 1;
    yield [of, { at, buckets }];
    at += 1 + buckets;
  }
}
