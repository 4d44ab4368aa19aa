import type { DatedReport } from "./dated-reports.ts";
import type { FleetResource } from "./fleet-resource.ts";
import type { ToldBudget } from "./told-budgets.ts";
import type { KnownUsage } from "./usage-book.ts";
import type { ToldHolder } from "./told-holders.ts";
import type { ToldNodeOrders } from "./told-orders.ts";
import type { ToldReleases } from "./told-releases.ts";
import type { ToldDigests, ToldRoutes, ToldStatus } from "./told.ts";
import type { ToldBodies, ToldKind, ToldRecord } from "./told-records.ts";

/** All that is known of a fabric at one moment. It never changes: the next one is another. */
export interface FabricView extends Pick<ToldDigests, "cluster" | "node" | "kinds"> {
  /** When the agent was asked: milliseconds since 1970. */
  readonly wall: number;
  /** When it was asked by the clock that nobody sets: monotonic milliseconds. */
  readonly at: number;
  /** The next view is told so many milliseconds after this one, where the agent takes as long again. */
  readonly periodMs: number;
  /** Whether the agent has not answered since. */
  readonly isSilent: boolean;
  readonly records: <Kind extends ToldKind>(kind: Kind) => readonly ToldRecord<ToldBodies[Kind]>[];
  readonly status: ToldStatus;
  readonly leases: ToldRoutes["routes"];
  /** The last reports of nodes, by their names: of those of the partition that the agent coordinates. */
  readonly reports: ReadonlyMap<string, DatedReport>;
  /** Counts of the agent, by the organizations of budgets. */
  readonly budgets: ReadonlyMap<string, ToldBudget>;
  /** Counts of the agent by channels, where it coordinates a partition. */
  readonly releases: ToldReleases;
  /** Orders for nodes, and what came of them, where the agent was told. */
  readonly orders: readonly ToldNodeOrders[];
  /** Holders of collections of which challenges have shown something bad, where the agent's node holds them, too. */
  readonly holders: readonly ToldHolder[];
  readonly usage: KnownUsage;
  /** Sums of observers, in the order of `fleetKey`. */
  readonly fleet: readonly FleetResource[];
}
