/**
 * Which of the leased routes to a host is preferred, by what this node measures from end to end: relays may say of themselves whatever they like. Pure.
 */
import type { LeasedRoute } from "@florenetes/facts";
import type { View } from "../door/view.ts";
import { REPORT_AGAIN_MS } from "../limits.ts";

/** Figures of a route that were measured while it was in use. */
export interface Measured {
  readonly roundTripMs: number;
  /** From 0 to 1. */
  readonly loss: number;
}

/** A route of the lease in use, as its coordinator and the vertex have it. */
export interface RankedRoute {
  readonly name: string;
  readonly why: LeasedRoute["why"];
  /** Undefined: the vertex does not have it. */
  readonly seen: View["routes"][number] | undefined;
  /** This node fills it by itself: its figures are not those of the relays. */
  readonly isFilled: boolean;
}

/** Another route is preferred when it is better by both of these … */
const BETTER_SHARE = 0.2;
const BETTER_MS = 5;
/** … at so many looks in a row, one with each report or each time that one may be due … */
const LOOKS = 3;
/** … and at most once in so long. */
const MOVE_MS = 60_000;
/** Loss from this share on counts as so much round trip for all of it: 1 % is as bad as 50 ms. Below, it is what congestion does. */
const LOSS_FREE = 0.02;
const LOSS_MS = 5_000;
/** A figure counts for so long after a route was in use: as long as coordinators remember doubts. */
const KNOWN_MS = 1_200_000;

export class RouteRank {
  /** Another route would be preferred, and waits, as the last one came to be less than a minute ago. */
  isHeldBack = false;
  readonly #known = new Map<string, Measured & { readonly at: number }>();
  #first: string | undefined;
  #better: { readonly name: string; readonly looks: number } | undefined;
  #viewedAt = Number.NEGATIVE_INFINITY;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #movedAt = Number.NEGATIVE_INFINITY;

  /** The figures of a route that was in use of late; undefined: it was not tried. */
  measured(name: string, now: number): Measured | undefined {
    const known = this.#known.get(name);
    return known === undefined || now >= known.at + KNOWN_MS ? undefined : known;
  }

  /** Routes of a lease, the preferred one first. */
  order<R>(routes: readonly (readonly [name: string, route: R])[]): R[] {
    const first = routes.filter(([name]) => name === this.#first);
    return [...first, ...routes.filter(([name]) => name !== this.#first)].map(([, route]) => route);
  }

  /** When there is to be another look, in monotonic milliseconds; Infinity: with the next report. */
  get looksAt(): number {
    return this.#better === undefined ? Number.POSITIVE_INFINITY : this.#lookedAt + REPORT_AGAIN_MS;
  }

  /**
   * Takes the routes of the lease in use, as a view shows them. The same view again is no other look.
   *
   * @param now When the view was read, in monotonic milliseconds
   * @returns Whether another route is preferred from now on
   */
  look(routes: readonly RankedRoute[], now: number): boolean {
    if (now === this.#viewedAt) return false;
    this.#viewedAt = now;
    this.#learn(routes, now);
    if (now < this.#lookedAt + REPORT_AGAIN_MS) return false;
    this.#lookedAt = now;
    const better = this.#betterThanInUse(routes, now);
    const looks = better !== undefined && better === this.#better?.name ? this.#better.looks + 1 : 1;
    this.#better = better === undefined ? undefined : { name: better, looks };
    const isLasting = better !== undefined && looks >= LOOKS;
    this.isHeldBack = isLasting && now < this.#movedAt + MOVE_MS;
    if (!isLasting || this.isHeldBack) return false;
    [this.#first, this.#better, this.#movedAt] = [better, undefined, now];
    return true;
  }

  #learn(routes: readonly RankedRoute[], now: number): void {
    for (const { name, seen, isFilled } of routes) {
      // Losses of the first moments may be known already.
      if (isFilled) this.#known.delete(name);
      if (isFilled || seen === undefined || seen.failure !== null || seen.inUse.length === 0 || seen.measured === null)
        continue;
      this.#known.set(name, { ...seen.measured, at: now });
    }
    for (const [name, { at }] of this.#known) if (now >= at + KNOWN_MS) this.#known.delete(name);
  }

  #betterThanInUse(routes: readonly RankedRoute[], now: number): string | undefined {
    const good = routes.filter(({ seen }) => seen !== undefined && seen.failure === null);
    const inUse = good.find(({ seen }) => seen!.inUse.length > 0);
    const present = inUse && this.measured(inUse.name, now);
    if (inUse === undefined || present === undefined) return undefined;
    // The node's own packets wait for more than the links, and would do so on a route that was not tried, too.
    const besides = Math.max(0, present.roundTripMs - unitsOf(inUse, "round-trip") / 10);
    const costOf = (route: RankedRoute): number =>
      costIn(
        this.measured(route.name, now) ?? {
          roundTripMs: unitsOf(route, "round-trip") / 10 + besides,
          loss: unitsOf(route, "loss") / 10_000,
        },
      );
    const before = costOf(inUse);
    const enough = Math.min(before * (1 - BETTER_SHARE), before - BETTER_MS);
    const [best] = good
      .filter((route) => route !== inUse)
      .map((route) => ({ name: route.name, cost: costOf(route) }))
      .filter(({ cost }) => cost <= enough)
      .toSorted((one, other) => one.cost - other.cost);
    return best?.name;
  }
}

function costIn({ roundTripMs, loss }: Measured): number {
  return roundTripMs + (loss < LOSS_FREE ? 0 : LOSS_MS * loss);
}

/** A part of the cost that a coordinator has found for a route, in the units of docs/protocol/fabric-routes.md. */
function unitsOf({ why }: RankedRoute, part: string): number {
  return why.find(({ of }) => of === part)?.value ?? 0;
}
