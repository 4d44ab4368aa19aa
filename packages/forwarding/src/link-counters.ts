import { FORWARDING_DROP_NAMES } from "./drops.ts";

const CAUSES = FORWARDING_DROP_NAMES.length;

/** Counts the packets of each in-link by what forwarding did with them, every packet once: forwarded is what the out-link took. */
export class LinkCounters {
  readonly packetsForwarded: Float64Array;
  readonly packetsDelivered: Float64Array;
  /** Counts of dropped packets, ordered by link, and by cause within a link. */
  readonly #drops: Float64Array;

  constructor(links: number) {
    this.packetsForwarded = new Float64Array(links);
    this.packetsDelivered = new Float64Array(links);
    this.#drops = new Float64Array(links * CAUSES);
  }

  countDrops(link: number, cause: number, packets: number): void {
    this.#drops[link * CAUSES + cause]! += packets;
  }

  /** Drops of a link's packets, by cause. */
  dropsOf(link: number): Float64Array {
    return this.#drops.subarray(link * CAUSES, (link + 1) * CAUSES);
  }
}
