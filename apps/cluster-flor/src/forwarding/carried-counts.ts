import type { NativeClusterFigures } from "@florenetes/data-plane";

type CarriedLink = Pick<
  NativeClusterFigures["links"][number],
  "packetsForwarded" | "packetsDelivered" | "drops" | "droppedLabels" | "labelsGuessed"
>;

/** Packets that the data thread has forwarded, delivered and dropped since it began. Drops are by cause, from the first one on. */
export interface CarriedFigures extends Pick<
  NativeClusterFigures,
  "ownDrops" | "pairs" | "permits" | "exchanged" | "entries"
> {
  readonly links: readonly (CarriedLink & { readonly link: number })[];
}

type CarriedPair = Pick<CarriedFigures["pairs"][number], "packetsPassed" | "packetsDropped">;

const noLink: CarriedLink = {
  packetsForwarded: 0,
  packetsDelivered: 0,
  drops: [],
  droppedLabels: [],
  labelsGuessed: 0,
};
const noFigures: CarriedFigures = {
  links: [],
  pairs: [],
  permits: [],
  exchanged: [],
  entries: new Float64Array(0),
  ownDrops: [],
};
const noPair: CarriedPair = { packetsPassed: 0, packetsDropped: 0 };

/** The data thread's part of what forwarding has counted, by its last report. */
export class CarriedCounts {
  #figures: CarriedFigures = noFigures;
  #links = new Map<number, CarriedLink>();
  /** Made on the first question: figures come once a second, and there may be many pairs. */
  #pairs: Map<string, CarriedPair> | undefined;
  #permits: Map<string, CarriedFigures["permits"]> | undefined;
  #exchanged: Map<number, CarriedFigures["exchanged"]> | undefined;
  #entries: Map<string, number> | undefined;

  handleFigures(figures: CarriedFigures): void {
    this.#figures = figures;
    this.#links = new Map(figures.links.map((link) => [link.link, link]));
    this.#pairs = undefined;
    this.#permits = undefined;
    this.#exchanged = undefined;
    this.#entries = undefined;
  }

  link(link: number): CarriedLink {
    return this.#links.get(link) ?? noLink;
  }

  pair(inLink: number, outLink: number): CarriedPair {
    this.#pairs ??= new Map(this.#figures.pairs.map((pair) => [keyOf(pair.inLink, pair.outLink), pair]));
    return this.#pairs.get(keyOf(inLink, outLink)) ?? noPair;
  }

  /** Counts of the permits of a pair of links for a share, by class. A class of which no packet has come is left out. */
  permit(inLink: number, outLink: number, share: number): readonly CarriedFigures["permits"][number][] {
    const key = (from: number, to: number, whose: number): string => `${keyOf(from, to)} ${whose}`;
    this.#permits ??= Map.groupBy(this.#figures.permits, (row) => key(row.inLink, row.outLink, row.share));
    return this.#permits.get(key(inLink, outLink, share)) ?? [];
  }

  /** Counts of this vertex's own packets over a link, by share and class. */
  exchangedOf(link: number): readonly Omit<CarriedFigures["exchanged"][number], "link">[] {
    this.#exchanged ??= Map.groupBy(this.#figures.exchanged, (row) => row.link);
    return this.#exchanged.get(link) ?? [];
  }

  /** @param inLink `ALL_LINKS`: the entry holds for all in-links. */
  packetsOf(inLink: number, label: number): number {
    this.#entries ??= entriesByKey(this.#figures.entries);
    return this.#entries.get(keyOf(inLink, label)) ?? 0;
  }

  /** Adds the drops of a link's packets, or without a link those of this vertex's own packets, to counts by cause. Cause 0 is none. */
  addDrops(counts: Float64Array, link?: number): Float64Array {
    const drops = link === undefined ? this.#figures.ownDrops : this.link(link).drops;
    for (const [index, count] of drops.entries()) counts[index + 1]! += count;
    return counts;
  }

  /** Overwrites labels, which are by cause from 0 on, with those by which the data thread has dropped packets of the link lately. */
  replaceLabels(labels: Uint32Array, link: number): Uint32Array {
    for (const [index, label] of this.link(link).droppedLabels.entries()) if (label !== 0) labels[index + 1] = label;
    return labels;
  }
}

function entriesByKey(entries: Float64Array): Map<string, number> {
  const packets = new Map<string, number>();
  for (let at = 0; at + 2 < entries.length; at += 3)
    packets.set(keyOf(entries[at]!, entries[at + 1]!), entries[at + 2]!);
  return packets;
}

function keyOf(inLink: number, other: number): string {
  return `${inLink} ${other}`;
}
