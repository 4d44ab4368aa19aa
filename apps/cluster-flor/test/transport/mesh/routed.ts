import type { PathConfig, RouteConfig } from "../../../src/config/cluster-config.ts";

/** A route over the link of that number, and a relay of its own, to vertex d. */
export function routeOver(link: number, more: Partial<RouteConfig> = {}): RouteConfig {
  return { link, labels: [101, 900], name: `r${link}>d`, avoid: undefined, ...more };
}

/** The path of the overlay with these routes. */
export function routed(routes: readonly RouteConfig[]): PathConfig {
  const { link, labels } = routes[0]!;
  return { name: "auto.web.d", link, labels, mtu: undefined, isOverlay: true, routes };
}
