/** The grounds on which leases are composed. Pure. */
import type { FactBook } from "@florenetes/facts";
import {
  COORDINATOR_ROLE,
  HOLD_SECONDS,
  phoneTierOf,
  type RouteGraph,
  type Weights,
  weightsOf,
} from "@florenetes/routes";
import { clusterPolicy } from "../records/cluster-policy.ts";
import { roleHolders } from "../records/role-holders.ts";

/** The grounds on which leases are composed at present. */
export interface ComposeGrounds {
  readonly graph: RouteGraph;
  readonly weights: Weights;
  /** Coordinators of the partition, this one included. */
  readonly coordinators: number;
  /** How long leases are held behind their ends, in milliseconds. */
  readonly holdMs: number;
  /** The trust tier that phones need to carry for others; undefined: the policy lets none do that. */
  readonly phoneTier: number | undefined;
  /** The label of a service at a host; undefined: the host does not say that it has the service. */
  readonly labelOf: (host: string, service: string) => number | undefined;
  /** The share of leases of an origin at present; undefined: none. */
  readonly shareOf: (origin: string) => number | undefined;
}

/** The grounds that records say: weights, the number of coordinators, how long leases are held, and whether phones carry for others. */
export type RecordedGrounds = Pick<ComposeGrounds, "weights" | "coordinators" | "holdMs" | "phoneTier">;

/** The grounds by the records at a time in milliseconds since 1970. */
export function groundsOf(book: FactBook, partition: string, wall: number): RecordedGrounds {
  const policy = clusterPolicy(book, wall);
  const holders = [...roleHolders(book, COORDINATOR_ROLE, partition, wall)];
  const coordinators = holders.filter(({ scope }) => scope === "cluster").length;
  const holdMs = 1_000 * (policy?.hold ?? HOLD_SECONDS);
  return { weights: weightsOf(policy), coordinators, holdMs, phoneTier: phoneTierOf(policy) };
}
