/**
 * The leases that an origin holds for one host of a service: the newest of each coordinator. Which of them is used does not follow from which came last: what runs and
 * works goes on, so that two coordinators at odds move nobody to and fro.
 */
import type { CheckedLease } from "./lease-check.ts";
import { COORDINATORS_MAX } from "./limits.ts";
import { follows } from "./newest.ts";
import { compareNames } from "./reports.ts";
import type { Standing } from "./standing.ts";

/** Whether the routes of a lease carry anything, as far as the origin has seen. */
export interface LeaseChoice {
  readonly standingOf: (lease: CheckedLease) => Standing;
  /** The coordinator whose lease is in use; undefined: none is. */
  readonly running: string | undefined;
  /** Coordinators that may have taken the pairs of their leases back from relays. */
  readonly takenBack: ReadonlySet<string>;
  /** Coordinators whose leases have no route that works: so many packets were lost, or none was answered. */
  readonly failing: ReadonlySet<string>;
  /** Coordinators of whose leases each route that there is was tried, and loses more than it may. */
  readonly lossy: ReadonlySet<string>;
  /** The coordinator whose lease is in use was silent and is heard again: it renews what is held within moments, for which no route is to be left. */
  readonly isBack: boolean;
}

export class HeldLeases {
  readonly #byCoordinator = new Map<string, CheckedLease>();

  get size(): number {
    return this.#byCoordinator.size;
  }

  /** All leases that are held, void ones too. */
  all(): CheckedLease[] {
    return [...this.#byCoordinator.values()];
  }

  /** Takes a lease that was checked. A void one takes the coordinator's lease back, and keeps those of its epoch and lower ones out until it ends. One that is held is taken again. */
  take(lease: CheckedLease): "taken" | "superseded" | "full" {
    const before = this.#byCoordinator.get(lease.coordinator);
    if (lease.fact.id === before?.fact.id) return "taken";
    if (!follows(lease.fact, before?.fact)) return "superseded";
    if (before === undefined && this.#byCoordinator.size >= COORDINATORS_MAX) return "full";
    this.#byCoordinator.set(lease.coordinator, lease);
    return "taken";
  }

  /** Lets go of leases that are good no more. A void one stays until its end. */
  expire({ standingOf }: Pick<LeaseChoice, "standingOf">, now: number): void {
    for (const [coordinator, lease] of this.#byCoordinator) {
      const isOver = lease.body === undefined ? now >= lease.fact.expires : isGone(standingOf(lease));
      if (isOver) this.#byCoordinator.delete(coordinator);
    }
  }

  /**
   * Leases in the order in which they are to be used: those that relays permit before those that may have been taken back from them, those that work before those that do not, those that lose less before those that lose much, live ones before held ones, the one that runs before others, and then the one
   * that ends last. The first is to be used, and the others stand by.
   */
  ranked({ standingOf, running, takenBack, failing, lossy, isBack }: LeaseChoice): CheckedLease[] {
    const good = [...this.#byCoordinator.values()].filter(
      (lease) => lease.body !== undefined && !isGone(standingOf(lease)),
    );
    const rank = (lease: CheckedLease): number[] => [
      Number(takenBack.has(lease.coordinator)),
      Number(failing.has(lease.coordinator)),
      Number(lossy.has(lease.coordinator)),
      Number(standingOf(lease) !== "live" && !(isBack && lease.coordinator === running)),
      Number(lease.coordinator !== running),
      -lease.fact.expires,
    ];
    const ranks = new Map(good.map((lease) => [lease, rank(lease)]));
    return good.sort((a, b) => {
      const other = ranks.get(b)!;
      const place = ranks.get(a)!.findIndex((value, at) => value !== other[at]);
      return place === -1 ? compareNames(a.coordinator, b.coordinator) : ranks.get(a)![place]! - other[place]!;
    });
  }
}

function isGone(standing: Standing): boolean {
  return standing !== "live" && standing !== "held";
}
