/** The files of a simulated node: what its agent has kept over a restart. */
import type { Cursor, Mark, StoredRow } from "@florenetes/facts";
import type { FeedCursors } from "@florenetes/feed";
import type { AgentOrder } from "../../src/agent/agent-orders.ts";
import type { KeptState } from "../../src/agent/agent.ts";
import type { KeptRow } from "../../src/agent/kept-row.ts";
import type { KeptPapers } from "../../src/agent/plan/host-papers.ts";
import type { KeptRoutes } from "../../src/agent/routes/kept-routes.ts";

type Rows = ReadonlyMap<string, string>;

/** Orders by which an agent keeps something. */
export type KeepOrder = Extract<
  AgentOrder,
  { readonly kind: "store" | "keep" | "keep-routes" | "keep-leases" | "keep-usage" | "keep-outcomes" | "keep-links" }
>;

export class SimState {
  /** Leases and permits that are kept over a restart. */
  routes: KeptRoutes = { leases: [], permits: [] };
  /** Marks of the orders that were taken. */
  orders: string | undefined;
  /** Rows of a coordinator, by their names. */
  readonly leases = new Map<string, string>();
  readonly #rows = new Map<string, StoredRow>();
  readonly #cursors = new Map<string, Map<string, Cursor>>();
  readonly #usage = new Map<string, string>();
  readonly #outcomes = new Map<string, string>();
  readonly #links = new Map<string, string>();
  #sequence = 0;
  #marks: ReadonlyMap<string, Mark> = new Map();
  #ran: ReadonlyMap<string, number> = new Map();
  #papers: Readonly<Record<string, KeptPapers>> = {};

  /** The state that the next life of the agent finds. */
  read(): KeptState {
    const cursors = [...this.#cursors].map(([peer, all]): [string, FeedCursors] => {
      const list = [...all.values()];
      return [
        peer,
        { databaseId: list[0]!.database, cursors: list.map(({ section, sequence }) => ({ section, sequence })) },
      ];
    });
    return {
      rows: [...this.#rows.values()].toSorted((a, b) => a.sequence - b.sequence),
      lastSequence: this.#sequence,
      marks: this.#marks,
      ran: this.#ran,
      cursors: new Map(cursors),
      papers: this.#papers,
      routes: this.routes,
      leases: listed(this.leases),
      usage: listed(this.#usage),
      orders: this.orders,
      outcomes: listed(this.#outcomes),
      links: listed(this.#links),
    };
  }

  perform(order: KeepOrder): void {
    switch (order.kind) {
      case "store":
        return this.#store(order);
      case "keep-leases":
        return put(this.leases, order.rows);
      case "keep-usage":
        return put(this.#usage, order.rows);
      case "keep-outcomes":
        return put(this.#outcomes, order.rows);
      case "keep-links":
        return put(this.#links, order.rows);
      case "keep-routes":
        this.routes = order.routes;
        return undefined;
      case "keep":
        this.#papers = order.papers;
    }
  }

  #store({ changes: { rows = [], cursors = [], marks, ran } }: Extract<KeepOrder, { kind: "store" }>): void {
    for (const change of rows) {
      if (change.kind === "drop") this.#rows.delete(change.id);
      else this.#rows.set(change.id, { ...change, sequence: ++this.#sequence });
    }
    for (const cursor of cursors) {
      const all = this.#cursors.get(cursor.peer) ?? new Map<string, Cursor>();
      if ([...all.values()].some(({ database }) => database !== cursor.database)) all.clear();
      this.#cursors.set(cursor.peer, all.set(cursor.section, cursor));
    }
    if (marks !== undefined) this.#marks = marks;
    if (ran !== undefined) this.#ran = ran;
  }
}

function put(kept: Map<string, string>, rows: readonly KeptRow[]): void {
  for (const { name, text } of rows) {
    if (text === undefined) kept.delete(name);
    else kept.set(name, text);
  }
}

function listed(rows: Rows): KeptState["leases"] {
  return [...rows].map(([name, text]) => ({ name, text }));
}
