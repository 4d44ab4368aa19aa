import type { RouteGraph, Weights } from "@florenetes/routes";

/** The grounds on which leases are composed at present. */
export interface ComposeGrounds {
  readonly graph: RouteGraph;
  readonly weights: Weights;
  /** Coordinators of the partition, this one included. */
  readonly coordinators: number;
  /** How long leases are held behind their ends, in milliseconds. */
  readonly holdMs: number;
  /** The label of a service at a host; undefined: the host does not say that it has the service. */
  readonly labelOf: (host: string, service: string) => number | undefined;
}
