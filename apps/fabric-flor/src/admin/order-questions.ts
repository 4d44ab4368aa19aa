/** Orders for nodes and what came of them, at the admin socket: those in force that this node's book has, and the outcomes that it was told as a control node. */
import { bodyOf, type Fact, type OutcomeBody } from "@florenetes/facts";
import { isName } from "@florenetes/operator-text";
import type { AdminRoute } from "@florenetes/process-kit";
import type { Agent } from "../agent/agent.ts";
import type { Moment } from "../agent/moment.ts";
import { afterError, pageOf } from "./page.ts";

/** Nodes of one answer. */
const ORDERS_TOLD_MAX = 500;

interface ToldOrder {
  readonly node: string;
  /** Orders in force for it, one for each scope. */
  readonly orders: readonly {
    readonly scope: string;
    readonly action: string;
    readonly epoch: number;
    readonly id: string;
    readonly issued: string;
    readonly expires: string;
  }[];
  /** The last outcome that the node has told; null: none is here. */
  readonly outcome:
    | (Omit<OutcomeBody, "report"> & {
        readonly at: string;
        /** The report, where one node is asked for; else whether there is one. */
        readonly report: string | boolean;
      })
    | null;
}

/**
 * `GET /orders`: nodes with an order in force or an outcome, in the order of their names, at most 500 and how many more there are; `?after=…`, the `next` of an answer, asks for those
 * behind it; `?node=…` for one, with its report. Throws ERR_FABRIC_AFTER.
 */
export function orderQuestions(agent: Agent, now: () => Moment): Readonly<Record<string, AdminRoute>> {
  return {
    "/orders": (query) => {
      const { wall } = now();
      const asked = query.get("node") ?? undefined;
      const after = query.get("after") ?? undefined;
      if (after !== undefined && !isName(after)) throw afterError(after, "the name of a node");
      const inForce = [...agent.records.index.records("order", wall).values()];
      const orders = Map.groupBy(inForce, ({ subject }) => subject);
      const { shelf } = agent.orders;
      shelf.expire(wall);
      const names = new Set([...orders.keys(), ...shelf.all().map(({ node }) => node)]);
      const shown = [...names].filter((name) => asked === undefined || name === asked);
      const { told, left, last } = pageOf(shown.toSorted(byName), {
        after,
        most: ORDERS_TOLD_MAX,
        keyOf: (name) => name,
        answerOf: (node) => tell(node, orders.get(node) ?? [], agent, asked !== undefined),
      });
      return { node: agent.node, orders: told, left, next: last ?? null };
    },
  };
}

function tell(node: string, orders: readonly Fact[], agent: Agent, isWhole: boolean): ToldOrder {
  const held = agent.orders.shelf.of(node);
  let outcome: ToldOrder["outcome"] = null;
  if (held !== undefined) {
    const { order, action, state, code, text, report, at } = held;
    const said = { order, action, state, ...(code !== undefined && { code }), text, at: new Date(at).toISOString() };
    outcome = { ...said, report: isWhole && report !== undefined ? report : report !== undefined };
  }
  return {
    node,
    orders: orders.map((fact) => {
      const { scope, epoch, id, issued, expires } = fact;
      const times = { issued: new Date(issued).toISOString(), expires: new Date(expires).toISOString() };
      return { scope, action: bodyOf(fact, "order")!.action, epoch, id, ...times };
    }),
    outcome,
  };
}

function byName(a: string, b: string): number {
  return a < b ? -1 : 1;
}
