import { wordsOf } from "@florenetes/forwarding";
import { LINK_NONE } from "../../forwarding/interfaces.ts";
import { ATTEMPT_ROUTE_MS } from "../limits.ts";
import type { Carriage } from "../messages.ts";
import type { Way } from "../packets/packet-sender.ts";
import type { PathPlace, PathSize } from "../paths/path-size.ts";
import { RoutesSize } from "../paths/routes-size.ts";
import { sizeFor } from "../paths/uncut-size.ts";
import { isSameWay, type Route } from "../routes/route-table.ts";
import { RouteSwitch, type RouteSwitchOptions } from "../routes/route-switch.ts";
import type { SwitchReason } from "../routes/switch-log.ts";

export interface TrunkWayOptions extends Omit<RouteSwitchOptions, "table" | "trafficClass" | "onSilent"> {
  readonly carriage: Carriage;
}

/** The way of a trunk's packets: the one that its path has, or the route in use of several; and how large the packets are. */
export class TrunkWay {
  readonly #options: TrunkWayOptions;
  #place: PathPlace;
  #routes: RouteSwitch | undefined;
  #way: Way;
  /** The share in the words of `#way`. */
  #share: number;
  #size: PathSize;

  constructor(place: PathPlace, options: TrunkWayOptions, now: number) {
    this.#options = options;
    this.#place = place;
    this.#routes = this.#switchOf(place, undefined, now);
    const first: Labelled = this.#routes?.route ?? place;
    this.#share = first.share ?? 0;
    this.#way = wayOf(first);
    this.#size = this.#sizeOf(place);
  }

  /** The words and the first link of the packets. */
  get way(): Way {
    return this.#way;
  }

  get size(): PathSize {
    return this.#size;
  }

  /** Pins hold for the service at the end of the path, whatever the config binds else. */
  get isBound(): boolean {
    return this.#place.isOverlay === true;
  }

  /** The route in use; undefined: the path has one way alone. */
  get route(): Route | undefined {
    return this.#routes?.route;
  }

  /** How long an attempt to connect waits for a sign before the next route is tried; undefined: there is none. */
  get attemptMs(): number | undefined {
    const routes = this.#routes;
    if (routes === undefined || this.#place.routes!.table.routes.length < 2) return undefined;
    return ATTEMPT_ROUTE_MS * 2 ** Math.min(routes.circles, 3);
  }

  // The following return true where packets go another way from now on.

  /** The path has other routes, or another way. */
  replace(place: PathPlace, now: number): boolean {
    const isKept = place.routes !== undefined && place.routes === this.#place.routes;
    const former = this.#routes?.route ?? this.#place;
    this.#place = place;
    this.#size = this.#sizeOf(place);
    if (isKept) return this.handleRoutes(now);
    const present = place.routes?.table.routes.find((route) => isSameWay(route, former));
    this.#routes = this.#switchOf(place, present, now);
    this.#routes?.handleTable(now);
    return this.#follow(true);
  }

  /** A route of the path has failed, or is good again. */
  handleRoutes(now: number): boolean {
    return this.#follow(this.#routes?.handleTable(now));
  }

  /** True: packets go the same way, with other words: the share of the route in use is another one. */
  takeShare(): boolean {
    const share = this.#routes?.route.share ?? 0;
    if (share === this.#share) return false;
    this.#take(this.#routes!.route);
    return true;
  }

  handleUnanswered(unansweredMs: number, now: number): boolean {
    return this.#follow(this.#routes?.handleUnanswered(unansweredMs, now));
  }

  handleAttemptFailed(reason: SwitchReason, now: number): boolean {
    return this.#follow(this.#routes?.handleAttemptFailed(reason, now));
  }

  /** The trunk wants no connection any more. */
  handleUnneeded(): void {
    this.#routes?.handleUnneeded();
  }

  handleTimeout(now: number): boolean {
    return this.#follow(this.#routes?.handleTimeout(now));
  }

  nextTimeout(now: number): number {
    return this.#routes?.nextTimeout(now) ?? Number.POSITIVE_INFINITY;
  }

  /** The far end has answered: all users of the path hear what that says of its routes. */
  handleAnswered(now: number): void {
    if (this.#routes?.handleAnswered(now) === true) this.#place.routes!.handleNews(now);
  }

  #follow(isMoved: boolean | undefined): boolean {
    if (isMoved !== true) return false;
    this.#take(this.#routes?.route ?? this.#place);
    return true;
  }

  #take(place: Labelled): void {
    this.#share = place.share ?? 0;
    this.#way = wayOf(place);
  }

  #switchOf({ routes }: PathPlace, at: Route | undefined, now: number): RouteSwitch | undefined {
    if (routes === undefined) return undefined;
    const { carriage, ...facts } = this.#options;
    const { trafficClass } = carriage;
    const onSilent = (silentAt: number): void => routes.handleNews(silentAt);
    return new RouteSwitch({ ...facts, table: routes.table, trafficClass, onSilent }, at, now);
  }

  #sizeOf({ routes, size }: PathPlace): PathSize {
    const { carriage } = this.#options;
    if (routes === undefined) return sizeFor(size, carriage);
    return new RoutesSize(() => routes.sizes(this.#routes!.route).map((each) => sizeFor(each, carriage)));
  }
}

type Labelled = Pick<PathPlace, "link" | "labels"> & Partial<Pick<Route, "share">>;

function wayOf({ link, labels, share }: Labelled): Way {
  return { outLink: link ?? LINK_NONE, words: wordsOf(labels, share) };
}
