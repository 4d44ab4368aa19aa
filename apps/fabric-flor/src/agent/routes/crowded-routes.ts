/**
 * Which routes bulk is kept away from, as it crowds other classes there: relays let a lease have its rate on each of its routes, and drop of all classes
 * alike what is beyond. Bulk goes over another leased route, which has the rate once more; the other classes stay. Pure.
 */
import { REPORT_AGAIN_MS } from "../limits.ts";

/** A route of the lease in use, as the vertex shows it. */
export interface CrowdedRoute {
  readonly route: string;
  readonly inUse: readonly string[];
  readonly failure: string | null;
  /** In kbit/s. */
  readonly rate: number;
}

/** A route is crowded from this share of the leased rate on: a congestion controller that loses what is beyond does not fill it all the time. */
const CROWDED_SHARE = 0.7;
/** Bulk leaves a route that is crowded at each look for so long. */
const CROWDED_MS = 4_000;
/** Bulk may come back when everything together has taken less than this share … */
const QUIET_SHARE = 0.5;
/** … for so long. */
const QUIET_MS = 60_000;
/** A vertex has forgotten by then what was lost on a crowded route: half of it each 10 s. */
const FILLED_MS = 60_000;

export class CrowdedRoutes {
  /** Routes that bulk is kept away from, and since when all is quiet, in monotonic milliseconds; Infinity: it is not. */
  readonly #avoided = new Map<string, number>();
  /** Since when routes are crowded, by whatever class, and when they were last. */
  readonly #filled = new Map<string, { readonly since: number; readonly at: number }>();
  #hasBulkBeside = false;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** Whether bulk is to go over another route than this one. */
  avoids(route: string): boolean {
    return this.#avoided.has(route);
  }

  /** How many routes bulk is kept away from. */
  get size(): number {
    return this.#avoided.size;
  }

  /** Whether this node itself has filled a route of late: what is lost there says nothing of the relays. */
  isFilled(route: string, now: number): boolean {
    return now < (this.#filled.get(route)?.at ?? Number.NEGATIVE_INFINITY) + FILLED_MS;
  }

  /** When there is to be another look, in monotonic milliseconds; Infinity: no earlier than something else happens. */
  get looksAt(): number {
    const isWatched = this.#hasBulkBeside || this.#avoided.size > 0;
    return isWatched ? this.#lookedAt + REPORT_AGAIN_MS : Number.POSITIVE_INFINITY;
  }

  /**
   * Takes the routes of the lease in use.
   *
   * @param rate What relays let pass for the lease on each route, in kbit/s
   * @param now When the view was read, in monotonic milliseconds
   * @returns Whether bulk is kept away from others than before
   */
  look(routes: readonly CrowdedRoute[], rate: number, now: number): boolean {
    const lookedAt = this.#lookedAt;
    this.#lookedAt = now;
    const shared = routes.filter(({ inUse }) => inUse.includes("bulk") && inUse.length > 1);
    this.#hasBulkBeside = shared.length > 0;
    for (const route of this.#filled.keys()) if (!this.isFilled(route, now)) this.#filled.delete(route);
    const crowded = routes.filter((each) => each.failure === null && each.rate >= CROWDED_SHARE * rate);
    for (const { route } of crowded) {
      const before = this.#filled.get(route);
      this.#filled.set(route, { since: before?.at === lookedAt ? before.since : now, at: now });
    }
    let isOther = false;
    for (const each of shared) {
      const isLong = crowded.includes(each) && now - this.#filled.get(each.route)!.since >= CROWDED_MS;
      const others = routes.filter((other) => other !== each && other.failure === null && !crowded.includes(other));
      if (!isLong || others.length === 0 || this.avoids(each.route)) continue;
      // The other classes have come to where bulk had gone: it goes to where they were.
      if (others.every(({ route }) => this.avoids(route))) for (const { route } of others) this.#avoided.delete(route);
      this.#avoided.set(each.route, Number.POSITIVE_INFINITY);
      isOther = true;
    }
    const isQuiet = routes.reduce((sum, each) => sum + each.rate, 0) < QUIET_SHARE * rate;
    for (const [route, quietSince] of this.#avoided) {
      const since = isQuiet ? Math.min(quietSince, now) : Number.POSITIVE_INFINITY;
      this.#avoided.set(route, since);
      const isThere = routes.some((each) => each.route === route);
      if (isThere && now - since < QUIET_MS) continue;
      this.#avoided.delete(route);
      isOther = true;
    }
    return isOther;
  }
}
