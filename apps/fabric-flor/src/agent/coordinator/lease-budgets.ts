/**
 * The budgets of organizations for leases: how many, and for which rate together. Each coordinator of a partition plans with its equal part. What a budget leaves
 * goes to the leases that came first: one that has become smaller takes the newest away, when they are to be renewed. Pure.
 */
import { type BudgetName, limitOf } from "@florenetes/facts";
import { lowestRate, type RateBudget } from "@florenetes/routes";
import { startOfMonth } from "@florenetes/usage";
import type { Moment } from "../moment.ts";
import type { Budget, Quota } from "../records/organization-budget.ts";
import type { Slot } from "./lease-slot.ts";
import type { SlotTable } from "./slot-table.ts";

export interface LeaseBudgetsOptions {
  /** The organization of a node, by its record; undefined: it is no node. */
  readonly organizationOf: (node: string, at: Moment) => string | undefined;
  readonly budgetOf: (organization: string, at: Moment) => Budget | undefined;
  /** Bytes that relays have carried for an organization in the calendar month (UTC), by what observers tell. */
  readonly carriedBy: (organization: string, at: Moment) => number;
}

const MEBIBYTE = 1_048_576;

/** Why a slot may not have its next lease; or what rate the lease may have, where that is bounded. */
export type Allowed = { readonly quota: Quota } | { readonly quota?: never; readonly rate: RateBudget | undefined };

/** How many leases of an organization there are, and their rates together; and those of them that are older than a slot. */
interface Used {
  readonly leases: number;
  readonly rate: number;
  readonly olderLeases: number;
  readonly olderRate: number;
}

export class LeaseBudgets {
  readonly #options: LeaseBudgetsOptions;
  readonly #slots: SlotTable;
  #ranks = 0;

  constructor(options: LeaseBudgetsOptions, slots: SlotTable) {
    this.#options = options;
    this.#slots = slots;
  }

  /** How many leases an organization has, for which rate together, in kbit/s, and what relays have carried for it in this month, in mebibytes. */
  usedOf(organization: string, at: Moment): Pick<Used, "leases" | "rate"> & { readonly carried: number } {
    return { ...this.#usedBeside(undefined, organization), carried: this.#carriedBy(organization, at) };
  }

  /** The part of a limit that one of several coordinators may give: of leases at least one, where there may be any. */
  partOf(of: BudgetName, most: number, coordinators: number): number {
    const part = Math.floor(most / Math.max(1, coordinators));
    return of === "leases" ? Math.max(part, Math.min(1, most)) : part;
  }

  /** The next place behind all leases. */
  nextRank(): number {
    return ++this.#ranks;
  }

  /**
   * Says what a slot may get, and gives one that has no lease its place behind all others.
   *
   * @param coordinators Coordinators of the partition, this one included
   */
  allow(slot: Slot, coordinators: number, at: Moment): Allowed {
    const organization = this.#options.organizationOf(slot.want.origin, at);
    this.#slots.place(slot, organization);
    if (!isHeld(slot)) slot.rank = this.nextRank();
    const budget = organization === undefined ? undefined : this.#options.budgetOf(organization, at);
    if (budget === undefined || organization === undefined) return { rate: undefined };
    const [leases, rate] = [limitOf(budget.body, "leases"), limitOf(budget.body, "relay-rate")];
    const bytes = limitOf(budget.body, "relay-bytes");
    const { id: record, expires } = budget;
    const refused = (of: Quota["of"], used: number, most: number, until = expires): Allowed => ({
      quota: { organization, of, used, most, record, until: Math.min(until, expires) },
    });
    const carried = bytes === undefined ? 0 : this.#carriedBy(organization, at);
    if (bytes !== undefined && carried >= bytes)
      return refused("relay-bytes", carried, bytes, startOfMonth(at.wall, 1));
    if (leases === undefined && rate === undefined) return { rate: undefined };
    const others = this.#usedBeside(slot, organization);
    if (leases !== undefined) {
      const part = this.partOf("leases", leases, coordinators);
      if ((isHeld(slot) ? others.olderLeases : others.leases) >= part) return refused("leases", others.leases, part);
    }
    if (rate === undefined) return { rate: undefined };
    const share = this.partOf("relay-rate", rate, coordinators);
    const most = Math.max(share - others.rate, Math.min(rateOf(slot), share - others.olderRate));
    if (most < lowestRate(slot.want.rate)) return refused("relay-rate", others.rate, share);
    return { rate: { most, share, others: others.rate } };
  }

  #carriedBy(organization: string, at: Moment): number {
    return Math.floor(this.#options.carriedBy(organization, at) / MEBIBYTE);
  }

  #usedBeside(slot: Slot | undefined, organization: string): Used {
    let [leases, rate, olderLeases, olderRate] = [0, 0, 0, 0];
    for (const other of this.#slots.ofOrganization(organization)) {
      if (other === slot || !isHeld(other)) continue;
      leases++;
      rate += rateOf(other);
      if (slot === undefined || other.rank > slot.rank) continue;
      olderLeases++;
      olderRate += rateOf(other);
    }
    return { leases, rate, olderLeases, olderRate };
  }
}

/** Whether a slot has a lease, or waits for the relays of one. */
function isHeld({ leased, issuing }: Slot): boolean {
  return leased !== undefined || issuing !== undefined;
}

/** The rate of the lease of a slot, in kbit/s: the higher one where another one follows it. */
function rateOf({ leased, issuing }: Slot): number {
  return Math.max(leased?.rate ?? 0, issuing?.rate ?? 0);
}
