/** Nodes to which the programs of a release could not speak. Pure. */
import { bodyOf, type Fact, type ProfileBody, readFact, type ReleaseBody } from "@florenetes/facts";
import { LEFT_NAMED_MAX } from "./limits.ts";

/** Contracts of a program, and their versions that it speaks. */
export type Contracts = ProfileBody["contracts"];

/** Whether programs of a release and of a node have a version of each contract in common that the node speaks. */
export function speaks(release: ReleaseBody["contracts"], node: Contracts): boolean {
  return node.every(({ of, lowest, highest }) =>
    release.some((each) => each.of === of && each.lowest <= highest && lowest <= each.highest),
  );
}

/** Nodes that a release would leave behind, though nobody has said so. */
export interface Incompatible {
  readonly channel: string;
  /** The first ones by name. */
  readonly nodes: readonly string[];
  readonly more: number;
}

/**
 * The nodes to which programs of a release could not speak, and whom it does not name in `leaves`; undefined: there are none. A release that nobody takes is none that could leave
 * anybody behind.
 *
 * @param living Living nodes and the contracts that they speak
 */
export function incompatibleWith(
  { subject: channel }: Pick<Fact, "subject">,
  { contracts, leaves, stage }: ReleaseBody,
  living: Iterable<readonly [node: string, contracts: Contracts]>,
): Incompatible | undefined {
  if (stage === 0) return undefined;
  const left = [...living].filter(([node, spoken]) => !leaves.includes(node) && !speaks(contracts, spoken));
  if (left.length === 0) return undefined;
  const names = left.map(([node]) => node).toSorted();
  return { channel, nodes: names.slice(0, LEFT_NAMED_MAX), more: Math.max(0, names.length - LEFT_NAMED_MAX) };
}

/** The contracts of nodes, by their profiles. */
export function* contractsBy(profiles: Iterable<Fact>): Generator<readonly [string, Contracts]> {
  for (const fact of profiles) {
    const body = bodyOf(fact, "profile");
    if (body !== undefined) yield [fact.subject, body.contracts];
  }
}

/** The records, by their places, that are releases which would leave nodes behind. */
export function leavingRecords(
  records: readonly Uint8Array[],
  cluster: string,
  living: () => Iterable<readonly [string, Contracts]>,
): ReadonlyMap<number, Incompatible> {
  const refused = new Map<number, Incompatible>();
  for (const [at, octets] of records.entries()) {
    const fact = readFact(octets, cluster);
    if (typeof fact === "string" || fact.kind !== "release" || fact.void === true) continue;
    const body = bodyOf(fact, "release");
    const found = body === undefined ? undefined : incompatibleWith(fact, body, living());
    if (found !== undefined) refused.set(at, found);
  }
  return refused;
}

/** Names of the nodes, as a sentence goes on with them. */
export function namesOf({ nodes, more }: Incompatible): string {
  return more === 0 ? nodes.join(", ") : `${nodes.join(", ")} and ${more} more`;
}
