/** The budgets of organizations. Pure. */
import { bodyOf, type BudgetBody, type FactBook } from "@florenetes/facts";

export interface Budget {
  readonly body: BudgetBody;
  /** The record that says so, in hex. */
  readonly id: string;
  /** When the record ends, in milliseconds since 1970. */
  readonly expires: number;
}

/** The budget of an organization that is in force; undefined: nothing bounds it. */
export function organizationBudget(book: FactBook | undefined, organization: string, wall: number): Budget | undefined {
  const fact = book?.inForce("budget", "cluster", organization, wall);
  const body = fact && bodyOf(fact, "budget");
  return fact === undefined || body === undefined ? undefined : { body, id: fact.id, expires: fact.expires };
}
