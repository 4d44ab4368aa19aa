import type { FabricView } from "./fabric-view.ts";
import { compareTexts } from "./compare-texts.ts";
import type { RouteResource } from "./resources.ts";
import type { ToldLease } from "./told.ts";

/** The routes that the replica's node knows of, by origin, service and host: as a coordinator those of its partition, else its own. */
export function routesOf(view: FabricView): readonly RouteResource[] {
  const routes = new Map<string, RouteResource>();
  // The origin of a lease knows more of it than its coordinator: it is told last, and stays.
  const sorted = view.leases.toSorted((a, b) => Number(a.told === "origin") - Number(b.told === "origin"));
  for (const lease of sorted) {
    // Leases that stand by for the same host are of other coordinators.
    if (lease.isUsed === false) continue;
    routes.set(routeKey(lease), routeOf(lease));
  }
  return [...routes.values()].toSorted((a, b) => compareTexts(routeKey(a), routeKey(b)));
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

function routeOf({ isUsed: _isUsed, standing: _standing, ...lease }: ToldLease): RouteResource {
  const hasFailed =
    lease.routes.length > 0 && lease.routes.every(({ state }) => state === "failed" || state === "unusable");
  const state = lease.routes.length === 0 ? "none" : hasFailed ? "failed" : "carried";
  return { ...lease, state };
}
