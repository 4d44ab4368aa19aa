/** The sums of a partition as series of metrics: so many, whatever organizations, roles and versions there are. Pure. */
import { SERIES_NAMES_MAX, SERIES_VERSIONS_MAX } from "./limits.ts";
import type { Sums } from "./sums.ts";
import { addTo, emptyTally, nodesIn, type Tally } from "./tally.ts";

/** Names that no organization, role or version has. */
const NO_ROLE = "_none";
const ALL_OTHERS = "_other";

/** Nodes that are told together: those of an organization, or those with a role, or all where both are "". */
export interface SeriesOfNodes {
  readonly organization: string;
  readonly role: string;
  readonly tally: Tally;
}

export interface FleetSeries {
  readonly nodes: readonly SeriesOfNodes[];
  readonly versions: readonly (readonly [version: string, nodes: number])[];
}

/**
 * No series before there are sums: zeros would pass for a fleet that is gone.
 *
 * @param byOrganization Sums by organizations; "" is all of them
 * @param known Versions that may have a series: nodes say any others they like, each minute new ones
 */
export function seriesOf(byOrganization: ReadonlyMap<string, Sums>, known: ReadonlySet<string>): FleetSeries {
  const all = byOrganization.get("");
  if (all === undefined) return { nodes: [], versions: [] };
  const organizations = [...byOrganization].flatMap(([name, sums]) => (name === "" ? [] : [[name, sums.all] as const]));
  const roles = [...all.roles, [ALL_OTHERS, all.other] as const];
  const named = [...all.versions]
    .filter(([version]) => known.has(version))
    .toSorted(([a, left], [b, right]) => right - left || (a < b ? -1 : 1))
    .slice(0, SERIES_VERSIONS_MAX);
  const count = (sum: number, [, nodes]: readonly [string, number]): number => sum + nodes;
  const rest = [...all.versions].reduce(count, all.otherVersions) - named.reduce(count, 0);
  return {
    nodes: [
      { organization: "", role: "", tally: all.all },
      ...bounded(organizations).map(([organization, tally]) => ({ organization, role: "", tally })),
      { organization: "", role: NO_ROLE, tally: all.none },
      ...bounded(roles).map(([role, tally]) => ({ organization: "", role, tally })),
    ],
    versions: rest > 0 ? [...named, [ALL_OTHERS, rest]] : named,
  };
}

/** Tallies with the most nodes, and the sum of the rest. */
function bounded(named: readonly (readonly [string, Tally])[]): readonly (readonly [string, Tally])[] {
  const size = (tally: Tally): number => nodesIn(tally, "heard") + nodesIn(tally, "silent");
  const sized = named
    .filter(([name, tally]) => name !== ALL_OTHERS && size(tally) > 0)
    .toSorted(([a, left], [b, right]) => size(right) - size(left) || (a < b ? -1 : 1));
  const rest = emptyTally();
  for (const [, tally] of sized.slice(SERIES_NAMES_MAX)) addTo(rest, tally);
  for (const [name, tally] of named) if (name === ALL_OTHERS) addTo(rest, tally);
  const first = sized.slice(0, SERIES_NAMES_MAX);
  return size(rest) > 0 ? [...first, [ALL_OTHERS, rest]] : first;
}
