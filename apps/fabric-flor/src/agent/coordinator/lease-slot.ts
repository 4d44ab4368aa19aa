/** A slot of a coordinator: one host of a service that one origin asks for, and the leases that it was given for it. */
import {
  areSafest,
  areUnsafe,
  type ComposeFault,
  type Doubts,
  type LeaseIssue,
  type PlannedLease,
  type PlannedRoute,
  type RouteGraph,
  type Want,
} from "@florenetes/routes";
import type { Moment } from "../moment.ts";
import type { Quota } from "../records/organization-budget.ts";
import { CHANGE_MS, HELD_EARLIER_MS, LIFE_MS, LOOK_MS, RENEWED_MS } from "./limits.ts";
import type { SignedRecord } from "./route-signer.ts";

/** A lease as it was composed. */
interface ComposedLease {
  readonly want: Want;
  readonly rate: number;
  /** Undefined: none. */
  readonly share: number | undefined;
  readonly id: string;
  readonly routes: readonly PlannedRoute[];
}

/** A lease that waits for the permits of its relays. */
export interface Issuing extends ComposedLease {
  readonly issue: LeaseIssue;
}

/** The newest lease that was given. */
export interface Leased extends ComposedLease {
  readonly signed: SignedRecord;
  /** Milliseconds since 1970. */
  renewAt: number;
  /** Its origin has said that it has it. */
  isTaken: boolean;
  /** When it takes the place of those before it, also where its origin stands by with it, and no report names it: monotonic; Infinity: it is not taken, or has. */
  settlesAt: number;
  /** The process gave it in a life before, and the nodes on its routes may not have reported yet. */
  readonly isFormer: boolean;
  /** Monotonic: when it was looked for something safer last, and is looked next. */
  lookedAt: number;
  lookAt: number;
  /** How many of its routes had a link that was told no more, when it was seen last. */
  dead: number;
}

export const NO_DOUBTS: ReadonlyMap<string, number> = new Map();

/** Has a lease be looked at as soon as routes may change by choice again. Returns whether that is later than now. */
export function lookSoon(leased: Leased, now: number): boolean {
  const at = leased.lookedAt + CHANGE_MS;
  if (at >= leased.lookAt) return false;
  leased.lookAt = at;
  return at > now;
}

/** Whether a lease that was given is to be looked at by the time alone. */
export function isDueBy(
  { missedAt }: Pick<Slot, "missedAt">,
  { renewAt, lookAt }: Pick<Leased, "renewAt" | "lookAt">,
  { now, wall }: Moment,
): boolean {
  return wall >= renewAt || now >= lookAt || now >= missedAt;
}

/** When a slot is looked at again that cannot be now, as its lease is on its way or was composed just now: monotonic; Infinity: it can be now. */
export function missedAt({ issuing, againAt }: Slot, now: number): number {
  const isIssuing = issuing?.issue.released.length === 0;
  return isIssuing || now < againAt ? Math.max(now + LOOK_MS, againAt) : Number.POSITIVE_INFINITY;
}

export interface Slot {
  readonly name: string;
  want: Omit<Want, "label">;
  issuing: Issuing | undefined;
  leased: Leased | undefined;
  doubts: Doubts | undefined;
  /** When it may be composed again, and how often there was no route since there was one: monotonic. */
  againAt: number;
  faults: number;
  /** Another lease that its origin causes waits until then, while that is slowed: monotonic. */
  pausedUntil: number;
  /** When it is looked at again, as it could not be before: monotonic; Infinity: it could. */
  missedAt: number;
  /** Something has come or gone since it was composed last: links, offers, roles, or relays that are avoided. */
  hasNews: boolean;
  /** The last leases that were given, the newest last: `leased` is one of them while it has not ended. */
  given: readonly Leased[];
  /** When its origin has asked for it last, or the process began: monotonic. */
  askedAt: number;
  fault: ComposeFault | "no-service" | "full" | "quota" | undefined;
  /** How much of how much there is; undefined: the fault is another one than `quota`. */
  quota: Quota | undefined;
  /** The organization of its origin, by the records; undefined: that is no node. */
  organization: string | undefined;
  /** Its place among leases: lower than those of all that came later. */
  rank: number;
}

/** A slot of which nothing is known but what is wanted. */
export function newSlot(name: string, want: Slot["want"], askedAt: number): Slot {
  const rest = { issuing: undefined, leased: undefined, doubts: undefined, fault: undefined, quota: undefined };
  const never = Number.NEGATIVE_INFINITY;
  const times = { againAt: never, pausedUntil: never, missedAt: Number.POSITIVE_INFINITY, askedAt };
  const place = { organization: undefined, rank: 0 };
  return { name, want, ...rest, ...times, ...place, faults: 0, hasNews: true, given: [] };
}

