/** Limits of budgets that this version holds to. Pure. */
import type { BudgetBody } from "./bodies.ts";

/** Names of limits that something is bounded by; all others are carried and change nothing. */
export const BUDGET_NAMES = [
  "nodes",
  "candidates",
  "joins",
  "leases",
  "relay-rate",
  "relay-bytes",
  "records",
  "requests",
  "storage",
] as const;
export type BudgetName = (typeof BUDGET_NAMES)[number];

/** How much of a name a budget allows; undefined: it does not bound it, or there is no budget. */
export function limitOf(budget: BudgetBody | undefined, name: BudgetName): number | undefined {
  return budget?.limits.find(({ of }) => of === name)?.most;
}
