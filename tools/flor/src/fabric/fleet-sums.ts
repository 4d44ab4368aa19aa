/** A fleet, as an agent tells it: sums of its partitions by partition, organization or role. Pure. */
import { z } from "zod";

const count = z.number().nonnegative();

/** Nodes that were added up together: docs/operate/fabric.md has the members. */
interface ToldTally {
  readonly nodes: Readonly<Record<string, number>>;
  readonly findings: Readonly<Record<string, number>>;
  readonly measures: Readonly<Record<string, { readonly count: number; readonly sum: number }>>;
}

export interface ToldFleet {
  readonly partition: string;
  readonly organization: string | null;
  readonly by: string;
  readonly observers: readonly { readonly observer: string; readonly at: string; readonly since: string }[];
  readonly all: ToldTally;
  readonly roles: Readonly<Record<string, ToldTally>>;
  readonly none: ToldTally;
  readonly other: ToldTally;
  readonly versions: Readonly<Record<string, number>>;
  readonly otherVersions: number;
}

interface FleetAnswer {
  readonly node: string;
  readonly fleet: readonly ToldFleet[];
  readonly next: string | null;
}

const tally: z.ZodType<ToldTally> = z.object({
  nodes: z.record(z.string(), count),
  findings: z.record(z.string(), count),
  measures: z.record(
    z.string(),
    z.object({ unit: z.string(), count, sum: count, bounds: z.array(count), buckets: z.array(count) }),
  ),
});

/** An answer of `GET /fleet`. */
export const fleetForm: z.ZodType<FleetAnswer> = z.object({
  node: z.string(),
  fleet: z.array(
    z.object({
      partition: z.string(),
      organization: z.string().nullable(),
      by: z.string(),
      observers: z.array(
        z.object({
          observer: z.string(),
          record: z.string(),
          at: z.iso.datetime(),
          since: z.iso.datetime(),
          heard: count,
        }),
      ),
      all: tally,
      roles: z.record(z.string(), tally),
      none: tally,
      other: tally,
      versions: z.record(z.string(), count),
      otherVersions: count,
    }),
  ),
  next: z.string().nullable(),
});

/** The members by which sums are made. */
export const FLEET_BY = ["partition", "organization", "role"] as const;
export type FleetBy = (typeof FLEET_BY)[number];

export interface FleetSum {
  readonly of: string;
  readonly nodes: Readonly<Record<string, number>>;
  readonly findings: Readonly<Record<string, number>>;
  /** Means of measures; undefined: there are no values. */
  readonly mean: (measure: string) => number | undefined;
}

/** Nodes without a role, and those with roles for which there was no room. */
const NONE = "-";
const OTHER = "others";

type Counts = Readonly<Record<string, number>>;

/** Sums in the order of their names. A node stands in each of its roles. */
export function fleetSums(fleet: readonly ToldFleet[], by: FleetBy): FleetSum[] {
  const named = fleet.flatMap((told): (readonly [string, ToldTally])[] => {
    const { partition, organization, all, roles, none, other } = told;
    if (by === "organization") return [[organization ?? OTHER, organization === null ? othersOf(told, fleet) : all]];
    if (organization !== null) return [];
    if (by === "partition") return [[partition, all]];
    return [...Object.entries(roles), [NONE, none] as const, [OTHER, other] as const];
  });
  const groups = [...Map.groupBy(named, ([name]) => name)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return groups
    .map(([of, tallies]) =>
      sumOf(
        of,
        tallies.map(([, each]) => each),
      ),
    )
    .filter(({ nodes }) => Object.values(nodes).some((value) => value > 0));
}

/** Nodes of a partition whose organization is not told on its own, as observers have no room for it: those of all that are in none of the others. */
function othersOf({ partition, all }: ToldFleet, fleet: readonly ToldFleet[]): ToldTally {
  const told = fleet.flatMap((each) => (each.partition === partition && each.organization !== null ? [each.all] : []));
  const rest = (of: (tally: ToldTally) => Counts): Counts => {
    const sum = added(told.map(of));
    // Words of two observers are not of one moment: less than nothing is nothing.
    const left = Object.entries(of(all)).map(([name, count]) => [name, Math.max(0, count - (sum[name] ?? 0))] as const);
    return Object.fromEntries(left.filter(([, count]) => count > 0));
  };
  const sums = rest((tally) => ofMeasures(tally, "sum"));
  const counts = Object.entries(rest((tally) => ofMeasures(tally, "count")));
  return {
    nodes: rest(({ nodes }) => nodes),
    findings: rest(({ findings }) => findings),
    measures: Object.fromEntries(counts.map(([name, values]) => [name, { count: values, sum: sums[name] ?? 0 }])),
  };
}

function ofMeasures({ measures }: ToldTally, what: "count" | "sum"): Counts {
  return Object.fromEntries(Object.entries(measures).map(([name, measure]) => [name, measure[what]]));
}

function sumOf(of: string, tallies: readonly ToldTally[]): FleetSum {
  const mean = (measure: string): number | undefined => {
    const all = tallies.flatMap(({ measures }) => measures[measure] ?? []);
    const values = all.reduce((sum, each) => sum + each.count, 0);
    return values === 0 ? undefined : all.reduce((sum, each) => sum + each.sum, 0) / values;
  };
  return { of, nodes: added(tallies.map(({ nodes }) => nodes)), findings: added(tallies.map((t) => t.findings)), mean };
}

/** Counts of equal names, added. */
export function added(counts: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sum = new Map<string, number>();
  for (const [name, value] of counts.flatMap((each) => Object.entries(each)))
    sum.set(name, (sum.get(name) ?? 0) + value);
  return Object.fromEntries(sum);
}
