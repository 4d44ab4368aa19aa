import type { RunningConfig } from "../config/running-config.ts";
import type { Links } from "../connection/links.ts";
import type { Route } from "../transport/routes/route-table.ts";
import type { Transport } from "../transport/transport.ts";
import type { PathStatus, RouteStatus } from "./cluster-status.ts";

/** The state of each path of a config that runs. @param now Monotonic milliseconds */
export function pathStatuses(
  { links, paths }: Pick<RunningConfig, "links" | "paths">,
  transport: Pick<Transport, "reach" | "pathSize" | "routes">,
  carried: Pick<Links, "isUp">,
  now: number,
): PathStatus[] {
  const reachOf = transport.reach.look(now);
  const usesOf = transport.routes.look();
  return [...paths].map(([number, { name, link, labels, problem }]) => {
    const { mtu, origin } = transport.pathSize(number);
    const table = transport.routes.table(number);
    const firsts = table === undefined ? [link] : table.routes.map((route) => route.link);
    return {
      name,
      link: link === undefined ? null : links.get(link)!.name,
      labels,
      mtu,
      mtuOrigin: origin,
      isUsable: problem === undefined && firsts.some((first) => first === undefined || carried.isUp(first)),
      ...reachOf(name),
      routes: (table?.routes ?? []).map((route) => routeStatus(route, links, usesOf(route).classes, now)),
      switches: [...(table?.switches.figures() ?? [])].map(([reason, figures]) => ({ reason, ...figures })),
    };
  });
}

function routeStatus(
  route: Route,
  links: RunningConfig["links"],
  inUse: RouteStatus["inUse"],
  now: number,
): RouteStatus {
  const { name, link, labels, failure } = route;
  return {
    name,
    link: links.get(link)!.name,
    labels,
    inUse,
    failure: failure?.reason ?? null,
    failedMs: failure === undefined ? null : Math.round(now - failure.at),
  };
}
