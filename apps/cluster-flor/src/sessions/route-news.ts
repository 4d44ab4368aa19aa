import { RouteState, type RouteUpdate } from "@florenetes/data-session";

/** The state of the route to a service, as of one look. */
export interface RouteFacts {
  readonly isUp: boolean;
  readonly roundTripMs: number;
  readonly datagramSize: number;
}

/** The share of the round trip by which a change is worth telling. */
const ROUND_TRIP_SHARE = 0.25;
/** The least change of the round trip that is worth telling. */
const ROUND_TRIP_MS_MIN = 2;

/** Decides which changes of the route to a service are worth telling. */
export class RouteNews {
  readonly #service: string;
  #told: RouteUpdate | undefined;

  constructor(service: string) {
    this.#service = service;
  }

  /** The last update that was told; undefined: none yet. */
  get told(): RouteUpdate | undefined {
    return this.#told;
  }

  /** Looks at the route; returns the update to tell, if any. */
  look({ isUp, roundTripMs, datagramSize }: RouteFacts): RouteUpdate | undefined {
    const route = {
      state: isUp ? RouteState.up : RouteState.down,
      roundTripMs: Math.round(roundTripMs),
      datagramSize,
      service: this.#service,
    };
    const told = this.#told;
    if (told !== undefined) {
      const change = Math.abs(route.roundTripMs - told.roundTripMs);
      const isOther = change >= Math.max(ROUND_TRIP_MS_MIN, ROUND_TRIP_SHARE * told.roundTripMs);
      if (route.state === told.state && route.datagramSize === told.datagramSize && !isOther) return undefined;
    }
    this.#told = route;
    return route;
  }
}
