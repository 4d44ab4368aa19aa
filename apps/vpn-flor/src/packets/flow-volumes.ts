import { FLOW_PLACES, FLOWS_COUNTED } from "./limits.ts";

/** Bytes of IP packets within one window that make a flow bulk, unless the config says otherwise: 6.4 Mbit/s. A terminal or a call by voice sends a hundredth of it. */
export const BULK_BYTES = 8_000_000;
/** Milliseconds of such a window, which begins with a packet: most pages are loaded by its end, and most downloads are not. */
export const BULK_WINDOW = 10_000;
/** Milliseconds without a packet after which a flow is bulk no more: transfers seldom stall for so long. */
export const BULK_REST = 10_000;

/**
 * Finds the flows that send much. Windows of one flow do not overlap, so that a flow which sends twice `bulkBytes` within any
 * `BULK_WINDOW` is found for certain, and one that sends less than `bulkBytes` in each is never found.
 *
 * Flows are known by their hash alone: two with the same one are counted as one. Of the flows that share their places the one that was
 * silent for longest is forgotten first, and begins anew when it is heard again.
 */
export class FlowVolumes {
  readonly #hashes = new Uint32Array(FLOWS_COUNTED);
  readonly #bytes = new Uint32Array(FLOWS_COUNTED);
  readonly #windowsAt = new Float64Array(FLOWS_COUNTED);
  /** The time of the last packet; a place that no flow has had yet is silent since ever. */
  readonly #heardAt = new Float64Array(FLOWS_COUNTED).fill(-Infinity);

  /**
   * Counts a packet, and says whether its flow is bulk.
   *
   * @param hash 32 bits, unsigned, that are spread well
   * @param size Bytes
   * @param now Monotonic milliseconds
   * @param bulkBytes Bytes within one window that make a flow bulk, at most 2^31; Infinity: none is
   */
  count(hash: number, size: number, now: number, bulkBytes: number): boolean {
    const place = this.#placeOf(hash);
    const isNew = this.#hashes[place] !== hash || now - this.#heardAt[place]! >= BULK_REST;
    this.#hashes[place] = hash;
    this.#heardAt[place] = now;
    if (!isNew && this.#bytes[place]! >= bulkBytes) return true;
    if (isNew || now - this.#windowsAt[place]! >= BULK_WINDOW) {
      this.#windowsAt[place] = now;
      this.#bytes[place] = 0;
    }
    this.#bytes[place]! += size;
    return this.#bytes[place]! >= bulkBytes;
  }

  /** The place that a flow has, or else takes. */
  #placeOf(hash: number): number {
    let silent = hash % FLOWS_COUNTED;
    for (let offset = 0; offset < FLOW_PLACES; offset++) {
      const place = (hash + offset) % FLOWS_COUNTED;
      if (this.#hashes[place] === hash) return place;
      if (this.#heardAt[place]! < this.#heardAt[silent]!) silent = place;
    }
    return silent;
  }
}
