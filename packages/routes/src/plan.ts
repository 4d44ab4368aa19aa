/**
 * The plan of a coordinator: the pairs of links that its leases need at each relay, and the rate of each. Permits are made of it, and whoever composes
 * the next lease sees by it how much of each offer is left.
 */
import { type LeasedRoute, PERMIT_SETS_MAX, type PermitsBody, type PermittedPair } from "@florenetes/facts";
import { WORKLOAD_CLASS_NAMES, type WorkloadClassName } from "@florenetes/forwarding";
import { LEASES_MAX } from "./limits.ts";

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
  readonly routes: readonly PlannedRoute[];
}

/** The use of one pair by the leases of one slot: they follow each other, and so the highest rate of them counts. */
interface PairUse extends RelayPair {
  readonly rate: number;
  readonly classes: readonly WorkloadClassName[];
}

interface RelayPlan {
  readonly uses: Map<string, readonly PairUse[]>;
  /** How many slots use a pair, by its labels as one number. */
  readonly counts: Map<number, number>;
  load: number;
}

const LABELS = 2 ** 20;

export class Plan {
  readonly #slots = new Map<string, readonly PlannedLease[]>();
  readonly #relays = new Map<string, RelayPlan>();
  #size = 0;

  /** Leases that are planned. */
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

  /** The ids of the leases of a slot. */
  idsOf(slot: string): ReadonlySet<string> {
    return new Set(this.#leasesOf(slot).map(({ id }) => id));
  }

  /** Adds a lease of a slot. Those before it stay, as the origin uses them until it has this one. */
  add(slot: string, lease: PlannedLease): void {
    const others = this.#leasesOf(slot).filter(({ id }) => id !== lease.id);
    this.#put(slot, [...others, lease]);
  }

  /** The origin has this lease: those before it are used no more. Without an id, no lease of the slot is. */
  settle(slot: string, id?: string): void {
    const leases = this.#leasesOf(slot);
    const at = leases.findIndex((lease) => lease.id === id);
    this.#put(slot, at === -1 && id !== undefined ? leases : leases.slice(at === -1 ? leases.length : at));
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

  /** The bodies of permits for a relay, by the scopes that they are for: all pairs that its leases need. */
  permitsFor(relay: string): Map<string, PermitsBody> {
    const uses = [...(this.#relays.get(relay)?.uses.values() ?? [])].flat();
    const scopes = [...new Set(uses.map(({ scope }) => scope))].sort();
    return new Map(scopes.map((scope) => [scope, permitsOf(uses.filter((use) => use.scope === scope))]));
  }

  #leasesOf(slot: string): readonly PlannedLease[] {
    return this.#slots.get(slot) ?? [];
  }

  #put(slot: string, leases: readonly PlannedLease[]): void {
    const before = this.#leasesOf(slot);
    this.#size += leases.length - before.length;
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

function usesOf(leases: readonly PlannedLease[]): PairUse[] {
  const uses = new Map<string, PairUse>();
  for (const { classes, rate, routes } of leases) {
    for (const pair of routes.flatMap(({ pairs }) => pairs)) {
      const key = `${pair.relay} ${pair.scope} ${pair.from} ${pair.to}`;
      const before = uses.get(key);
      uses.set(key, {
        ...pair,
        rate: Math.max(rate, before?.rate ?? 0),
        classes: [...new Set([...classes, ...(before?.classes ?? [])])],
      });
    }
  }
  return [...uses.values()];
}

/** Pairs by the classes that their leases have. Where these differ in too many ways for one record, all pairs have all of them: the offer still binds. */
function permitsOf(uses: readonly PairUse[]): PermitsBody {
  const pairs = new Map<string, { pair: PermittedPair; classes: Set<WorkloadClassName> }>();
  for (const { from, to, rate, classes } of uses) {
    const key = `${from} ${to}`;
    const before = pairs.get(key);
    pairs.set(key, {
      pair: [from, to, rate + (before?.pair[2] ?? 0)],
      classes: new Set([...classes, ...(before?.classes ?? [])]),
    });
  }
  const sorted = [...pairs.values()].sort((a, b) => a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1]);
  const sets = Map.groupBy(sorted, ({ classes }) => inOrder(classes).join(" "));
  const all = inOrder(new Set(sorted.flatMap(({ classes }) => [...classes])));
  if (sets.size > PERMIT_SETS_MAX) return { sets: [{ classes: all, pairs: sorted.map(({ pair }) => pair) }] };
  const keys = [...sets.keys()].sort();
  return {
    sets: keys.map((key) => {
      const group = sets.get(key)!;
      return { classes: inOrder(group[0]!.classes), pairs: group.map(({ pair }) => pair) };
    }),
  };
}

function inOrder(classes: ReadonlySet<WorkloadClassName>): WorkloadClassName[] {
  return WORKLOAD_CLASS_NAMES.filter((name) => classes.has(name));
}
