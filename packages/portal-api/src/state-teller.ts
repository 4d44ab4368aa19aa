import { LINKS_PER_MESSAGE_MAX, STATES_INTERVAL_MS, STATES_INTERVAL_MS_MIN } from "./limits.ts";
import type { LinkTable } from "./link-table.ts";
import type { PortalBody } from "./messages.ts";

/**
 * Tells the cluster vertex of an attachment the states of its links: news at once, and again until they are acknowledged. All three
 * are generations of the link table:
 *
 *     acknowledged ≤ told ≤ the table's
 *                  │      └─ news: due at once
 *                  └─ told and not acknowledged: in flight, or lost
 */
export class StateTeller {
  readonly #table: LinkTable;
  #acknowledged = 0n;
  #told = 0n;
  #toldAt = -Infinity;

  constructor(table: LinkTable) {
    this.#table = table;
  }

  /** The cluster vertex knows everything up to that generation. */
  handleAcknowledgement(generation: bigint, now: number): void {
    const known = generation < this.#told ? generation : this.#told;
    if (known > this.#acknowledged) this.#acknowledged = known;
    // A state that the cluster vertex does not know was lost, unless it is still in flight.
    if (now >= this.#toldAt + STATES_INTERVAL_MS_MIN) this.#told = this.#acknowledged;
  }

  /** The time from which there is something to tell; `-Infinity`: now, `Infinity`: nothing. */
  dueAt(): number {
    if (this.#told < this.#table.generation) return -Infinity;
    return this.#acknowledged < this.#told ? this.#toldAt + STATES_INTERVAL_MS : Infinity;
  }

  /** Makes the messages that are due. */
  tell(now: number): PortalBody[] {
    if (now < this.dueAt()) return [];
    const generation = this.#table.generation;
    let from = this.#told < generation ? this.#told : this.#acknowledged;
    const changed = this.#table.changedSince(from);
    const messages: PortalBody[] = [];
    for (let at = 0; at === 0 || at < changed.length; at += LINKS_PER_MESSAGE_MAX) {
      const links = changed.slice(at, at + LINKS_PER_MESSAGE_MAX);
      const isLast = at + LINKS_PER_MESSAGE_MAX >= changed.length;
      const to = isLast ? generation : links.at(-1)!.generation;
      messages.push({ kind: "link-states", from, to, links });
      from = to;
    }
    this.#told = generation;
    this.#toldAt = now;
    return messages;
  }
}
