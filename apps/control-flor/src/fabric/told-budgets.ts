/** The budgets of organizations with what an agent counts of them. */
import { z } from "zod";

/** How much of a budget is used, as far as the agent counts it. */
export interface ToldBudget {
  readonly organization: string;
  /** The id of the record. */
  readonly record: string;
  readonly limits: readonly {
    readonly of: string;
    /** Null: the agent counts none of these. */
    readonly used: number | null;
    /** The part that the agent may give; null: none, or all of it. */
    readonly part: number | null;
  }[];
}

export interface ToldBudgets {
  readonly budgets: readonly ToldBudget[];
  /** The next page begins behind this organization; null: this is the last one. */
  readonly next: string | null;
}

const count = z.number().nonnegative();
const limit = z.object({ of: z.string(), used: count.nullable(), part: count.nullable() });

export const toldBudgets: z.ZodType<ToldBudgets> = z.object({
  budgets: z.array(z.object({ organization: z.string(), record: z.string(), limits: z.array(limit) })),
  // An agent that has not been upgraded yet tells one page alone.
  next: z.string().nullable().default(null),
});
