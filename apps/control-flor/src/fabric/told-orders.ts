/** Orders of people for nodes, and what came of them, as an agent tells. */
import { z } from "zod";
import { toldRows } from "./told-rows.ts";

/** A node has said this of an order. */
interface ToldOutcome {
  /** The id of the order. */
  readonly order: string;
  readonly action: string;
  readonly state: string;
  readonly code?: string | undefined;
  readonly text: string;
  readonly at: string;
}

export interface ToldNodeOrders {
  readonly node: string;
  /** Orders in force. */
  readonly orders: readonly {
    readonly scope: string;
    readonly action: string;
    readonly epoch: number;
    readonly id: string;
    readonly issued: string;
    readonly expires: string;
  }[];
  /** Null: the agent was told none. */
  readonly outcome: ToldOutcome | null;
}

export interface ToldOrders {
  readonly orders: readonly ToldNodeOrders[];
  readonly next: string | null;
}

const text = z.string();
const action = { action: text, id: text, issued: text, expires: text };

export const toldOrders: z.ZodType<ToldOrders> = z.object({
  orders: toldRows(
    z.object({
      node: text,
      orders: z.array(z.object({ scope: text, epoch: z.number(), ...action })),
      outcome: z.object({ order: text, action: text, state: text, code: text.optional(), text, at: text }).nullable(),
    }),
  ),
  next: text.nullable(),
});
