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
  /** The last one that was used is first. */
  readonly #shares: ShareCounts[] = [];

  constructor(link: number) {
    this.link = link;
  }

  get all(): readonly ShareCounts[] {
    return [this.#none, ...this.#shares];
  }

  of(share: number): ShareCounts {
    if (share === 0) return this.#none;
    const shares = this.#shares;
    let at = 0;
    while (at < shares.length && shares[at]!.share !== share) at++;
    if (at === shares.length) at = this.#add(share);
    const counts = shares[at]!;
    if (at > 0) {
      shares.copyWithin(1, 0, at);
      shares[0] = counts;
    }
    return counts;
  }

  /** Makes a place for a share, and returns its index, which is the last one. */
  #add(share: number): number {
    if (this.#shares.length < SHARES_PER_LINK_MAX) return this.#shares.push(new ShareCounts(share)) - 1;
    const last = this.#shares.length - 1;
    this.#shares[last]!.reset(share);
    return last;
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
