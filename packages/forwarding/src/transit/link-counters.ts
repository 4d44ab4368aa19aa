import { FORWARDING_DROP_NAMES } from "./drops.ts";
import { grown } from "../labels/grown.ts";

const CAUSES = FORWARDING_DROP_NAMES.length;

/** Counts the packets of each in-link, by its slot, and by what forwarding did with them, every packet once: forwarded is what the out-link took. */
export class LinkCounters {
  packetsForwarded: Float64Array;
  packetsDelivered: Float64Array;
  /** Counts of dropped packets, ordered by link, and by cause within a link. */
  #drops: Float64Array;
  /** A label for each: that of one of them. */
  #labels: Uint32Array;

  /** @param slots Slots of links that there is room for. */
  constructor(slots: number) {
    this.packetsForwarded = new Float64Array(slots);
    this.packetsDelivered = new Float64Array(slots);
    this.#drops = new Float64Array(slots * CAUSES);
    this.#labels = new Uint32Array(slots * CAUSES);
  }

  /** Makes room for so many slots. */
  grow(slots: number): void {
    if (slots <= this.packetsForwarded.length) return;
    this.packetsForwarded = grown(this.packetsForwarded, slots);
    this.packetsDelivered = grown(this.packetsDelivered, slots);
    this.#drops = grown(this.#drops, slots * CAUSES);
    this.#labels = grown(this.#labels, slots * CAUSES);
  }

  /** Begins anew for another link in a slot. Returns the drops of the link that was there, by cause. */
  reset(slot: number): Float64Array {
    const drops = this.dropsOf(slot).slice();
    this.packetsForwarded[slot] = 0;
    this.packetsDelivered[slot] = 0;
    this.dropsOf(slot).fill(0);
    this.labelsOf(slot).fill(0);
    return drops;
  }

  /** @param label The one by which one of them was dropped; 0: that is not known. */
  countDrops(slot: number, cause: number, packets: number, label: number): void {
    this.#drops[slot * CAUSES + cause]! += packets;
    if (label !== 0) this.#labels[slot * CAUSES + cause] = label;
  }

  /** Drops of a link's packets, by cause. */
  dropsOf(slot: number): Float64Array {
    return this.#drops.subarray(slot * CAUSES, (slot + 1) * CAUSES);
  }

  /** The label by which one of a link's packets was dropped lately, by cause; 0: none is known. */
  labelsOf(slot: number): Uint32Array {
    return this.#labels.subarray(slot * CAUSES, (slot + 1) * CAUSES);
  }
}
