import type { TrafficClass } from "@florenetes/forwarding";
import { HUNT_CIRCLE_MS, HUNT_CIRCLE_MS_MAX, HUNT_MS, PREFERENCE_MS } from "../limits.ts";
import { avoidance, type Route, type RouteTable } from "./route-table.ts";
import type { RouteSwitched, SwitchReason } from "./switch-log.ts";

/** A search for a route that answers. */
interface Hunt {
  readonly from: Route;
  readonly reason: SwitchReason;
  /** Since when nothing is answered. */
  readonly since: number;
  /** The routes that this circle has been to. */
  readonly tried: Set<Route>;
  /** The routes that have answered nothing, in whatever circle. */
  readonly silent: Set<Route>;
  /** Circles over all routes, none of which has answered. */
  circles: number;
  /** When the next route is tried; Infinity: without a connection an attempt tells, however long it takes. */
  until: number;
}

export interface RouteSwitchOptions {
  readonly table: RouteTable;
  readonly trafficClass: TrafficClass;
  /** The round trip of the connections, as far as is known, in milliseconds. */
  readonly rttMs: () => number;
  /** Whether there is a connection whose packets ask for an answer. */
  readonly hasConnection: () => boolean;
  /** The far end has answered over another route than before. */
  readonly onSwitched: (switched: RouteSwitched) => void;
  /** Routes count as failed from now on, as none has answered. */
  readonly onSilent: (now: number) => void;
}

/**
 * Which route the connections of a trunk use. No I/O.
 *
 *                unanswered, first link down, route gone, a better one         300 ms and two round trips
 *     settled ────────────────────────────────────────────────────▶ hunting ─┐ without an answer: next route
 *        ▲                                                             │ ▲    │
 *        └──────────────────────── answered ───────────────────────────┘ └────┘
 *
 * The connections' own packets are the probe. After a circle without an answer the hunt pauses on the route that it is on, each time for
 * longer, so that dead routes cost little; whatever answers ends it. Routes that were silent in a whole circle have failed: the far end may be what is silent, and the agent
 * leaves a host only when it hears so.
 */
export class RouteSwitch {
  readonly #options: RouteSwitchOptions;
  #route: Route;
  #hunt: Hunt | undefined;
  #preferredAt = Number.NEGATIVE_INFINITY;

  /** @param at The route in use before, where it is one of the table. */
  constructor(options: RouteSwitchOptions, at: Route | undefined, now: number) {
    const { table, trafficClass } = options;
    this.#options = options;
    this.#route = at ?? table.preferred(trafficClass, at, now) ?? table.resort(trafficClass) ?? table.routes[0]!;
  }

  get route(): Route {
    return this.#route;
  }

  /** Whether a hunt has been over all routes in vain. */
  get circles(): number {
    return this.#hunt?.circles ?? 0;
  }

  // The following return true where the route in use is another one from now on.

  /** The table has changed: routes, their links, what has failed. */
  handleTable(now: number): boolean {
    return this.#leaveLost(now) || this.#takePreferred(now);
  }

