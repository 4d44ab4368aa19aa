import { AdvancingCounts, FORWARDING_DROP_NAMES, type LinkCounters, type TransitLimit } from "@florenetes/forwarding";
import type { LabelTable } from "@florenetes/labels";
import type { TransitReport } from "@florenetes/portal-api";

const CAUSES = FORWARDING_DROP_NAMES.length;

/** The counts of this vertex's forwarding. */
interface Counted {
  readonly table: LabelTable;
  readonly limit: TransitLimit;
  readonly links: LinkCounters;
}

/**
 * Adds what the link vertex of one portal has forwarded to what this vertex has: from there on both are one. What was counted stays
 * when the link vertex is restarted.
 */
export class OffloadedCounts {
  readonly #counted: Counted;
  /** Indices of the portal's links in the config, by their numbers in reports. */
  readonly #numbers: readonly number[];
  readonly #forwarded = new AdvancingCounts();
  /** By link, and by cause within a link. */
  readonly #drops = new AdvancingCounts();
  readonly #passed = new AdvancingCounts();
  readonly #limited = new AdvancingCounts();
  readonly #labels = new AdvancingCounts();

  constructor(counted: Counted, links: readonly number[]) {
    this.#counted = counted;
    this.#numbers = links;
  }

  /** @param instance The life of the link vertex that tells. */
  handleReport(instance: string, { links, pairs, labels }: TransitReport): void {
    for (const counts of [this.#forwarded, this.#drops, this.#passed, this.#limited, this.#labels]) {
      counts.handleInstance(instance);
    }
    const { table, limit, links: counters } = this.#counted;
    for (const { link: number, packetsForwarded, drops } of links) {
      const link = this.#numbers[number];
      if (link === undefined) continue;
      counters.packetsForwarded[link]! += this.#forwarded.advance(link, packetsForwarded);
      for (const { cause: name, packets, label } of drops) {
        const cause = FORWARDING_DROP_NAMES.indexOf(name);
        if (cause > 0) counters.countDrops(link, cause, this.#drops.advance(link * CAUSES + cause, packets), label);
      }
    }
    for (const { link, outLink, packetsPassed, packetsLimited } of pairs) {
      const pair = table.pairOf(this.#numbers[link] ?? -1, this.#numbers[outLink] ?? -1);
      if (pair === -1) continue;
      limit.packetsPassed[pair]! += this.#passed.advance(pair, packetsPassed);
      limit.packetsDropped[pair]! += this.#limited.advance(pair, packetsLimited);
    }
    for (const { link, label, packets } of labels) {
      const row = table.rowOf(this.#numbers[link] ?? -1, label);
      if (row !== -1) table.countFor(row, this.#labels.advance(row, packets));
    }
  }
}
