/** The store in which the coordinators of a fleet name leaders: one chain, of which an append that comes too late changes nothing. */
import { leaderLogName } from "@florenetes/fabric-flor/src/agent/leaders/leader-log.ts";
import type { LeaderOrder, LeaderResult } from "@florenetes/fabric-flor/src/agent/leaders/leader-orders.ts";
import { entriesAfter, type Entry, originOf } from "@florenetes/facts/log";

export class LeaderStore {
  readonly #entries: Entry[] = [];
  /** The store has no majority. */
  isAway = false;

  get length(): number {
    return this.#entries.length;
  }

  perform(order: Exclude<LeaderOrder, { kind: "grant" }>): LeaderResult {
    const head = this.#entries.at(-1) ?? originOf("demo", leaderLogName("north"));
    if (order.kind === "look") {
      const entries = this.#entries.slice(order.behind.index).map(({ octets }) => octets);
      return { kind: "looked", read: this.isAway ? undefined : { head, entries } };
    }
    if (!this.isAway && order.behind.hash === head.hash) this.#entries.push(...entriesAfter(head, [order.record]));
    return { kind: "appended" };
  }
}
