/** The leases for one host of a service, and which of them runs. Pure. */
import type { LeasedRoute } from "@florenetes/facts";
import { HeldLeases, ROUTE_LOSS_MAX } from "@florenetes/routes";
import { CrowdedRoutes } from "./crowded-routes.ts";
import { millionths } from "./report.ts";
import { RouteRank } from "./route-rank.ts";
import { nameOf } from "./seen-routes.ts";

export interface LeasedHost {
  readonly leases: HeldLeases;
  /** The octets of leases, by their coordinators. */
  readonly octets: Map<string, Uint8Array>;
  /** Coordinators whose leases did not work, and until when that counts: monotonic. */
  readonly failing: Map<string, number>;
  /** The coordinator whose lease is in use. */
  running: string | undefined;
  /** The coordinator whose lease is to be in use in its place; undefined: it goes on. */
  next: string | undefined;
  /** Coordinators that are asked no more, or have not leased since they are asked again: their leases may have been taken back from relays. */
  letGo: ReadonlySet<string>;
  readonly rank: RouteRank;
  readonly crowded: CrowdedRoutes;
}

export function newLeasedHost(): LeasedHost {
  const none = { running: undefined, next: undefined, letGo: new Set<string>() };
  return {
    leases: new HeldLeases(),
    octets: new Map(),
    failing: new Map(),
    ...none,
    rank: new RouteRank(),
    crowded: new CrowdedRoutes(),
  };
}

/** Coordinators whose leases have led nowhere of late. */
export function failingOf({ failing }: LeasedHost, now: number): ReadonlySet<string> {
  return new Set([...failing].flatMap(([name, until]) => (now < until ? [name] : [])));
}

/** Coordinators of whose leases each route was tried within 20 minutes, and lost more than relays may, though this node does not fill it. */
export function lossyOf({ leases, rank, crowded }: LeasedHost, now: number): ReadonlySet<string> {
  const isLossy = (name: string): boolean =>
    millionths(rank.measured(name, now)?.loss ?? 0) > ROUTE_LOSS_MAX && !crowded.isFilled(name, now);
  const all = leases.all().filter(({ body }) => body?.routes.every((route) => isLossy(nameOf(route))) === true);
  return new Set(all.map(({ coordinator }) => coordinator));
}

export function isSame(one: LeasedRoute, other: LeasedRoute): boolean {
  return one.link === other.link && nameOf(one) === nameOf(other) && one.labels.join() === other.labels.join();
}
