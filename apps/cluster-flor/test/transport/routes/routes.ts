import type { RouteConfig } from "../../../src/config/cluster-config.ts";
import { RouteTable } from "../../../src/transport/routes/route-table.ts";

/** A route over the link with that number: its name is `r<link>>d`. */
export function routeOver(link: number, more: Partial<RouteConfig> = {}): RouteConfig {
  return { link, labels: [100 + link, 900], name: `r${link}>d`, ...more };
}

/** A table of routes over the links 0, 1 and so on, which are up until a test says otherwise. */
export function tableOf(count: number): { readonly table: RouteTable; readonly down: Set<number> } {
  const down = new Set<number>();
  const routes = Array.from({ length: count }, (_, link) => routeOver(link));
  return { table: new RouteTable(routes, { isUp: (link) => !down.has(link), random: () => 0.5 }), down };
}
