import { TRAFFIC_CLASS_NAMES, type TrafficClassName } from "@florenetes/forwarding";
import type { RunningConfig } from "../config/running-config.ts";
import type { SwitchReason } from "../transport/routes/switch-log.ts";
import type { RouteUses } from "../transport/route-uses.ts";

/** A route of a path, as the view has it (docs/protocol/fabric-door.md). */
export interface RouteView {
  readonly path: string;
  /** The vertices from the first neighbour to the host, as `b>d`. */
  readonly route: string;
  /** The traffic classes whose connections use it now. */
  readonly inUse: readonly TrafficClassName[];
  /** Why connections pass it by; null: it has not failed. */
  readonly failure: SwitchReason | null;
}

/** The routes of all paths that have several. */
export function* routeViews(paths: RunningConfig["paths"], routes: RouteUses): Generator<RouteView, void> {
  for (const [number, { name: path }] of paths) {
    const table = routes.table(number);
    if (table === undefined) continue;
    const uses = [...routes.of(path)];
    for (const route of table.routes) {
      const classes = uses
        .filter(([used]) => used === route)
        .map(([, trafficClass]) => TRAFFIC_CLASS_NAMES[trafficClass]!);
      yield { path, route: route.name, inUse: [...new Set(classes)], failure: route.failure?.reason ?? null };
    }
  }
}
