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
 * The links of one portal as reports number them. A link vertex counts by peer and tag for as long as it lives, also over a time in which
 * nobody wants the link: so each peer and tag has a number of its own here, whatever number the link has.
 */
export class ReportedLinks {
  readonly #numbers = new Map<string, number>();
  #links: readonly ReportedLink[] = [];

  /** The link vertex is offered this table: its reports are by its numbers. */
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
