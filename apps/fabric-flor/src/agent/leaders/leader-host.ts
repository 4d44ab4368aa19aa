/**
 * The host's side of grants: asks coordinators for the services that its vertex serves only with a grant, and says until when it may serve them. A grant counts from when this
 * host has *asked*, by the clock of its own machine: no clocks are compared. Nothing is kept: a host that was stopped finds its grants over. Pure.
 */
import { LED_SERVICES_MAX } from "@florenetes/feed";
import { ASK_AGAIN_MS, ASK_TO_LEAD_MS, GRANT_MS, RENEW_MS } from "./limits.ts";
import { keyOfSlot, type LeaderSlot } from "./leader-slot.ts";

export interface HostGround {
  /** The services that this host serves only with grants. */
  readonly services: readonly LeaderSlot[];
  /** The coordinators that grant them, by name. */
  readonly coordinators: readonly string[];
  /** How many of them have to grant. */
  readonly needed: number;
}

/** The word of a coordinator about one service. */
export interface GrantAnswer {
  /** `granted`, or why not. */
  readonly outcome: string;
  /** The host that leads, as far as the coordinator knows; "": none. */
  readonly leader: string;
}

export interface GrantAsk {
  readonly to: string;
  readonly services: readonly LeaderSlot[];
}

interface Asked {
  readonly services: readonly LeaderSlot[];
  readonly at: number;
}

interface Coordinator {
  /** When it is asked next. */
  nextAt: number;
  /** Until when it has granted services, by their slots. */
  readonly until: Map<string, number>;
  /** Its last word about each service. */
  readonly said: Map<string, GrantAnswer>;
}

/** Times are milliseconds of the clock that goes on while the machine is suspended (`boot`). */
export class LeaderHost {
  #ground: HostGround = { services: [], coordinators: [], needed: 1 };
  readonly #coordinators = new Map<string, Coordinator>();
  /** Letters that may still be answered, by numbers of the caller's. */
  readonly #asked = new Map<number, Asked & { readonly to: string }>();
  /** Asks, and grants that were given. */
  asks = 0;
  granted = 0;

  follow(ground: HostGround): void {
    this.#ground = ground;
    const listed = new Set(ground.coordinators);
    for (const name of this.#coordinators.keys()) if (!listed.has(name)) this.#coordinators.delete(name);
    for (const name of listed) {
      if (!this.#coordinators.has(name))
        this.#coordinators.set(name, { nextAt: Number.NEGATIVE_INFINITY, until: new Map(), said: new Map() });
    }
    const slots = new Set(ground.services.map(keyOfSlot));
    for (const { until, said } of this.#coordinators.values())
      for (const map of [until, said]) for (const slot of map.keys()) if (!slots.has(slot)) map.delete(slot);
  }

  /** The next ask that is due; it counts from `boot`. `handleSent` has to follow where the letter has left. */
  pollAsk(boot: number): GrantAsk | undefined {
    const services = this.#ground.services.slice(0, LED_SERVICES_MAX);
    if (services.length === 0) return undefined;
    for (const [to, coordinator] of this.#coordinators) {
      if (boot < coordinator.nextAt) continue;
      const isLeading = services.some((slot) => this.until(slot, boot) > 0);
      coordinator.nextAt = boot + (isLeading ? ASK_AGAIN_MS : ASK_TO_LEAD_MS);
      return { to, services };
    }
    return undefined;
  }

  /** @param number By which the answer is told */
  handleSent(number: number, { to, services }: GrantAsk, boot: number): void {
    this.asks++;
    for (const [known, { at }] of this.#asked) if (at + GRANT_MS <= boot) this.#asked.delete(known);
    this.#asked.set(number, { to, services, at: boot });
  }

  /** @param answers One for each service that was asked for, in their order; undefined: nobody has answered */
  handleAnswer(number: number, answers: readonly GrantAnswer[] | undefined, boot: number): void {
    const asked = this.#asked.get(number);
    this.#asked.delete(number);
    const coordinator = asked && this.#coordinators.get(asked.to);
    if (asked === undefined || coordinator === undefined || answers?.length !== asked.services.length) return;
    let areAllGranted = true;
    for (const [place, slot] of asked.services.entries()) {
      const answer = answers[place]!;
      const key = keyOfSlot(slot);
      coordinator.said.set(key, answer);
      areAllGranted &&= answer.outcome === "granted";
      if (answer.outcome !== "granted") continue;
      this.granted++;
      coordinator.until.set(key, Math.max(coordinator.until.get(key) ?? 0, asked.at + GRANT_MS));
    }
    if (areAllGranted) coordinator.nextAt = Math.max(boot, asked.at + RENEW_MS);
  }

  /** Until when a service may be served; 0: it may not. */
  until(slot: LeaderSlot, boot: number): number {
    const key = keyOfSlot(slot);
    if (!this.#ground.services.some((each) => keyOfSlot(each) === key)) return 0;
    const ends = [...this.#coordinators.values()].flatMap(({ until }) => until.get(key) ?? []);
    const end = ends.toSorted((a, b) => b - a)[this.#ground.needed - 1] ?? 0;
    return end > boot ? end : 0;
  }

  /** The last words of coordinators about a service. */
  *saidOf(slot: LeaderSlot): Generator<GrantAnswer & { readonly coordinator: string }, void> {
    for (const [coordinator, { said }] of this.#coordinators) {
      const answer = said.get(keyOfSlot(slot));
      if (answer !== undefined) yield { coordinator, ...answer };
    }
  }

  /** When `pollAsk` has something; Infinity: never. */
  nextTimeout(): number {
    if (this.#ground.services.length === 0) return Number.POSITIVE_INFINITY;
    return Math.min(Number.POSITIVE_INFINITY, ...[...this.#coordinators.values()].map(({ nextAt }) => nextAt));
  }
}
