import {
  AdvancingCounts,
  FORWARDING_DROP_NAMES,
  type LinkCounters,
  type TransitLimit,
  ALL_LINKS,
  LABEL_MAX,
  type LabelTable,
  SHARE_MAX,
  slotOf,
  TRAFFIC_CLASS_NAMES,
} from "@florenetes/forwarding";
import type { TransitClassCounts, TransitReport } from "@florenetes/portal-api";
import type { OfferedTable } from "./offered-table.ts";
import { type ReportedLink, ReportedLinks } from "./reported-links.ts";

const CAUSES = FORWARDING_DROP_NAMES.length;
const CLASSES = TRAFFIC_CLASS_NAMES.length;
/** More numbers than `ReportedLinks` gives. */
const LINKS = 0x100000;
/** More than `ReportedLinks` gives, and so few that a pair, a share and a class make one number. */
const SHARED_LINKS = 0x4000;
const SHARES: number = SHARE_MAX + 1;
const LABELS: number = LABEL_MAX + 1;

/** The counts of this vertex's forwarding. */
export interface Counted {
  readonly table: LabelTable;
  readonly limit: TransitLimit;
  readonly links: LinkCounters;
}

/**
 * Adds the counts of one portal's link vertex, for packets that it forwards by itself, to those of this vertex's forwarding. Counts stay
 * when the link vertex is restarted.
 */
export class OffloadedCounts {
  #counted: Counted;
  readonly #links = new ReportedLinks();
  readonly #forwarded = new AdvancingCounts();
  /** By link, and by cause within a link. */
  readonly #drops = new AdvancingCounts();
  readonly #passed = new AdvancingCounts();
  readonly #limited = new AdvancingCounts();
  /** By pair, and by class within a pair: of permits for no share. */
  readonly #classes = newClasses();
  /** Counts of permits for shares, likewise. */
  readonly #shares = newClasses();
  /** By in-link, or `ALL_LINKS`, and by label within one. */
  readonly #labels = new AdvancingCounts();

  /** @param offered The table of the link vertex; undefined: it has none yet. */
  constructor(counted: Counted, offered: OfferedTable | undefined) {
    this.#counted = counted;
    if (offered !== undefined) this.#handleLinks(offered);
  }

