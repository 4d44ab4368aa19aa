import { FORWARDING_DROP_NAMES } from "./drops.ts";
import { grown } from "./grown.ts";

const CAUSES = FORWARDING_DROP_NAMES.length;

/** Counts the packets of each in-link by what forwarding did with them, every packet once: forwarded is what the out-link took. */
export class LinkCounters {
  packetsForwarded: Float64Array;
  packetsDelivered: Float64Array;
  /** Counts of dropped packets, ordered by link, and by cause within a link. */
  #drops: Float64Array;
  /** A label for each: that of one of them. */
  #labels: Uint32Array;

  constructor(links: number) {
    this.packetsForwarded = new Float64Array(links);
    this.packetsDelivered = new Float64Array(links);
    this.#drops = new Float64Array(links * CAUSES);
    this.#labels = new Uint32Array(links * CAUSES);
  }

  /** There are so many links now. */
  grow(links: number): void {
    this.packetsForwarded = grown(this.packetsForwarded, links);
    this.packetsDelivered = grown(this.packetsDelivered, links);
    this.#drops = grown(this.#drops, links * CAUSES);
    this.#labels = grown(this.#labels, links * CAUSES);
  }

  /** @param label The one by which one of them was dropped; 0: that is not known. */
  countDrops(link: number, cause: number, packets: number, label: number): void {
    this.#drops[link * CAUSES + cause]! += packets;
    if (label !== 0) this.#labels[link * CAUSES + cause] = label;
  }

  /** Drops of a link's packets, by cause. */
  dropsOf(link: number): Float64Array {
    return this.#drops.subarray(link * CAUSES, (link + 1) * CAUSES);
  }

  /** The label by which one of a link's packets was dropped lately, by cause; 0: none is known. */
  labelsOf(link: number): Uint32Array {
    return this.#labels.subarray(link * CAUSES, (link + 1) * CAUSES);
  }
}
