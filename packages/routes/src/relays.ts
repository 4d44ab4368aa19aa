/** Relays as the composer of a lease finds them: why a node is none, and how much of its offer is left. */
import { PERMIT_PAIRS_MAX, ROUTES_MAX } from "@florenetes/facts";
import type { WorkloadClassName } from "@florenetes/forwarding";
import type { RouteGraph } from "./graph.ts";
import type { Plan } from "./plan.ts";
import type { PhoneGate } from "./scoring/gates.ts";

/** Why a node is no relay of a lease; the first one counts. */
export type RelayFault = "no-report" | "no-offer" | "no-role" | PhoneGate | "avoided" | "class" | "pairs";

export interface RelayTerms {
  readonly graph: RouteGraph;
  readonly plan: Plan;
  /** Coordinators that plan with the same relays: each plans with its share of the offers. */
  readonly coordinators: number;
  /** Relays that have refused permits, or have not answered. */
  readonly avoid?: ReadonlySet<string>;
}

/** Why no lease of this scope and these classes may go over a node; undefined: one may. */
export function relayFault(
  name: string,
  { scope, classes }: { readonly scope: string; readonly classes: readonly WorkloadClassName[] },
  { graph, plan, avoid }: RelayTerms,
): RelayFault | undefined {
  const place = graph.placeOf(name);
  if (place === undefined) return "no-report";
  const { offer } = graph.nodes[place]!.report;
  if (offer === undefined) return "no-offer";
  if (graph.relaysFor(scope)[place] === undefined) return "no-role";
  const phoneFault = graph.phoneFaultAt(place);
  if (phoneFault !== undefined) return phoneFault;
  if (avoid?.has(name) === true) return "avoided";
  if (!classes.every((each) => offer.classes.includes(each))) return "class";
  return plan.pairsOf(name) + ROUTES_MAX > PERMIT_PAIRS_MAX ? "pairs" : undefined;
}

/** The share of a relay's offer that this coordinator plans with, and what leases of other slots take of it, in kbit/s. */
export interface RelayRoom {
  readonly share: number;
  readonly load: number;
  /** The load in percent of the share, up to 100. */
  readonly planned: number;
}

/** @param slot The slot of the lease, whose own load does not count */
export function roomAt(place: number, slot: string, { graph, plan, coordinators }: RelayTerms): RelayRoom {
  const { name, report } = graph.nodes[place]!;
  const share = Math.floor((report.offer?.rate ?? 0) / Math.max(1, coordinators));
  const load = plan.loadOf(name, slot);
  return { share, load, planned: share === 0 ? 100 : Math.min(100, Math.floor((100 * load) / share)) };
}
