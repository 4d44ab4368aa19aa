/** The budgets of organizations. Pure. */
import { bodyOf, type BudgetBody, type BudgetName, type FactBook } from "@florenetes/facts";

export interface Budget {
  readonly body: BudgetBody;
  /** The record that says so, in hex. */
  readonly id: string;
  /** When the record ends, in milliseconds since 1970. */
  readonly expires: number;
}

/** Why something is refused with the reason `quota`. */
export interface Quota {
  readonly organization: string;
  readonly of: BudgetName;
  /** How much there is, and how much there may be at most: at a coordinator its part of the budget. */
  readonly used: number;
  readonly most: number;
  /** The record of the budget, in hex, and when it ends, in milliseconds since 1970. */
  readonly record: string;
  readonly until: number;
}

/** The budget of an organization that is in force; undefined: nothing bounds it. */
export function organizationBudget(book: FactBook | undefined, organization: string, wall: number): Budget | undefined {
  const fact = book?.inForce("budget", "cluster", organization, wall);
  const body = fact && bodyOf(fact, "budget");
  return fact === undefined || body === undefined ? undefined : { body, id: fact.id, expires: fact.expires };
}

/** The organization of a node, by its record in force; undefined: it is no node. */
export function organizationOfNode(book: FactBook | undefined, node: string, wall: number): string | undefined {
  const fact = book?.inForce("node", "cluster", node, wall);
  return fact && bodyOf(fact, "node")?.organization;
}
