/** Marks of a node over a restart: the orders that it has taken, and how the last one stands. Pure. */
import { ORDER_ACTIONS, OUTCOME_STATES, type OutcomeBody } from "@florenetes/facts";
import { z } from "zod";

export interface KeptOrders {
  readonly version: 1;
  /** The epoch of the last record that told an outcome. */
  readonly told: number;
  /** The epoch of the last order that was taken, by the scopes of orders. */
  readonly taken: Readonly<Record<string, number>>;
  /** Orders that were issued before are not taken, in milliseconds since 1970: the marks of a life before were lost. */
  readonly since?: number | undefined;
  /** The last order, without its report; undefined: there was none. */
  readonly last?: (Omit<OutcomeBody, "report"> & { readonly at: number }) | undefined;
  /** The record that tells its outcome, in base64: control nodes are handed it in the next life, too. */
  readonly posted?: string | undefined;
}

export const NO_ORDERS: KeptOrders = { version: 1, told: 0, taken: {} };

const count = z.int().nonnegative();
const form: z.ZodType<KeptOrders> = z.object({
  version: z.literal(1),
  told: count,
  since: count.optional(),
  taken: z.record(z.string(), count),
  last: z
    .object({
      order: z.string(),
      action: z.enum(ORDER_ACTIONS),
      state: z.enum(OUTCOME_STATES),
      code: z.string().optional(),
      text: z.string(),
      at: count,
    })
    .optional(),
  posted: z.string().optional(),
});

/** Reads the text of `JSON.stringify`; `damaged`: it is none, so that nothing says any more which orders were taken. */
export function readKeptOrders(text: string | undefined): KeptOrders | "damaged" {
  if (text === undefined) return NO_ORDERS;
  try {
    return form.parse(JSON.parse(text));
  } catch {
    return "damaged";
  }
}
