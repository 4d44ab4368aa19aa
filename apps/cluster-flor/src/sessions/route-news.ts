import { RouteState, type RouteUpdate } from "@florenetes/data-session";

/** The way to a service, as one look has found it. */
export interface RouteFacts {
  readonly isUp: boolean;
  readonly roundTripMs: number;
  readonly datagramSize: number;
}

/** A round trip is news when it has changed by so much of what was told. */
const ROUND_TRIP_SHARE = 0.25;
/** No smaller change of it is. */
const ROUND_TRIP_MS_MIN = 2;

/** Decides which changes of the way to a service are worth telling. */
export class RouteNews {
  readonly #service: string;
  #told: RouteUpdate | undefined;

  constructor(service: string) {
    this.#service = service;
  }

  /** The newest that was told; undefined: nothing yet. */
  get told(): RouteUpdate | undefined {
    return this.#told;
  }

  /** Looks at the way; returns what is to be told, if anything. */
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
