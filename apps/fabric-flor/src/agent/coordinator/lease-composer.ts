/** Composes the lease of a slot, around relays that are avoided, and says whether the relays of a lease still serve. Pure. */
import {
  compose,
  type ComposeFault,
  keep,
  type Plan,
  type PlannedRoute,
  type RateBudget,
  type RouteGraph,
  type Want,
} from "@florenetes/routes";
import type { Moment } from "../moment.ts";
import type { AvoidedRelays } from "./avoided-relays.ts";
import type { ComposeGrounds } from "./compose-grounds.ts";
import { heldOf, isOther, type Leased, type Slot } from "./lease-slot.ts";
import type { PermitsOffice } from "./permits-office.ts";

export interface LeaseComposerOptions {
  readonly plan: Plan;
  readonly permits: PermitsOffice;
}

type Found = Pick<Leased, "rate" | "routes">;

export class LeaseComposer {
  readonly #options: LeaseComposerOptions;
  readonly #avoided: AvoidedRelays;

  constructor(options: LeaseComposerOptions, avoided: AvoidedRelays) {
    this.#options = options;
    this.#avoided = avoided;
  }

  /**
   * The rate and the routes of the next lease of a slot, or why there is none.
   *
   * @param budget Undefined: no budget bounds the rate
   */
  compose(
    slot: Slot,
    want: Want,
    grounds: ComposeGrounds,
    budget: RateBudget | undefined,
    at: Moment,
  ): Found | ComposeFault {
    const { graph, weights, coordinators } = grounds;
    const again = this.#sameAgain(slot, want.label, graph, at);
    if (again !== undefined && again.rate <= (budget?.most ?? again.rate)) return again;
    const options = { graph, weights, plan: this.#options.plan, coordinators, budget };
    const [avoid, refusing] = [this.#avoided.names(), this.#avoided.names("silent")];
    const found = compose(want, { ...options, avoid });
    const { leased } = slot;
    const mayKeep =
      leased !== undefined && !isOther(want, want.label, leased.want) && !this.hasFallen(leased, graph, at);
    if (mayKeep && typeof found !== "string") return keep(want, leased, found, { ...options, avoid }) ?? found;
    // Relays that were silent are better than none: it may have been a letter that was lost.
    if (typeof found !== "string" || refusing.size === avoid.size) return found;
    return compose(want, { ...options, avoid: refusing });
  }

  /** Whether a relay of a lease is there no more, may relay no more (as a phone whose gate has shut), or refuses. */
  hasFallen({ want, routes }: Leased, graph: RouteGraph, at: Moment): boolean {
    const relays = graph.relaysFor(want.scope);
    const mayNot = ({ relay, scope }: PlannedRoute["pairs"][number]): boolean => {
      const place = graph.placeOf(relay);
      if (place === undefined || relays[place] !== scope) return true;
      return graph.phoneFaultAt(place) !== undefined || this.#options.permits.isFailing(relay, at);
    };
    return routes.some(({ pairs }) => pairs.some(mayNot));
  }

  /** The routes of a lease that is held, where they are good; undefined: there are none. */
  #sameAgain(slot: Slot, label: number, graph: RouteGraph, at: Moment): Found | undefined {
    const held = heldOf(slot, label);
    if (held === undefined || this.hasFallen(held, graph, at)) return undefined;
    if (held.routes.some(({ route }) => !graph.has(held.want.origin, route))) return undefined;
    return this.#isAvoided(held.routes) ? undefined : { rate: held.rate, routes: held.routes };
  }

  #isAvoided(routes: readonly PlannedRoute[]): boolean {
    return routes.some(({ pairs }) => pairs.some(({ relay }) => this.#avoided.all.has(relay)));
  }
}
