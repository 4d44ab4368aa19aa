/** Orders for nodes as a page of the console. */
import { type PageLink, tablePageOf } from "@florenetes/console";
import type { Page } from "../api/pages.ts";
import type { OrderResource } from "../fabric/node-orders.ts";
import { linkTo } from "./page-links.ts";

export interface OrdersPageOptions {
  readonly cluster: string;
  readonly page: Page<OrderResource>;
  /** The cursor of the page in front: "" for the first page; undefined: this is the first. */
  readonly newer: string | undefined;
  /** The filters and the number of rows, as they were asked for. */
  readonly kept: URLSearchParams;
  /** A part of a sentence that says which agent tells, and why that may be old. */
  readonly told: string;
}

const HEADER = ["NODE", "ORDERED", "UNTIL", "STATE", "SAID AT", "IN WORDS"];

export function ordersPage({ cluster, page: { items, next }, newer, kept, told }: OrdersPageOptions): string {
  const at = (text: string, after: string): PageLink => linkTo(text, "orders", kept, after === "" ? {} : { after });
  return tablePageOf({
    cluster,
    title: "orders",
    lines: [
      `${items.length === 0 ? "No node is ordered anything" : "Orders in force, and outcomes of others"}, ${told}. What came of an order is known where the agent is a control node.`,
      "An order is a proposal, for people to sign: flor fabric propose order NODE report.",
    ],
    header: HEADER,
    rows: items.map(rowOf),
    links: [
      { text: "console", href: "./" },
      ...(newer === undefined ? [] : [at("before", newer)]),
      ...(next === null ? [] : [at("after", next)]),
    ],
  });
}

function rowOf({ node, action, record, outcome }: OrderResource): readonly string[] {
  const { state, at, code, text } = outcome ?? { state: "not told", at: "", code: null, text: "" };
  return [node, action, record?.expires ?? "it has ended", state, at, code === null ? text : `${code}: ${text}`];
}
