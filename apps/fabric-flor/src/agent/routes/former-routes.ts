/**
 * How long routes stay in the overlay for which there is no good lease any more, as it was taken back, was not renewed, or its next one cannot be used here: streams wait on them for another lease.
 * Routes of an earlier life, of whose leases nothing is known here, stay to their own end. Pure.
 */
import { forgetOldest } from "../forget-oldest.ts";
import { LEASED_HOSTS_MAX } from "../limits.ts";
import type { Moment } from "../moment.ts";
import type { OverlayPart } from "../plan/plan-overlay.ts";
import { keyOf } from "../plan/service-names.ts";
import { FORMER_ROUTES_MS } from "./limits.ts";

/** Routes to a host. */
interface Known {
  /** Their own end, in milliseconds since 1970. */
  readonly end: number;
  /** When they were gone, in monotonic milliseconds: the wall clock may be put meanwhile. Undefined: there are some. */
  readonly goneAt: number | undefined;
}

export class FormerRoutes implements OverlayPart {
  readonly routesTo: NonNullable<OverlayPart["routesTo"]>;
  readonly transit: NonNullable<OverlayPart["transit"]>;
  readonly #known = new Map<string, Known>();
  readonly #at: () => Moment;

  /**
   * @param part Gives routes by leases
   * @param at The time, by both clocks
   */
  constructor(part: Required<Pick<OverlayPart, "routesTo" | "transit">>, at: () => Moment) {
    this.#at = at;
    this.transit = part.transit;
    this.routesTo = ({ scope, service }, host, now) => {
      const routes = part.routesTo({ scope, service }, host, now);
      const key = keyOf({ scope, service, host });
      const known = this.#known.get(key);
      if (routes.length > 0) {
        this.#known.delete(key);
        this.#known.set(key, { end: Math.max(...routes.map(({ until }) => until)), goneAt: undefined });
        forgetOldest(this.#known, LEASED_HOSTS_MAX);
      } else if (known !== undefined) this.#known.set(key, { ...known, goneAt: known.goneAt ?? at().now });
      return routes;
    };
  }

  readonly formerUntil: NonNullable<OverlayPart["formerUntil"]> = ({ scope, service }, host) => {
    const { end, goneAt } = this.#known.get(keyOf({ scope, service, host })) ?? {};
    if (end === undefined || goneAt === undefined) return undefined;
    const { now, wall } = this.#at();
    return Math.min(end, wall + goneAt + FORMER_ROUTES_MS - now);
  };
}
