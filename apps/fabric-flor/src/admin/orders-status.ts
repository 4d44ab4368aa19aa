/** Orders of people, as an agent shows itself. */
import { formatCounts } from "@florenetes/process-kit";
import type { Agent } from "../agent/agent.ts";

export interface OrdersStatus {
  /** Orders of this node since the process began, by what came of them. */
  readonly counts: Readonly<Record<string, number>>;
  /** The last order of this node; null: there was none. */
  readonly last: {
    readonly order: string;
    readonly action: string;
    readonly state: string;
    readonly code: string | null;
    readonly at: string;
  } | null;
  /** Nodes whose outcomes are held here, as this is a control node. */
  readonly held: number;
}

export function ordersStatus({ orders }: Agent): OrdersStatus {
  const { last } = orders;
  return {
    counts: Object.fromEntries(orders.counts),
    last: last === undefined ? null : lastOf(last),
    held: orders.shelf.size,
  };
}

/** The line of status; none where the node was ordered nothing. */
export function* orderLines({ orders: { last, counts } }: { readonly orders: OrdersStatus }): Generator<string> {
  if (last === null) return;
  const why = last.code === null ? "" : ` (${last.code})`;
  yield `orders: ${last.action} ${last.state}${why} at ${last.at}; since the start: ${formatCounts(counts)}`;
}

function lastOf({ order, action, state, code, at }: NonNullable<Agent["orders"]["last"]>): OrdersStatus["last"] {
  return { order, action, state, code: code ?? null, at: new Date(at).toISOString() };
}
