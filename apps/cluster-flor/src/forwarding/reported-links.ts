import { type LinkKey, LINKS_MAX } from "@florenetes/portal-api";
import type { OfferedTable } from "./offered-table.ts";

/** A link that a report is about. */
export interface ReportedLink {
  /** Its number in the config. */
  readonly link: number;
  /** The number by which its counts are known. */
  readonly number: number;
}

/**
 * The links of one portal as reports number them. A link vertex counts by peer and tag, even if the link is not wanted for a time: so each peer
 * and tag has a number of its own here, whatever number the link has in the config. A link vertex keeps the counts of so many links and no
 * more (docs/protocol/portal-api.md), so the links that were in a table longest ago are forgotten here, too, and their numbers are used again.
 */
export class ReportedLinks {
  /** By peer and tag; what was in a table last is last. */
  readonly #numbers = new Map<string, number>();
  readonly #free: number[] = [];
  #links: readonly ReportedLink[] = [];

  /**
   * The link vertex is offered this table: its reports name links by the table's numbers.
   *
   * @returns The numbers that other links may have from the next table on: their counts begin anew.
   */
  handleTable({ links, keys }: Pick<OfferedTable, "links" | "keys">): ReadonlySet<number> {
    this.#links = links.map((link, at) => ({ link, number: this.#numberOf(keys[at]!) }));
    const forgotten = new Set<number>();
    for (const [key, number] of this.#numbers) {
      if (this.#numbers.size <= this.#links.length + LINKS_MAX) break;
      this.#numbers.delete(key);
      this.#free.push(number);
      forgotten.add(number);
    }
    return forgotten;
  }

  of(reported: number): ReportedLink | undefined {
    return this.#links[reported];
  }

  #numberOf({ peer, tag }: LinkKey): number {
    const key = JSON.stringify([peer, tag]);
    const number = this.#numbers.get(key) ?? this.#free.pop() ?? this.#numbers.size;
    this.#numbers.delete(key);
    this.#numbers.set(key, number);
    return number;
  }
}
