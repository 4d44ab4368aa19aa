/** The records of a directory, as routes ask for them. */
import { bodyOf, type Fact, floorOf, type HeldFacts, inForce, slotOf } from "@florenetes/facts";

export interface NodeStanding {
  readonly organization: string;
  readonly partition: string;
  readonly tier: number;
}

export interface Directory {
  /** The `node` record in force; undefined: there is none. */
  node(name: string): NodeStanding | undefined;
  /** Whether a role is in force for a node, in the partition and in this very scope. */
  hasRole(name: string, role: string, partition: string, scope: string): boolean;
  /** Whether the node's record was taken back, and no later one lets it in. */
  isVoid(name: string): boolean;
}

/** The directory of the records that a node holds, at a time in milliseconds since 1970. */
export function directoryOf(held: HeldFacts, now: number): Directory {
  const factsOf = (kind: string, scope: string, subject: string): readonly Fact[] =>
    held.in(slotOf({ kind, scope, subject }));
  return {
    node(name) {
      const fact = inForce(factsOf("node", "cluster", name), now);
      const body = fact === undefined ? undefined : bodyOf(fact, "node");
      if (body === undefined) return undefined;
      return { organization: body.organization, partition: body.partition, tier: body["trust-tier"] };
    },
    hasRole: (name, role, partition, scope) =>
      inForce(factsOf("role", scope, `${name}/${role}/${partition}`), now) !== undefined,
    isVoid(name) {
      const facts = factsOf("node", "cluster", name);
      const floor = floorOf(facts);
      return floor > 0 && facts.every(({ epoch }) => epoch <= floor);
    },
  };
}

/** The role of those who lease routes, and of those who carry packets for others. */
export const COORDINATOR_ROLE = "route-coordinator";
export const RELAY_ROLE = "relay";

/** Whether a node may lease routes in a scope to a node of a partition. */
export function isCoordinator(directory: Directory, name: string, partition: string, scope: string): boolean {
  return ["cluster", scope].some((each) => directory.hasRole(name, COORDINATOR_ROLE, partition, each));
}

/** The organization of a scope; undefined for the cluster's. */
export function organizationOf(scope: string): string | undefined {
  return scope === "cluster" ? undefined : scope.slice("org/".length);
}
