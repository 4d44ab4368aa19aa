import type { RouteConfig } from "../../config/cluster-config.ts";
import { isSameWay, type Route, RouteTable } from "../routes/route-table.ts";
import { type PathSize, type PlaceRoutes, ProbedPath, type ProbedPathOptions } from "./path-size.ts";
import { RouteProbe } from "./route-probe.ts";

export interface PathRoutesOptions extends Omit<ProbedPathOptions, "link" | "labels" | "setDeadline"> {
  readonly setDeadline: (sleeper: ProbedPath | RouteProbe, deadline: number) => void;
  /** Called when a route has failed, or is good again. */
  readonly onRouteNews: () => void;
  /** The packets with an id come to its owner from now on, or do no more. */
  readonly listen: (owner: ProbedPath | RouteProbe, isListening: boolean) => void;
}

interface Sized {
  readonly route: Route;
  readonly size: ProbedPath;
  readonly probe: RouteProbe;
}

/** The routes of a path: their state, their sizes, and the probes of those that have failed. */
export class PathRoutes implements PlaceRoutes {
  readonly table: RouteTable;
  readonly #options: PathRoutesOptions;
  #routes: readonly Sized[] = [];
  #isInUse = false;

  constructor(routes: readonly RouteConfig[], options: PathRoutesOptions) {
    const { packetOrigin, newId } = options;
    this.#options = options;
    const random = (): number => newId().idHigh / 2 ** 32;
    this.table = new RouteTable(routes, { isUp: (link) => packetOrigin.isUp(link), random });
    this.#follow();
  }

  sizes(route: Route): readonly PathSize[] {
    const of = (isWanted: boolean): ProbedPath[] =>
      this.#routes.filter((each) => (each.route === route) === isWanted).map(({ size }) => size);
    return [...of(true), ...of(false)];
  }

  /** Other routes are in force. Users are told by the caller. */
  replace(routes: readonly RouteConfig[], now: number): void {
    this.table.replace(routes);
    this.#follow();
    if (this.#isInUse) this.start(now);
  }

  /** The path has a user. */
  start(now: number): void {
    this.#isInUse = true;
    for (const { route, size } of this.#routes) {
      this.#options.listen(size, true);
      this.table.handleLink(route.link, now);
      size.handleLink(now);
    }
    this.#probeFailed(now);
  }

  /** The path has no user any more. */
  stop(): void {
    this.#isInUse = false;
    for (const each of this.#routes) this.#silence(each);
    if (this.table.forget()) this.#options.onRouteNews();
  }

  /** A link's state, size or preferred size may have changed. */
  handleLink(link: number, now: number): void {
    if (!this.#isInUse) return;
    for (const { route, size } of this.#routes) if (route.link === link) size.handleLink(now);
    if (this.table.handleLink(link, now)) this.handleNews(now);
  }

  handleNews(now: number): void {
    this.#probeFailed(now);
    for (const user of this.#options.users) user.handleRoutes(now);
    this.#options.onRouteNews();
  }

  #probeFailed(now: number): void {
    for (const { route, probe } of this.#routes) {
      if (route.failure === undefined) continue;
      this.#options.listen(probe, true);
      probe.start(now);
    }
  }

  #silence({ size, probe }: Sized): void {
    for (const each of [size, probe]) this.#options.listen(each, false);
    probe.stop();
    this.#options.setDeadline(size, Number.POSITIVE_INFINITY);
  }

  /** Makes what each route of the table needs, and lets go of what others had. */
  #follow(): void {
    const former = this.#routes;
    this.#routes = this.table.routes.map((route) => {
      return former.find((each) => isSameWay(each.route, route)) ?? this.#open(route);
    });
    for (const each of former) if (!this.#routes.includes(each)) this.#silence(each);
  }

  #open(route: Route): Sized {
    const { link, labels } = route;
    const options = { ...this.#options, link, labels, share: () => route.share };
    const onProbed = (isAnswered: boolean, now: number): boolean => this.#handleProbed(route, isAnswered, now);
    return { route, size: new ProbedPath(options), probe: new RouteProbe({ ...options, onProbed }) };
  }

  #handleProbed(route: Route, isAnswered: boolean, now: number): boolean {
    if (this.table.handleProbe(route, isAnswered, now)) this.handleNews(now);
    return route.failure !== undefined;
  }
}
