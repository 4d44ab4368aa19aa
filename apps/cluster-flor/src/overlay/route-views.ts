import type { TrafficClassName } from "@florenetes/forwarding";
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
  const classesOf = routes.look();
  for (const [number, { name: path }] of paths) {
    for (const route of routes.table(number)?.routes ?? []) {
      yield { path, route: route.name, inUse: classesOf(route), failure: route.failure?.reason ?? null };
    }
  }
}
