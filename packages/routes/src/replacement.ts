/** Whether a lease that could be composed now is worth to take the place of the one that an origin has. */
import { ROUTES_MAX } from "@florenetes/facts";
import type { PlannedRoute } from "./plan.ts";

/**
 * Whether routes that were found are safer than those that are leased: one of them is doubted less than all of those, or the primary is not doubted and was; or else
 * more of them are left whichever relay fails, or there are more.
 *
 * @param doubts What the origin doubts, as `Doubts.at` has it
 */
export function isSafer(
  found: readonly PlannedRoute[],
  leased: readonly PlannedRoute[],
  doubts: ReadonlyMap<string, number>,
): boolean {
  const [doubted, before] = [leastDoubt(found, doubts), leastDoubt(leased, doubts)];
  if (doubted !== before) return doubted < before;
  // A primary that is doubted, too, is not worth another lease: routes that all lose would take turns.
  if (found[0] !== undefined && doubtOf(found[0], doubts) === 0 && doubtOf(leased[0]!, doubts) > 0) return true;
  const [more, fewer] = [leftOf(found), leftOf(leased)];
  return more === fewer ? found.length > leased.length : more > fewer;
}

/** Whether nothing could be safer than these routes: as many as a lease may have, of which at most one fails with each relay, and none is doubted. */
export function areSafest(routes: readonly PlannedRoute[], doubts: ReadonlyMap<string, number>): boolean {
  return routes.length >= ROUTES_MAX && leftOf(routes) >= routes.length - 1 && !areDoubted(routes, doubts);
}

/** Whether the failure of one relay may leave none of these routes, or some are doubted. */
export function areUnsafe(routes: readonly PlannedRoute[], doubts: ReadonlyMap<string, number>): boolean {
  return leftOf(routes) === 0 || areDoubted(routes, doubts);
}

/**
 * Routes that take the place of leased ones by choice, in their order: the first one that is left of the lease stays first, while nothing of it is doubted. What is safer is so by the others, and
 * packets stay where they are.
 */
export function primaryFirst(
  found: readonly PlannedRoute[],
  [primary]: readonly PlannedRoute[],
  doubts: ReadonlyMap<string, number>,
): readonly PlannedRoute[] {
  const name = primary?.route.via.join(">");
  const same = found.find(({ route }) => route.via.join(">") === name);
  if (same === undefined || doubtOf(same, doubts) > 0) return found;
  return [same, ...found.filter((each) => each !== same)];
}

function leastDoubt(routes: readonly PlannedRoute[], doubts: ReadonlyMap<string, number>): number {
  return Math.min(...routes.map((route) => doubtOf(route, doubts)));
}

function doubtOf({ pairs }: PlannedRoute, doubts: ReadonlyMap<string, number>): number {
  return pairs.reduce((sum, { relay }) => sum + (doubts.get(relay) ?? 0), 0);
}

function areDoubted(routes: readonly PlannedRoute[], doubts: ReadonlyMap<string, number>): boolean {
  return routes.some((route) => doubtOf(route, doubts) > 0);
}

/** How many routes are left at least, whichever relay fails. */
function leftOf(routes: readonly PlannedRoute[]): number {
  const relays = new Set(routes.flatMap(({ pairs }) => pairs.map(({ relay }) => relay)));
  const without = (failed: string): number =>
    routes.filter(({ pairs }) => pairs.every(({ relay }) => relay !== failed)).length;
  return Math.min(routes.length, ...[...relays].map(without));
}
