/** Words for people about a lease: why each of its routes costs what it costs. */
import type { LeaseBody, LeasedRoute } from "@florenetes/facts";
import { COST_PARTS, type CostPart } from "./costs.ts";

/** Lines for `flor fabric explain`: of each route its place, the nodes that it goes over, and the parts of its cost, the largest first. */
export function explainLease({ host, rate, routes }: LeaseBody): string[] {
  const head = `to ${host}, ${rate} kbit/s`;
  return [
    head,
    ...routes.flatMap((route, place) => [headOf(route, place), ...partsOf(route).map((line) => `  ${line}`)]),
  ];
}

function headOf({ via, cost, mtu }: LeasedRoute, place: number): string {
  const name = place === 0 ? "primary" : `alternate ${place}`;
  return `${name}: ${via.join(" > ")}, cost ${cost}, packets of ${mtu} bytes`;
}

function partsOf({ why, cost }: LeasedRoute): string[] {
  const parts = why.toSorted((a, b) => b.cost - a.cost || (a.of < b.of ? -1 : 1));
  return parts.map((part) => `${part.of} ${part.cost} of ${cost}: ${part.value}${unitOf(part.of)}`);
}

/** Parts of a later version have no unit here. */
function unitOf(part: string): string {
  return Object.hasOwn(COST_PARTS, part) ? ` ${COST_PARTS[part as CostPart].unit}` : "";
}