/**
 * A lease as it is planned.
 *
 * @param ends Milliseconds since 1970, the hold included
 */
export function plannedOf({ want, rate, share, id, routes }: ComposedLease, ends: number): PlannedLease {
  return { id, ends, classes: want.classes, rate, share, routes };
}

/** A lease that has left, as it is planned with some of its routes. */
export function plannedLeased(leased: Leased, routes: readonly PlannedRoute[], holdMs: number): PlannedLease {
  return plannedOf({ ...leased, routes }, leased.signed.expires + holdMs);
}

/** A lease that is given now. It is looked at soon, for links and relays that were told too late for it. */
export function newLeased(lease: ComposedLease & Pick<Leased, "signed">, { now, wall }: Moment): Leased {
  const renewAt = Math.ceil((wall + LIFE_MS / 2) / RENEWED_MS) * RENEWED_MS;
  const times = { renewAt, lookedAt: now, lookAt: now + CHANGE_MS };
  return { ...lease, ...times, isTaken: false, settlesAt: Number.POSITIVE_INFINITY, isFormer: false, dead: 0 };
}

/** A lease as status shows it. */
export interface ShownLease {
  readonly origin: string;
  readonly service: string;
  readonly scope: string;
  readonly host: string;
  /** Undefined: none is given. */
  readonly leased: Pick<Leased, "signed" | "want" | "rate" | "share" | "routes" | "renewAt"> | undefined;
  /** The newest want of the origin. */
  readonly asked: Omit<Want, "label">;
  /** How much the origin doubts relays. */
  readonly doubts: ReadonlyMap<string, number>;
  readonly waitsFor: readonly string[];
  readonly fault: string | undefined;
  /** How much of how much there is; undefined: the fault is another one than `quota`. */
  readonly quota: Quota | undefined;
}

/** A slot as people are told of it. */
export function shownOf({ want, leased, issuing, fault, quota, doubts }: Slot, now: number): ShownLease {
  const { origin, service, scope, host } = want;
  const waits = { waitsFor: issuing?.issue.waitsFor ?? [], doubts: doubts?.at(now) ?? NO_DOUBTS };
  return { origin, service, scope, host, leased, asked: want, ...waits, fault, quota };
}

/** Whether all nodes on the routes of a lease have reported. */
function knowsAll({ want, routes }: Leased, graph: RouteGraph): boolean {
  return [want.origin, ...routes.flatMap(({ route }) => route.via)].every((name) => graph.placeOf(name) !== undefined);
}

/**
 * Whether another lease could be safer than what is left of one. It takes something that has come or gone, but where there is a dead or a doubted route, or one relay less leaves none: for
 * these it may be enough that others need less room.
 */
export function mayBeSafer(
  { hasNews }: Pick<Slot, "hasNews">,
  alive: readonly PlannedRoute[],
  dead: number,
  doubts: ReadonlyMap<string, number>,
): boolean {
  return dead > 0 || areUnsafe(alive, doubts) || (hasNews && !areSafest(alive, doubts));
}

/** The scopes of the pairs that routes have at a relay. */
export function scopesAt(routes: readonly PlannedRoute[], relay: string): ReadonlySet<string> {
  const pairs = routes.flatMap((route) => route.pairs);
  return new Set(pairs.filter((pair) => pair.relay === relay).map(({ scope }) => scope));
}

/** Whether an origin asks for something else than it was given. */
export function isOther(want: Slot["want"], label: number | undefined, given: Want): boolean {
  return label !== given.label || want.rate !== given.rate || want.classes.join() !== given.classes.join();
}

/**
 * Whether what this process was told since it began says too little of a lease from before. One that has ended meanwhile is held by its origin: it is renewed when links and relays have been
 * told again, as less than all of them would have its packets take other routes.
 */
export function isTooEarly({ given, leased }: Slot, graph: RouteGraph, settledAt: number, now: number): boolean {
  const last = given.at(-1);
  if (last?.isFormer !== true) return false;
  return (now < settledAt && !knowsAll(last, graph)) || (leased === undefined && now < settledAt - HELD_EARLIER_MS);
}

/** The lease from before that has ended, and that its origin holds, while it asks for the same; undefined: there is none. */
export function heldOf({ given, leased, want }: Slot, label: number): Leased | undefined {
  const last = given.at(-1);
  return leased !== undefined || last?.isFormer !== true || isOther(want, label, last.want) ? undefined : last;
}
