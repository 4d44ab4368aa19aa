import type { TrafficClass } from "@florenetes/forwarding";
import type { RouteAvoidance, RouteConfig } from "../../config/cluster-config.ts";
import { ROUTE_ANSWERS, ROUTE_BACK_MS } from "../limits.ts";
import { SwitchLog, type SwitchReason } from "./switch-log.ts";

/** A route of a path, with the state that all connections over the path share. */
export interface Route {
  /** See `RouteConfig`. */
  readonly name: string;
  readonly link: number;
  readonly labels: readonly number[];
  readonly avoid: RouteAvoidance | undefined;
  readonly share: number | undefined;
  readonly isLinkUp: boolean;
  /** Why and since when connections pass it by; undefined: it is good, as far as is known. */
  readonly failure: RouteFailure | undefined;
  /** When the far end last answered a connection that was new or had waited, or enough probes. Monotonic; -Infinity: never. */
  readonly answeredAt: number;
  /** The path does not have the route any more. */
  readonly isGone: boolean;
}

interface RouteFailure {
  readonly reason: SwitchReason;
  /** Monotonic. */
  readonly at: number;
}

type Kept = { -readonly [Key in keyof Route]: Route[Key] } & {
  /** Probes answered in a row. */
  answers: number;
  /** From when connections come back to it from a good route. */
  preferredFrom: number;
};

export interface RouteTableOptions {
  readonly isUp: (link: number) => boolean;
  /** A number from 0 to 1, as `Math.random` returns it. */
  readonly random: () => number;
}

/**
 * The routes of a path in the order in which the agent prefers them, and which of them have failed. No I/O.
 *
 *            first link down, or another route answered where this one did not
 *     good ────────────────────────────────────────────────────────────────────▶ failed
 *       ▲                                                                           │
 *       └── three probes in a row answered: preferred again after a minute ─────────┤
 *       └── a connection that had no other was answered over it ────────────────────┤
 *       └── the first link of the only route is up again ───────────────────────────┘
 */
export class RouteTable {
  readonly switches: SwitchLog = new SwitchLog();
  readonly #options: RouteTableOptions;
  #routes: readonly Kept[] = [];

  constructor(routes: readonly RouteConfig[], options: RouteTableOptions) {
    this.#options = options;
    this.replace(routes);
  }

  get routes(): readonly Route[] {
    return this.#routes;
  }

  /** Other routes are in force. A route with the same link and labels keeps its state, whatever its share. */
  replace(routes: readonly RouteConfig[]): void {
    const former = this.#routes;
    this.#routes = routes.map(({ link, labels, name, avoid, share }) => {
      const kept = former.find((route) => isSameWay(route, { link, labels }));
      if (kept !== undefined) return Object.assign(kept, { name, avoid, share });
      const never = Number.NEGATIVE_INFINITY;
      const fresh = { failure: undefined, answeredAt: never, isGone: false, answers: 0, preferredFrom: never };
      return { name, link, labels, avoid, share, isLinkUp: this.#options.isUp(link), ...fresh };
    });
    for (const route of former) route.isGone = !this.#routes.includes(route);
  }

  /** A link may have come up or gone down. True: it has, and routes begin with it. */
  handleLink(link: number, now: number): boolean {
    const isUp = this.#options.isUp(link);
    const changed = this.#routes.filter((route) => route.link === link && route.isLinkUp !== isUp);
    for (const route of changed) {
      route.isLinkUp = isUp;
      if (!isUp) this.fail(route, "peer_unavailable", now);
      // Connections have no other to prefer, and whoever leaves a host for its silence counts from when it could answer.
      else if (this.#routes.length === 1 && route.failure !== undefined) this.#recover(route, now);
    }
    return changed.length > 0;
  }

  /** Connections pass the route by from now on. */
  fail(route: Route, reason: SwitchReason, now: number): void {
    const kept = route as Kept;
    kept.answers = 0;
    kept.failure ??= { reason, at: now };
  }

  /** Failed routes are no longer asked, so that nothing is known of them. True: some had failed. */
  forget(): boolean {
    const hadFailed = this.#routes.some(({ failure }) => failure !== undefined);
    for (const route of this.#routes) {
      Object.assign(route, { failure: undefined, answers: 0, preferredFrom: Number.NEGATIVE_INFINITY });
    }
    return hadFailed;
  }

  /** A probe of a failed route was answered, or was not. True: the route is good again. */
  handleProbe(route: Route, isAnswered: boolean, now: number): boolean {
    const kept = route as Kept;
    kept.answers = isAnswered ? kept.answers + 1 : 0;
    if (kept.failure === undefined || kept.answers < ROUTE_ANSWERS) return false;
    kept.answeredAt = now;
    this.#recover(kept, now);
    return true;
  }

  /** The far end has answered a connection over the route. True: it had counted as failed. */
  handleProven(route: Route, now: number): boolean {
    const kept = route as Kept;
    kept.answeredAt = now;
    if (kept.failure === undefined) return false;
    this.#recover(kept, now);
    return true;
  }

  /** The first good route that connections of the class should use, or stay on; undefined: all have failed. */
  preferred(trafficClass: TrafficClass, present: Route | undefined, now: number): Route | undefined {
    const usable = this.#ordered(trafficClass).filter(isUsable);
    // If all good routes had failed lately, the first of them is as good as any.
    return usable.find((route) => route === present || route.preferredFrom <= now) ?? usable[0];
  }

  /** A route to go on with where the present one does not answer: a good one, or any whose first link is up; undefined: there is none. */
  fallback(trafficClass: TrafficClass, except: ReadonlySet<Route>): Route | undefined {
    const others = this.#ordered(trafficClass).filter((route) => !except.has(route));
    return others.find(isUsable) ?? others.find(({ isLinkUp }) => isLinkUp);
  }

  /** The route to wait on where none carries anything; undefined: the class may use none. */
  resort(trafficClass: TrafficClass): Route | undefined {
    return this.#ordered(trafficClass)[0];
  }

  /** When a route that is good again is preferred again; Infinity: there is none. */
  nextPreference(now: number): number {
    const times = this.#routes.filter(isUsable).map(({ preferredFrom }) => preferredFrom);
    return Math.min(Number.POSITIVE_INFINITY, ...times.filter((at) => at > now));
  }

  /** Routes that are forbidden to the class have no place in its order. */
  #ordered(trafficClass: TrafficClass): readonly Kept[] {
    const allowed = this.#routes.filter((route) => avoidance(route, trafficClass) !== "fenced");
    const limited = (route: Route): boolean => avoidance(route, trafficClass) !== undefined;
    return [...allowed.filter((route) => !limited(route)), ...allowed.filter(limited)];
  }

  #recover(route: Kept, now: number): void {
    route.failure = undefined;
    route.answers = 0;
    route.preferredFrom = now + ROUTE_BACK_MS * (0.8 + 0.4 * this.#options.random());
  }
}

/** Why connections of a class should not use a route; undefined: they may. */
export function avoidance({ avoid }: Route, trafficClass: TrafficClass): RouteAvoidance["why"] | undefined {
  return avoid === undefined || avoid.classes?.has(trafficClass) === false ? undefined : avoid.why;
}

interface Labelled {
  readonly link: number | undefined;
  readonly labels: readonly number[];
}

/** Whether two ways begin with the same link and have the same labels. */
export function isSameWay(a: Labelled, b: Labelled): boolean {
  return (
    a.link === b.link && a.labels.length === b.labels.length && a.labels.every((label, i) => label === b.labels[i])
  );
}

function isUsable({ failure, isLinkUp }: Route): boolean {
  return failure === undefined && isLinkUp;
}
