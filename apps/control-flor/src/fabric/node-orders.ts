import { compareTexts } from "./compare-texts.ts";
import type { RecordRef } from "./resources.ts";
import type { ToldNodeOrders } from "./told-orders.ts";

/** People have ordered a node to do this. */
export interface OrderResource {
  readonly node: string;
  readonly action: string;
  /** Null, with the record: the order has ended, and its outcome is known. */
  readonly scope: string | null;
  /** Null: the node has told nothing yet. */
  readonly outcome: {
    readonly state: string;
    readonly code: string | null;
    readonly text: string;
    readonly at: string;
  } | null;
  readonly record: RecordRef | null;
}

/** Orders in force, and those that have ended and of which an outcome is known, by their nodes. */
export function ordersOf(told: readonly ToldNodeOrders[]): readonly OrderResource[] {
  return told
    .flatMap(({ node, orders, outcome }): OrderResource[] => {
      const said = outcome && { state: outcome.state, code: outcome.code ?? null, text: outcome.text, at: outcome.at };
      const inForce = orders.map(({ scope, action, epoch, id, issued, expires }): OrderResource => {
        return {
          node,
          action,
          scope,
          record: { id, epoch, issued, expires },
          outcome: outcome?.order === id ? said : null,
        };
      });
      if (outcome === null || orders.some(({ id }) => id === outcome.order)) return inForce;
      return [...inForce, { node, action: outcome.action, scope: null, record: null, outcome: said }];
    })
    .toSorted((a, b) => compareTexts(orderKey(a), orderKey(b)));
}

/** The name of an order among those of all nodes: a space is in neither part. */
export function orderKey({ node, scope }: Pick<OrderResource, "node" | "scope">): string {
  return `${node} ${scope ?? ""}`;
}
