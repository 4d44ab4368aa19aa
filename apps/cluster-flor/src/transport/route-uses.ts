import { TRAFFIC_CLASS_NAMES, type TrafficClass, type TrafficClassName } from "@florenetes/forwarding";
import type { EndConnections } from "./end-connections.ts";
import type { PathSizes } from "./paths/path-sizes.ts";
import { RouteLoss } from "./routes/route-loss.ts";
import { RouteRates } from "./routes/route-rates.ts";
import type { Route, RouteTable } from "./routes/route-table.ts";
import type { Trunk } from "./tunnels/trunk.ts";

interface Users {
  readonly connections: EndConnections;
  readonly paths: PathSizes;
  readonly trunks: Iterable<Trunk>;
}

export interface RouteUse {
  /** The classes whose connections use the route now, in the order of their numbers. */
  readonly classes: readonly TrafficClassName[];
  /** The shortest round trip of these connections; undefined: none is up. */
  readonly roundTripMs: number | undefined;
}

/** Which routes of paths are in use. */
export class RouteUses {
  readonly #users: () => Users;
  readonly #onNews: () => void;
  readonly #losses = new RouteLoss();
  readonly #rates = new RouteRates();

  /**
   * @param users Returns all present users.
   * @param onNews A route has begun to lose much, or has ceased to.
   */
  constructor(users: () => Users, onNews: () => void) {
    this.#users = users;
    this.#onNews = onNews;
  }

  /** The routes of a path, by its number in the config; undefined: the path has one way alone. */
  table(path: number): RouteTable | undefined {
    return this.#users().paths.place(path).routes?.table;
  }

  /** The names of the paths that something uses: trunks, or connections whose streams go on. */
  get paths(): ReadonlySet<string> {
    return this.#users().paths.used;
  }

  /** Notes what passes and what is lost on routes, and tells of those that begin to lose much, or cease to. To be called once a second. */
  update(now: number): void {
    const { connections } = this.#users();
    let isNews = false;
    for (const connection of connections.all()) {
      const route = connections.trunkOf(connection)?.route;
      if (route === undefined || connection.peerHello === undefined) continue;
      const stats = connection.stats(now);
      this.#rates.handleCounts(connection, route, stats, now);
      if (this.#losses.handleCounts(connection, route, stats, now)) isNews = true;
    }
    if (isNews) this.#onNews();
  }

  /** The share of packets that a route has lost of late, from 0 to 1; 0 also where too few have passed to tell. */
  lossOf(route: Route, now: number): number {
    return this.#losses.of(route, now);
  }

  /** How fast bytes pass on a route, in kbit/s: in the busier direction. */
  rateOf(route: Route, now: number): number {
    return this.#rates.of(route, now);
  }

  /**
   * Looks once at all trunks, however many paths there are. Returns a function that tells how a route is used now.
   */
  look(): (route: Route) => RouteUse {
    const uses = new Map<Route, { readonly classes: Set<TrafficClass>; roundTripMs: number }>();
    for (const { options, route, roundTripMs = Number.POSITIVE_INFINITY } of this.#users().trunks) {
      if (route === undefined) continue;
      const use = uses.get(route) ?? { classes: new Set(), roundTripMs };
      use.classes.add(options.trafficClass);
      use.roundTripMs = Math.min(use.roundTripMs, roundTripMs);
      uses.set(route, use);
    }
    return (route) => {
      const { classes, roundTripMs = Number.POSITIVE_INFINITY } = uses.get(route) ?? {};
      return {
        classes: TRAFFIC_CLASS_NAMES.filter((_, number) => classes?.has(number as TrafficClass) === true),
        roundTripMs: roundTripMs === Number.POSITIVE_INFINITY ? undefined : roundTripMs,
      };
    };
  }

  /** Yields the routes that the trunks over a path use, with the classes of those. @param path The name of the path */
  *of(path: string): Generator<readonly [Route, TrafficClass], void> {
    for (const { options, route } of this.#users().trunks) {
      if (options.path === path && route !== undefined) yield [route, options.trafficClass];
    }
  }
}
