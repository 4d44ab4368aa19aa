import type { LinkKey } from "@florenetes/portal-api";
import type { OfferedTable } from "./offered-table.ts";

/** A link that a report is about. */
export interface ReportedLink {
  /** Its number in the config. */
  readonly link: number;
  /** The number by which its counts are known. */
  readonly number: number;
}

/**
 * The links of one portal as reports number them. A link vertex counts by peer and tag for as long as it runs, even if the link is not wanted
 * for a time: so each peer and tag has a number of its own here, whatever number the link has in the config.
 */
export class ReportedLinks {
  readonly #numbers = new Map<string, number>();
  #links: readonly ReportedLink[] = [];

  /** The link vertex is offered this table: its reports name links by the table's numbers. */
  handleTable({ links, keys }: Pick<OfferedTable, "links" | "keys">): void {
    this.#links = links.map((link, at) => ({ link, number: this.#numberOf(keys[at]!) }));
  }

  of(reported: number): ReportedLink | undefined {
    return this.#links[reported];
  }

  #numberOf({ peer, tag }: LinkKey): number {
    const key = JSON.stringify([peer, tag]);
    const number = this.#numbers.get(key) ?? this.#numbers.size;
    this.#numbers.set(key, number);
    return number;
  }
}