  /** Packets of a connection have had no answer for so long that the far end counts as out of reach. */
  handleUnanswered(unansweredMs: number, now: number): boolean {
    // A connection that has come up within a hunt tells from then on, and no more the attempt.
    if (this.#hunt !== undefined && this.#hunt.until !== Number.POSITIVE_INFINITY) return false;
    if (this.#hunt === undefined) this.#begin("timeout", now - unansweredMs, now);
    return this.#giveUp("timeout", now);
  }

  /** An attempt to connect over the route in use has failed. */
  handleAttemptFailed(reason: SwitchReason, now: number): boolean {
    if (this.#hunt === undefined) this.#begin(reason, now, now);
    return this.#giveUp(reason, now);
  }

  /** The trunk wants no connection any more: when there is one again, it has not been searched for all the time. */
  handleUnneeded(): void {
    this.#hunt = undefined;
  }

  handleTimeout(now: number): boolean {
    if (this.#hunt !== undefined && now >= this.#hunt.until) return this.#giveUp("timeout", now);
    return this.#takePreferred(now);
  }

  nextTimeout(now: number): number {
    if (this.#hunt !== undefined) return this.#hunt.until;
    if (this.#preference(now) === undefined) return this.#options.table.nextPreference(now);
    return Math.max(now, this.#preferredAt + PREFERENCE_MS);
  }

  /** The far end has answered over the route in use. True: what the table says of routes has changed. */
  handleAnswered(now: number): boolean {
    const { table, trafficClass, onSwitched } = this.#options;
    const hunt = this.#hunt;
    const route = this.#route;
    const isNews = table.handleProven(route, now);
    if (hunt === undefined) return isNews;
    this.#hunt = undefined;
    const isSilenceNews = this.#failSilent(hunt, route, now);
    const { from, reason, since } = hunt;
    if (from !== route) {
      const names = { from: from.name, to: route.name };
      const switched = { ...names, reason, trafficClass, at: now, recoveryMs: now - since };
      table.switches.add(switched);
      onSwitched(switched);
    }
    return isNews || isSilenceNews;
  }

  /**
   * Routes that have answered nothing in a hunt have failed. One that has answered others meanwhile has not: connections to an earlier life of the
   * host hunt until they end. Returns whether that is news. @param except The route that has answered
   */
  #failSilent({ silent, since }: Hunt, except: Route | undefined, now: number): boolean {
    const news = [...silent].filter(
      (each) => each !== except && each.failure === undefined && each.answeredAt <= since && !each.isGone,
    );
    for (const each of news) this.#options.table.fail(each, "timeout", now);
    return news.length > 0;
  }

  /** Leaves a route that can carry nothing, or must not. */
  #leaveLost(now: number): boolean {
    const route = this.#route;
    const { table, trafficClass } = this.#options;
    const reason = this.#lossOf(route);
    if (reason === undefined) return false;
    const isForbidden = reason === "no_route" || reason === "fenced";
    const other = table.preferred(trafficClass, route, now) ?? table.fallback(trafficClass, new Set([route]));
    const to = other ?? (isForbidden ? table.resort(trafficClass) : undefined);
    if (to === undefined || to === route) return false;
    // A failed route with a link that is up may be as good as another failed one.
    if (to.failure !== undefined && route.isLinkUp && !isForbidden) return false;
    // The route may have carried all since its link has come up.
    const since = route.isLinkUp ? now : (route.failure?.at ?? now);
    return this.#leave(reason, to, since, now);
  }

  #lossOf(route: Route): SwitchReason | undefined {
    if (route.isGone) return "no_route";
    if (avoidance(route, this.#options.trafficClass) === "fenced") return "fenced";
    return route.failure?.reason;
  }

  /** Goes to a route that the table prefers, seldom: nothing is lost where the present one is. */
  #takePreferred(now: number): boolean {
    if (this.#hunt !== undefined || now < this.#preferredAt + PREFERENCE_MS) return false;
    const to = this.#preference(now);
    if (to === undefined) return false;
    const isLimited = avoidance(this.#route, this.#options.trafficClass) === "capacity_limited";
    this.#preferredAt = now;
    return this.#leave(isLimited ? "capacity_limited" : "better_route", to, now, now);
  }

  #preference(now: number): Route | undefined {
    const { table, trafficClass } = this.#options;
    const to = table.preferred(trafficClass, this.#route, now);
    return to === this.#route ? undefined : to;
  }

  /** Goes from the route in use to another one. Without a connection nobody would tell whether that one answers. */
  #leave(reason: SwitchReason, to: Route, since: number, now: number): true {
    const isHunting = this.#hunt !== undefined;
    if (!isHunting) this.#begin(reason, since, now);
    // A route that was left for a better one is the first to go on with, if that one does not answer.
    if (!isHunting && reason !== "timeout") this.#hunt!.tried.clear();
    this.#moveTo(to, now);
    if (!isHunting && !this.#options.hasConnection()) this.#hunt = undefined;
    return true;
  }

  #begin(reason: SwitchReason, since: number, now: number): void {
    const from = this.#route;
    this.#hunt = { from, reason, since, tried: new Set([from]), silent: new Set(), circles: 0, until: now };
  }

  /** Leaves a route that does not lead to the far end. One that has answered an attempt by a refusal is not dead. */
  #giveUp(reason: SwitchReason, now: number): boolean {
    if (reason === "timeout") this.#hunt!.silent.add(this.#route);
    return this.#next(now);
  }

  /** Goes to a route that this circle has not been to. */
  #next(now: number): boolean {
    const hunt = this.#hunt!;
    const to = this.#options.table.fallback(this.#options.trafficClass, hunt.tried);
    if (to !== undefined) return this.#moveTo(to, now);
    hunt.tried.clear();
    hunt.tried.add(this.#route);
    hunt.until = now + Math.min(HUNT_CIRCLE_MS * 2 ** hunt.circles, HUNT_CIRCLE_MS_MAX);
    hunt.circles++;
    if (this.#failSilent(hunt, undefined, now)) this.#options.onSilent(now);
    return false;
  }

  #moveTo(to: Route, now: number): true {
    const { hasConnection, rttMs } = this.#options;
    const hunt = this.#hunt!;
    this.#route = to;
    hunt.tried.add(to);
    hunt.until = hasConnection() ? now + HUNT_MS + 2 * rttMs() : Number.POSITIVE_INFINITY;
    return true;
  }
}
