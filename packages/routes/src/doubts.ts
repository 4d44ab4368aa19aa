/**
 * Relays that one origin has reason to doubt: they are on routes on which it has lost much, and on none that carries. The word of an origin counts for its own
 * leases alone, so that nobody drives others away from a relay.
 */
import type { RouteFigures } from "@florenetes/facts";
import { DOUBT_MS, DOUBTS_MAX, ROUTE_LOSS_MAX } from "./limits.ts";
import type { PlannedRoute } from "./plan.ts";

type RouteState = "good" | "bad" | "untried";

interface Doubt {
  count: number;
  until: number;
}

export class Doubts {
  readonly #byRelay = new Map<string, Doubt>();
  #learnt = "";

  /**
   * Learns from what an origin reports of the routes of a lease, in their order. To hear the same of the same lease again is no news.
   *
   * @param lease The id of the lease
   */
  learn(lease: string, routes: readonly PlannedRoute[], measured: readonly RouteFigures[], now: number): void {
    const states = measured.slice(0, routes.length).map(stateOf);
    const key = `${lease} ${states.join(" ")}`;
    if (key === this.#learnt) return;
    this.#learnt = key;
    const relaysOn = (state: RouteState): Set<string> =>
      new Set(states.flatMap((each, at) => (each === state ? routes[at]!.pairs.map(({ relay }) => relay) : [])));
    const good = relaysOn("good");
    for (const relay of good) this.#byRelay.delete(relay);
    for (const relay of relaysOn("bad")) {
      if (good.has(relay)) continue;
      const { count } = this.#byRelay.get(relay) ?? { count: 0 };
      this.#byRelay.set(relay, { count: Math.min(count + 1, DOUBTS_MAX), until: now + DOUBT_MS });
    }
  }

  /** How much each relay is doubted: from 1 to `DOUBTS_MAX`, for those that are. */
  at(now: number): Map<string, number> {
    for (const [relay, { until }] of this.#byRelay) if (now >= until) this.#byRelay.delete(relay);
    return new Map([...this.#byRelay].map(([relay, { count }]) => [relay, count]));
  }
}

function stateOf([roundTrip, loss]: RouteFigures): RouteState {
  if (loss > ROUTE_LOSS_MAX) return "bad";
  return roundTrip === 0 && loss === 0 ? "untried" : "good";
}
