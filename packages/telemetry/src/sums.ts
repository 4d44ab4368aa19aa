/** Sums of nodes: of all, of those with each role, of those with none, and the versions of their software. Merging is addition. Pure. */
import { OBSERVED_VERSIONS_MAX, type ObservationBody, type ObservedCell } from "@florenetes/facts";
import { OBSERVATION_SIZE_MAX, ROLES_TOLD_MAX } from "./limits.ts";
import { addTo, cellOf, emptyTally, nodesIn, type Tally, tallyOf } from "./tally.ts";

export interface Sums {
  readonly all: Tally;
  /** A node stands in each of its roles. */
  readonly roles: ReadonlyMap<string, Tally>;
  readonly none: Tally;
  /** Nodes in roles for which a record had no room: a node with two of them counts twice here. */
  readonly other: Tally;
  readonly versions: ReadonlyMap<string, number>;
  /** Nodes whose version a record had no room for. */
  readonly otherVersions: number;
}

/** Sums that grow. */
export class GrowingSums implements Sums {
  readonly all: number[] = emptyTally();
  readonly roles: Map<string, number[]> = new Map();
  readonly none: number[] = emptyTally();
  readonly other: number[] = emptyTally();
  readonly versions: Map<string, number> = new Map();
  otherVersions = 0;

  /** Adds a node, once to all and once to each of its roles. */
  addNode(tally: Tally, roles: readonly string[], version: string | undefined): void {
    addTo(this.all, tally);
    if (roles.length === 0) addTo(this.none, tally);
    for (const role of roles) addTo(this.#role(role), tally);
    if (version !== undefined) this.#addVersion(version, 1);
  }

  add(sums: Sums): void {
    addTo(this.all, sums.all);
    addTo(this.none, sums.none);
    addTo(this.other, sums.other);
    for (const [role, tally] of sums.roles) addTo(this.#role(role), tally);
    for (const [version, nodes] of sums.versions) this.#addVersion(version, nodes);
    this.otherVersions += sums.otherVersions;
  }

  #addVersion(version: string, nodes: number): void {
    this.versions.set(version, (this.versions.get(version) ?? 0) + nodes);
  }

  #role(role: string): number[] {
    const known = this.roles.get(role);
    if (known !== undefined) return known;
    const tally = emptyTally();
    this.roles.set(role, tally);
    return tally;
  }
}

/** The sum of some sums: in whatever order they come, and however they were added before. */
export function mergeSums(all: Iterable<Sums>): Sums {
  const sum = new GrowingSums();
  for (const each of all) sum.add(each);
  return sum;
}

/** The cells of sums: roles with the most nodes have one of their own, up to `most`. */
export function cellsOf({ all, roles, none, other }: Sums, most: number): ObservedCell[] {
  const isAny = (tally: Tally): boolean => nodesIn(tally, "heard") + nodesIn(tally, "silent") > 0;
  const sized = [...roles].toSorted(([a, left], [b, right]) => sizeOf(right) - sizeOf(left) || (a < b ? -1 : 1));
  const rest = emptyTally();
  addTo(rest, other);
  for (const [, tally] of sized.slice(most)) addTo(rest, tally);
  return [
    cellOf(all, "all", ""),
    ...sized.slice(0, most).map(([role, tally]) => cellOf(tally, "role", role)),
    ...(isAny(none) ? [cellOf(none, "none", "")] : []),
    ...(isAny(rest) ? [cellOf(rest, "other", "")] : []),
  ];
}

/** The body of a record. Roles and versions for which there is no room stand together as others. */
export function observationOf(sums: Sums, since: number): ObservationBody {
  const { named, rest } = versionsOf(sums, OBSERVED_VERSIONS_MAX);
  for (let most = ROLES_TOLD_MAX; ; most--) {
    const body = { since, cells: cellsOf(sums, most), versions: named, otherVersions: rest };
    if (most === 0 || Buffer.byteLength(JSON.stringify(body)) <= OBSERVATION_SIZE_MAX) return body;
  }
}

/** Reads the body of a record. */
export function sumsOf({ cells, versions, otherVersions }: ObservationBody): Sums {
  const tallyFor = (of: ObservedCell["of"]): Tally => {
    const cell = cells.find((each) => each.of === of);
    return cell === undefined ? emptyTally() : tallyOf(cell);
  };
  return {
    all: tallyFor("all"),
    none: tallyFor("none"),
    other: tallyFor("other"),
    roles: new Map(cells.flatMap((cell) => (cell.of === "role" ? [[cell.role, tallyOf(cell)]] : []))),
    versions: new Map(versions),
    otherVersions,
  };
}

/** The versions that most nodes have, and how many nodes have any other. */
export function versionsOf(
  { versions, otherVersions }: Sums,
  most: number,
): { readonly named: [version: string, nodes: number][]; readonly rest: number } {
  const sized = [...versions].toSorted(([a, left], [b, right]) => right - left || (a < b ? -1 : 1));
  const rest = sized.slice(most).reduce((sum, [, nodes]) => sum + nodes, otherVersions);
  return { named: sized.slice(0, most), rest };
}

function sizeOf(tally: Tally): number {
  return nodesIn(tally, "heard") + nodesIn(tally, "silent");
}
