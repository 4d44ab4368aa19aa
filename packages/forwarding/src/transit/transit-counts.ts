import { grown } from "../labels/grown.ts";
import { LinkCounters } from "./link-counters.ts";

/** The counts of what a link vertex has forwarded by itself, by the slots of links. */
export class TransitCounts {
  /** Packets in all. */
  decided = 0;
  /** By in-link. */
  readonly links: LinkCounters = new LinkCounters(0);
  bytesIn: Float64Array = new Float64Array(0);
  /** By out-link: what it took, and the packets for which it was down. */
  packetsOut: Float64Array = new Float64Array(0);
  bytesOut: Float64Array = new Float64Array(0);
  packetsRefused: Float64Array = new Float64Array(0);

  /** Another link has the slot. */
  reset(slot: number): void {
    this.links.reset(slot);
    for (const counts of [this.bytesIn, this.packetsOut, this.bytesOut, this.packetsRefused]) counts[slot] = 0;
  }

  /** Makes room for so many slots. */
  grow(links: number): void {
    if (links <= this.bytesIn.length) return;
    const rows = Math.max(links, 2 * this.bytesIn.length);
    this.links.grow(rows);
    this.bytesIn = grown(this.bytesIn, rows);
    this.packetsOut = grown(this.packetsOut, rows);
    this.bytesOut = grown(this.bytesOut, rows);
    this.packetsRefused = grown(this.packetsRefused, rows);
  }
}
