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
  /** Figures from end to end: a route in use has its connections' round trip and what they lose, and all is lost on one that has failed; null: it is not in use. */
  readonly measured: { readonly roundTripMs: number; readonly loss: number } | null;
  /** How fast bytes pass on it from end to end, in the busier direction, in kbit/s. */
  readonly rate: number;
}

/** The routes of all paths that have any. */
export function* routeViews(paths: RunningConfig["paths"], routes: RouteUses, now: number): Generator<RouteView, void> {
  const usesOf = routes.look();
  for (const [number, { name: path }] of paths) {
    for (const route of routes.table(number)?.routes ?? []) {
      const { classes: inUse, roundTripMs } = usesOf(route);
      const failure = route.failure?.reason ?? null;
      const carried = roundTripMs === undefined ? null : { roundTripMs, loss: routes.lossOf(route, now) };
      yield {
        path,
        route: route.name,
        inUse,
        failure,
        measured: failure === null ? carried : { roundTripMs: 0, loss: 1 },
        rate: Math.round(routes.rateOf(route, now)),
      };
    }
  }
}