  /** Another table replaces the former one; undefined: the link vertex still has none. */
  handleTable(counted: Counted, offered: OfferedTable | undefined): void {
    this.#counted = counted;
    if (offered === undefined) return;
    this.#handleLinks(offered);
    // The link vertex counts from 0 again for an entry that is removed and comes again.
    const rows = new Set([...offered.entries()].map(({ inLink, label }) => rowOf(inLink, label)));
    this.#labels.retain((row) => rows.has(row));
    // So it does for shares.
    const shares = new Set(offered.shares().map(({ link, outLink, share }) => this.#shareRow(link, outLink, share, 0)));
    for (const counts of Object.values(this.#shares)) counts.retain((row) => shares.has(row - (row % CLASSES)));
  }

  #handleLinks(offered: OfferedTable): void {
    const forgotten = this.#links.handleTable(offered);
    if (forgotten.size === 0) return;
    this.#forwarded.retain((number) => !forgotten.has(number));
    this.#drops.retain((row) => !forgotten.has(Math.floor(row / CAUSES)));
    for (const pairs of [this.#passed, this.#limited]) {
      pairs.retain((row) => !forgotten.has(Math.floor(row / LINKS)) && !forgotten.has(row % LINKS));
    }
    for (const counts of Object.values(this.#classes)) {
      counts.retain((row) => {
        const [inLink, outLink] = [Math.floor(row / CLASSES / LINKS), Math.floor(row / CLASSES) % LINKS];
        return !forgotten.has(inLink) && !forgotten.has(outLink);
      });
    }
  }

  /** @param instance Identifies the run of the link vertex that reports: after a restart it counts from 0 again. */
  handleReport(instance: string, { links, pairs, labels, classes }: TransitReport): void {
    const byClass = [...Object.values(this.#classes), ...Object.values(this.#shares)];
    for (const counts of [this.#forwarded, this.#drops, this.#passed, this.#limited, this.#labels, ...byClass]) {
      counts.handleInstance(instance);
    }
    const { table, limit, links: counters } = this.#counted;
    for (const { link: reported, packetsForwarded, drops } of links) {
      const reportedLink = this.#links.of(reported);
      if (reportedLink === undefined) continue;
      const { link, number } = reportedLink;
      counters.packetsForwarded[slotOf(link)]! += this.#forwarded.advance(number, packetsForwarded);
      for (const { cause: name, packets, label } of drops) {
        const cause = FORWARDING_DROP_NAMES.indexOf(name);
        if (cause > 0)
          counters.countDrops(slotOf(link), cause, this.#drops.advance(number * CAUSES + cause, packets), label);
      }
    }
    for (const { link: reportedIn, outLink: reportedOut, packetsPassed, packetsLimited } of pairs) {
      const [inLink, outLink] = [this.#links.of(reportedIn), this.#links.of(reportedOut)];
      if (inLink === undefined || outLink === undefined) continue;
      const pair = table.pairOf(inLink.link, outLink.link);
      if (pair === -1) continue;
      const row = inLink.number * LINKS + outLink.number;
      limit.packetsPassed[pair]! += this.#passed.advance(row, packetsPassed);
      limit.packetsDropped[pair]! += this.#limited.advance(row, packetsLimited);
    }
    for (const row of classes) this.#handleClass(row);
    for (const { link: reported, label, packets } of labels) {
      const row = table.rowOf(this.#links.of(reported)?.link ?? -1, label);
      if (row === -1) continue;
      const { inLink } = table.entry(row);
      table.countFor(row, this.#labels.advance(rowOf(inLink, label), packets));
    }
  }

  #handleClass({ link, outLink: out, share, trafficClass, packets, bytes, packetsDenied }: TransitClassCounts): void {
    const { table, limit } = this.#counted;
    const [inLink, outLink] = [this.#links.of(link), this.#links.of(out)];
    if (inLink === undefined || outLink === undefined || trafficClass >= CLASSES) return;
    const pair = table.pairOf(inLink.link, outLink.link);
    if (pair === -1) return;
    const [counts, row, bucket] =
      share === 0
        ? [this.#classes, this.#classRow(inLink, outLink, trafficClass), limit.openPermit(pair)]
        : [this.#shares, this.#shareRow(link, out, share, trafficClass), table.shares.get(pair, share)];
    if (bucket === undefined || row === undefined) return;
    bucket.packets[trafficClass]! += counts.packets.advance(row, packets);
    bucket.bytes[trafficClass]! += counts.bytes.advance(row, bytes);
    bucket.denied[trafficClass]! += counts.denied.advance(row, packetsDenied);
  }

  #classRow(inLink: ReportedLink, outLink: ReportedLink, trafficClass: number): number {
    return (inLink.number * LINKS + outLink.number) * CLASSES + trafficClass;
  }

  /** @param link The table's number of a link, as is `outLink`. */
  #shareRow(link: number, outLink: number, share: number, trafficClass: number): number | undefined {
    const [from, to] = [this.#links.of(link), this.#links.of(outLink)];
    if (from === undefined || to === undefined) return undefined;
    return ((from.number * SHARED_LINKS + to.number) * SHARES + share) * CLASSES + trafficClass;
  }
}

function newClasses(): Readonly<Record<"packets" | "bytes" | "denied", AdvancingCounts>> {
  return { packets: new AdvancingCounts(), bytes: new AdvancingCounts(), denied: new AdvancingCounts() };
}

/** Makes one number of an in-link, or `ALL_LINKS`, and a label. */
function rowOf(inLink: number, label: number): number {
  return (inLink - ALL_LINKS) * LABELS + label;
}
