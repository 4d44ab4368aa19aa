/** Words for people about a lease: why each of its routes costs what it costs. */
import type { LeaseBody, LeasedRoute } from "@florenetes/facts";
import { COST_PARTS, type CostPart } from "./costs.ts";

/** A route as people are told of it. Parts of its cost may be those of a later version. */
type ExplainedRoute = Omit<LeasedRoute, "link" | "labels">;

/** Lines for people: to where a lease leads, and of each route what `explainRoute` says. */
export function explainLease(host: string, { rate, routes }: LeaseBody): string[] {
  return [`to ${host}, ${rate} kbit/s`, ...routes.flatMap((route, place) => explainRoute(route, place))];
}

/** Lines about a route: its place, the nodes that it goes over, and the parts of its cost, the largest first. */
export function explainRoute(route: ExplainedRoute, place: number): string[] {
  return [headOf(route, place), ...partsOf(route).map((line) => `  ${line}`)];
}

function headOf({ via, cost, mtu }: ExplainedRoute, place: number): string {
  const name = place === 0 ? "primary" : `alternate ${place}`;
  return `${name}: ${via.join(" > ")}, cost ${cost}, packets of ${mtu} bytes`;
}

function partsOf({ why, cost }: ExplainedRoute): string[] {
  const parts = why.toSorted((a, b) => b.cost - a.cost || (a.of < b.of ? -1 : 1));
  return parts.map((part) => `${part.of} ${part.cost} of ${cost}: ${part.value}${unitOf(part.of)}`);
}

/** Parts of a later version have no unit here. */
function unitOf(part: string): string {
  return Object.hasOwn(COST_PARTS, part) ? ` ${COST_PARTS[part as CostPart].unit}` : "";
}
