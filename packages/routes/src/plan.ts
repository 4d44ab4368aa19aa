/**
 * The plan of a coordinator: the pairs of links that its leases need at each relay, and the rate of each. Permits are made of it, and whoever composes
 * the next lease sees by it how much of each offer is left.
 */
import { type LeasedRoute, type PermitsBody } from "@florenetes/facts";
import type { WorkloadClassName } from "@florenetes/forwarding";
import { FORMER_SHARE_MS, LEASE_RATE_MIN, LEASES_MAX } from "./limits.ts";
import { type NeededPair, partsOf, permitsOf, type PermitsTerms } from "./permits-body.ts";

/** Two links of a relay that a route joins, by the relay's own labels, the lower one first. */
export interface RelayPair {
  readonly relay: string;
  /** The scope of the role that makes the node a relay. */
  readonly scope: string;
  readonly from: number;
  readonly to: number;
}

export interface PlannedRoute {
  readonly route: LeasedRoute;
  /** From the origin's neighbour on. */
  readonly pairs: readonly RelayPair[];
}

export interface PlannedLease {
  /** The id of the `lease` record, or any other name of it. */
  readonly id: string;
  /** Milliseconds since 1970, the hold included. */
  readonly ends: number;
  readonly classes: readonly WorkloadClassName[];
  readonly rate: number;
  /** Undefined: none. */
  readonly share?: number | undefined;
  readonly routes: readonly PlannedRoute[];
  /** The origin uses a lease of another share: its far ends answer by this one until they hear of that. */
  readonly isFormer?: boolean;
}

/** The use of one pair by the leases of one slot: they follow each other, and so the highest rate of them counts. */
type PairUse = RelayPair & NeededPair;

interface RelayPlan {
  readonly uses: Map<string, readonly PairUse[]>;
  /** How many slots use a pair, by its labels as one number. */
  readonly counts: Map<number, number>;
  load: number;
}

const LABELS = 2 ** 20;
/** A relay that knows no shares. */
const OLDER: PermitsTerms = { knowsShares: false, rate: 0 };

export class Plan {
  readonly #slots = new Map<string, readonly PlannedLease[]>();
  readonly #relays = new Map<string, RelayPlan>();
  #size = 0;

