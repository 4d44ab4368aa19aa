import {
  checkHeader,
  DropCause,
  labelCountOf,
  shareOf,
  slotOf,
  TRAFFIC_CLASS_NAMES,
  trafficClassAt,
  trafficClassOf,
} from "@florenetes/forwarding";
import { SHARES_PER_LINK_MAX } from "./limits.ts";

const CLASSES = TRAFFIC_CLASS_NAMES.length;
/** More than the bits of the index of a row. */
const ROW_BITS = 16;
const ROW_MASK: number = (1 << ROW_BITS) - 1;

/** A vertex's own packets of one share over a link, by class: whole mesh packets, with their headers. */
export class ShareCounts {
  share: number;
  /** Packets that the link took. */
  readonly sentPackets: Float64Array = new Float64Array(CLASSES);
  readonly sentBytes: Float64Array = new Float64Array(CLASSES);
  /** Packets that came over the link and were delivered here. */
  readonly packets: Float64Array = new Float64Array(CLASSES);
  readonly bytes: Float64Array = new Float64Array(CLASSES);

  constructor(share: number) {
    this.share = share;
  }

  /** Begins anew for another share. */
  reset(share: number): void {
    this.share = share;
    for (const counts of [this.sentPackets, this.sentBytes, this.packets, this.bytes]) counts.fill(0);
  }
}

/**
 * A vertex's own packets over one link. Neighbours write the shares of the packets that come: so there is room for some shares, and another one
 * takes the place of the one that was used longest ago. Packets of no share have a place of their own.
 */
class LinkShares {
  readonly link: number;
  readonly #none = new ShareCounts(0);
  readonly #rows: ShareCounts[] = [];
  /** A place for each row, the last one that was used first: the share, and the row's index below that. */
  readonly #places = new Uint32Array(SHARES_PER_LINK_MAX);

  constructor(link: number) {
    this.link = link;
  }

  get all(): readonly ShareCounts[] {
    return [this.#none, ...this.#rows];
  }

  of(share: number): ShareCounts {
    if (share === 0) return this.#none;
    const first = this.#places[0]!;
    return this.#rows[(first >>> ROW_BITS === share ? first : this.#moveToFront(share)) & ROW_MASK]!;
  }

  /** Puts the place of a share before all others, and returns it. A new share takes the last one where there is no room. */
  #moveToFront(share: number): number {
    const places = this.#places;
    const rows = this.#rows;
    // Places move back by one, up to that of the share.
    let moving = places[0]!;
    for (let at = 1; at < rows.length; at++) {
      const place = places[at]!;
      places[at] = moving;
      if (place >>> ROW_BITS === share) return (places[0] = place);
      moving = place;
    }
    if (rows.length === SHARES_PER_LINK_MAX) {
      rows[moving & ROW_MASK]!.reset(share);
      return (places[0] = (share << ROW_BITS) | (moving & ROW_MASK));
    }
    places[rows.length] = moving;
    return (places[0] = (share << ROW_BITS) | (rows.push(new ShareCounts(share)) - 1));
  }
}

/** A vertex's own packets, by link, share and class. Counts of a link go when another link has the slot. */
export class ExchangedShares {
  /** By slot; undefined: no packet has come or gone. */
  readonly #links: (LinkShares | undefined)[] = [];

  /** Counts `packet[start, end)`, which the link took, by the share in its first word: the next vertex reads that. */
  countSent(link: number, packet: Uint8Array, start: number, end: number): void {
    const share = checkHeader(packet, start, end) === DropCause.none ? shareOf(packet, start, 0) : 0;
    const counts = this.#of(link).of(share);
    const trafficClass = trafficClassOf(packet, start, end);
    counts.sentPackets[trafficClass]!++;
    counts.sentBytes[trafficClass]! += end - start;
  }

  /** Counts `packet[start, end)`, which came over the link and is delivered here, by the share in its last word. */
  countDelivered(link: number, packet: Uint8Array, start: number, end: number): void {
    const counts = this.#of(link).of(shareOf(packet, start, labelCountOf(packet, start) - 1));
    const trafficClass = trafficClassAt(packet, start);
    counts.packets[trafficClass]!++;
    counts.bytes[trafficClass]! += end - start;
  }

  /** The counts of a link, at most `SHARES_PER_LINK_MAX` beside those of no share. */
  sharesOf(link: number): readonly ShareCounts[] {
    const shares = this.#links[slotOf(link)];
    return shares?.link === link ? shares.all : [];
  }

  #of(link: number): LinkShares {
    const slot = slotOf(link);
    // No holes: a list with holes is looked up like a dictionary.
    while (this.#links.length <= slot) this.#links.push(undefined);
    const shares = this.#links[slot];
    return shares?.link === link ? shares : (this.#links[slot] = new LinkShares(link));
  }
}
