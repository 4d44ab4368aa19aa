import { RouteState, type RouteSwitch, RouteSwitchReason, type RouteUpdate } from "@florenetes/data-session";
import type { Trunk } from "../transport/tunnels/trunk.ts";

/** The state of the route to a service, as of one look. */
export interface RouteFacts {
  readonly isUp: boolean;
  readonly roundTripMs: number;
  readonly datagramSize: number;
  /** The last switch to another route; undefined: there was none. */
  readonly switched?: RouteSwitch | undefined;
}

/** The share of the round trip by which a change is worth telling. */
const ROUND_TRIP_SHARE = 0.25;
/** The least change of the round trip that is worth telling. */
const ROUND_TRIP_MS_MIN = 2;
const UINT32_MAX = 2 ** 32 - 1;

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
  look({ isUp, roundTripMs, datagramSize, switched }: RouteFacts): RouteUpdate | undefined {
    const route = {
      state: isUp ? RouteState.up : RouteState.down,
      roundTripMs: Math.round(roundTripMs),
      datagramSize,
      service: this.#service,
      ...(switched !== undefined && { switched }),
    };
    const told = this.#told;
    if (told !== undefined) {
      const change = Math.abs(route.roundTripMs - told.roundTripMs);
      const isFar = change >= Math.max(ROUND_TRIP_MS_MIN, ROUND_TRIP_SHARE * told.roundTripMs);
      const isOther = isFar || switched?.count !== told.switched?.count;
      if (route.state === told.state && route.datagramSize === told.datagramSize && !isOther) return undefined;
    }
    this.#told = route;
    return route;
  }
}

/** The last switch of trunks to another route, and the number of all of theirs, as workloads hear of it; undefined: there was none. */
export function switchOf(trunks: Iterable<Pick<Trunk, "switches" | "lastSwitch">>): RouteSwitch | undefined {
  let count = 0;
  let last: Trunk["lastSwitch"];
  for (const { switches, lastSwitch } of trunks) {
    count += switches;
    if (lastSwitch !== undefined && !(last !== undefined && last.at >= lastSwitch.at)) last = lastSwitch;
  }
  if (last === undefined) return undefined;
  const recoveryMs = Math.min(Math.round(last.recoveryMs), UINT32_MAX);
  return { count, reason: RouteSwitchReason[last.reason], recoveryMs };
}