  /** Leases that are planned, but for former ones: those go by themselves soon. */
  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size >= LEASES_MAX;
  }

  /** Relays with pairs, in no order. */
  get relays(): Iterable<string> {
    return this.#relays.keys();
  }

  /** The ids of the leases of a slot, but for former ones. */
  idsOf(slot: string): ReadonlySet<string> {
    const leases = this.#leasesOf(slot).filter(isPresent);
    return new Set(leases.map(({ id }) => id));
  }

  /** Adds a lease of a slot. Those before it stay, as the origin uses them until it has this one. */
  add(slot: string, lease: PlannedLease): void {
    const others = this.#leasesOf(slot).filter(({ id }) => id !== lease.id);
    this.#put(slot, [...others, lease]);
  }

  /**
   * The origin has this lease: those before it are used no more, but by far ends that have not heard of it, and answer by their shares for a while.
   *
   * @param now Milliseconds since 1970
   */
  settle(slot: string, id: string, now: number): void {
    const leases = this.#leasesOf(slot);
    const at = leases.findIndex((lease) => lease.id === id);
    if (at === -1) return;
    const former = leases.slice(0, at).filter(({ share }) => share !== leases[at]!.share);
    this.#put(slot, [...former.map((lease) => formerOf(lease, now)), ...leases.slice(at)]);
  }

  /** No lease of the slot is used any more. */
  clear(slot: string): void {
    this.#put(slot, []);
  }

  /** Takes one lease back. */
  remove(slot: string, id: string): void {
    this.#put(
      slot,
      this.#leasesOf(slot).filter((lease) => lease.id !== id),
    );
  }

  /** Lets go of leases that have ended. */
  expire(now: number): void {
    for (const [slot, leases] of this.#slots) {
      if (leases.some(({ ends }) => now >= ends)) {
        this.#put(
          slot,
          leases.filter(({ ends }) => now < ends),
        );
      }
    }
  }

  /** The rate that is planned for a relay, in kbit/s, without what leases of one slot take of it. */
  loadOf(relay: string, exceptSlot?: string): number {
    const plan = this.#relays.get(relay);
    if (plan === undefined) return 0;
    return plan.load - sumOf(exceptSlot === undefined ? [] : (plan.uses.get(exceptSlot) ?? []));
  }

  /** How many pairs of a relay are planned. */
  pairsOf(relay: string): number {
    return this.#relays.get(relay)?.counts.size ?? 0;
  }

  /** The shares of all leases. */
  get shares(): ReadonlySet<number> {
    return new Set([...this.#slots.values()].flatMap((leases) => leases.flatMap(({ share }) => share ?? [])));
  }

  /** The bodies of permits for a relay, by the scopes that they are for: all pairs that its leases need. */
  permitsFor(relay: string, terms: PermitsTerms = OLDER): Map<string, PermitsBody> {
    const parts = partsOf([...(this.#relays.get(relay)?.uses.values() ?? [])].flat(), terms);
    const scopes = [...new Set(parts.map(({ scope }) => scope))].sort();
    return new Map(scopes.map((scope) => [scope, permitsOf(parts.filter((part) => part.scope === scope))]));
  }

  #leasesOf(slot: string): readonly PlannedLease[] {
    return this.#slots.get(slot) ?? [];
  }

  #put(slot: string, leases: readonly PlannedLease[]): void {
    const before = this.#leasesOf(slot);
    this.#size += presentOf(leases) - presentOf(before);
    if (leases.length === 0) this.#slots.delete(slot);
    else this.#slots.set(slot, leases);
    for (const relay of relaysIn(before)) this.#use(relay, slot, []);
    const uses = usesOf(leases);
    for (const relay of relaysIn(leases)) {
      const own = uses.filter((use) => use.relay === relay);
      this.#use(relay, slot, own);
    }
  }

  #use(relay: string, slot: string, uses: readonly PairUse[]): void {
    const plan = this.#relays.get(relay) ?? emptyPlan();
    const before = plan.uses.get(slot) ?? [];
    plan.load += sumOf(uses) - sumOf(before);
    for (const use of uses) count(plan.counts, use, 1);
    for (const use of before) count(plan.counts, use, -1);
    if (uses.length === 0) plan.uses.delete(slot);
    else plan.uses.set(slot, uses);
    if (plan.uses.size === 0) this.#relays.delete(relay);
    else this.#relays.set(relay, plan);
  }
}

function emptyPlan(): RelayPlan {
  return { uses: new Map(), counts: new Map(), load: 0 };
}

function count(counts: Map<number, number>, { from, to }: PairUse, change: 1 | -1): void {
  const key = from * LABELS + to;
  const now = (counts.get(key) ?? 0) + change;
  if (now === 0) counts.delete(key);
  else counts.set(key, now);
}

function sumOf(uses: readonly PairUse[]): number {
  return uses.reduce((sum, { rate }) => sum + rate, 0);
}

function relaysIn(leases: readonly PlannedLease[]): Set<string> {
  return new Set(leases.flatMap(({ routes }) => routes.flatMap(({ pairs }) => pairs.map(({ relay }) => relay))));
}

function formerOf(lease: PlannedLease, now: number): PlannedLease {
  if (lease.isFormer === true) return lease;
  const rate = Math.min(lease.rate, LEASE_RATE_MIN);
  return { ...lease, rate, isFormer: true, ends: Math.min(lease.ends, now + FORMER_SHARE_MS) };
}

function usesOf(leases: readonly PlannedLease[]): PairUse[] {
  const uses = new Map<string, PairUse>();
  for (const { classes, rate, share = 0, isFormer = false, routes } of leases) {
    for (const pair of routes.flatMap(({ pairs }) => pairs)) {
      const key = `${pair.relay} ${pair.scope} ${pair.from} ${pair.to}`;
      const before = uses.get(key) ?? { rate: 0, classes: [], shares: [], former: [] };
      const shares = isFormer ? before.shares : [...new Set([...before.shares, share])];
      const former = isFormer ? [...new Set([...before.former, share])] : before.former;
      uses.set(key, {
        ...pair,
        rate: Math.max(rate, before.rate),
        classes: [...new Set([...classes, ...before.classes])],
        shares,
        former: former.filter((each) => !shares.includes(each)),
      });
    }
  }
  return [...uses.values()];
}

function isPresent({ isFormer }: PlannedLease): boolean {
  return isFormer !== true;
}

function presentOf(leases: readonly PlannedLease[]): number {
  return leases.filter(isPresent).length;
}
