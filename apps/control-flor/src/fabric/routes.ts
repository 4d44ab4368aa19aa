import type { FabricView } from "./fabric-view.ts";
import { compareTexts } from "./compare-texts.ts";
import type { RouteResource } from "./resources.ts";
import type { ToldLease } from "./told.ts";

/** The routes that the replica's node knows of, by origin, service and host: as a coordinator those of its partition, else its own. */
export function routesOf(view: FabricView): readonly RouteResource[] {
  const leases = new Map<string, ToldLease>();
  for (const lease of view.leases) {
    const key = routeKey(lease);
    const other = leases.get(key);
    if (other === undefined || weightOf(lease) > weightOf(other)) leases.set(key, lease);
  }
  return [...leases].toSorted(([a], [b]) => compareTexts(a, b)).map(([, lease]) => routeOf(lease));
}

/**
 * The lease with the most weight is told of those for one host. An origin knows more of a lease than its coordinator, and the one that it uses leaves those of other
 * coordinators to stand by. Where it uses none, none carries: then one that is good is told before one that is good no more.
 */
function weightOf({ told, isUsed, standing }: ToldLease): number {
  if (told === "coordinator") return 0;
  if (isUsed !== false) return 3;
  return isGood(standing) ? 2 : 1;
}

function isGood(standing: ToldLease["standing"]): boolean {
  return standing === null || standing === "live" || standing === "held";
}

/** The name of the routes of an origin to a service at a host: a space is in no part. */
export function routeKey({
  origin,
  scope,
  service,
  host,
}: Pick<RouteResource, "origin" | "scope" | "service" | "host">): string {
  return `${origin} ${scope} ${service} ${host}`;
}

function routeOf(told: ToldLease): RouteResource {
  const { id: _, isUsed, standing, ...lease } = told;
  const fault = lease.fault ?? (isGood(standing) ? null : standing);
  return { ...lease, fault, state: stateOf(lease.routes, isUsed) };
}

function stateOf(routes: ToldLease["routes"], isUsed: ToldLease["isUsed"]): RouteResource["state"] {
  if (routes.length === 0) return "none";
  const hasFailed = isUsed === false || routes.every(({ state }) => state === "failed" || state === "unusable");
  return hasFailed ? "failed" : "carried";
}
