import { TRAFFIC_CLASS_NAMES, type TrafficClass, type TrafficClassName } from "@florenetes/forwarding";
import type { PathSizes } from "./paths/path-sizes.ts";
import type { Route, RouteTable } from "./routes/route-table.ts";
import type { Trunk } from "./tunnels/trunk.ts";

interface Users {
  readonly paths: PathSizes;
  readonly trunks: Iterable<Trunk>;
}

/** Which routes of paths are in use. */
export class RouteUses {
  readonly #users: () => Users;

  /** @param users Returns all present users. */
  constructor(users: () => Users) {
    this.#users = users;
  }

  /** The routes of a path, by its number in the config; undefined: the path has one way alone. */
  table(path: number): RouteTable | undefined {
    return this.#users().paths.place(path).routes?.table;
  }

  /**
   * Looks once at all trunks, however many paths there are. Returns a function that tells the classes whose connections use a route now, in
   * the order of their numbers.
   */
  look(): (route: Route) => readonly TrafficClassName[] {
    const classes = new Map<Route, Set<TrafficClass>>();
    for (const { options, route } of this.#users().trunks) {
      if (route === undefined) continue;
      classes.set(route, (classes.get(route) ?? new Set()).add(options.trafficClass));
    }
    return (route) =>
      TRAFFIC_CLASS_NAMES.filter((_, number) => classes.get(route)?.has(number as TrafficClass) === true);
  }

  /** Yields the routes that the trunks over a path use, with the classes of those. @param path The name of the path */
  *of(path: string): Generator<readonly [Route, TrafficClass], void> {
    for (const { options, route } of this.#users().trunks) {
      if (options.path === path && route !== undefined) yield [route, options.trafficClass];
    }
  }
}
