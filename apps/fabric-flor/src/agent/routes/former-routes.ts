/**
 * How long routes stay in the overlay for which there is no good lease any more, as it was taken back, was not renewed, or its next one cannot be used here: streams wait on them for another lease.
 * Routes of an earlier life, of whose leases nothing is known here, stay to their own end. Pure.
 */
import { forgetOldest } from "../forget-oldest.ts";
import { LEASED_HOSTS_MAX } from "../limits.ts";
import type { OverlayPart } from "../plan/plan-overlay.ts";
import { keyOf } from "../plan/service-names.ts";
import { FORMER_ROUTES_MS } from "./limits.ts";

export class FormerRoutes implements OverlayPart {
  readonly routesTo: NonNullable<OverlayPart["routesTo"]>;
  readonly transit: NonNullable<OverlayPart["transit"]>;
  /** When routes to a host were gone, in milliseconds since 1970; Infinity: there are some. */
  readonly #goneAt = new Map<string, number>();

  /** @param part Gives routes by leases */
  constructor(part: Required<Pick<OverlayPart, "routesTo" | "transit">>) {
    this.transit = part.transit;
    this.routesTo = ({ scope, service }, host, now) => {
      const routes = part.routesTo({ scope, service }, host, now);
      const key = keyOf({ scope, service, host });
      if (routes.length > 0) {
        this.#goneAt.delete(key);
        this.#goneAt.set(key, Number.POSITIVE_INFINITY);
        forgetOldest(this.#goneAt, LEASED_HOSTS_MAX);
      } else if (this.#goneAt.get(key) === Number.POSITIVE_INFINITY) this.#goneAt.set(key, now);
      return routes;
    };
  }

  readonly formerUntil: NonNullable<OverlayPart["formerUntil"]> = ({ scope, service }, host) =>
    (this.#goneAt.get(keyOf({ scope, service, host })) ?? Number.POSITIVE_INFINITY) + FORMER_ROUTES_MS;
}
