import { ALL_LINKS } from "../labels/label-entries.ts";
import type { PermitBucket } from "../labels/permit-bucket.ts";
import type { ShareRow } from "../labels/share-buckets.ts";
import { slotOf } from "../labels/slot-number.ts";
import { TRAFFIC_CLASS_NAMES } from "../labels/traffic-class.ts";
import {
  TRANSIT_ROWS_PER_REPORT,
  type TransitClassCounts,
  type TransitLabelCounts,
  type TransitLinkCounts,
  type TransitPairCounts,
  type TransitReport,
} from "@florenetes/portal-api";
import { FORWARDING_DROP_NAMES } from "./drops.ts";
import { TRANSIT_ROWS_PER_LOOK } from "./limits.ts";
import type { TransitCounts } from "./transit-counts.ts";
import type { TransitLimit } from "./transit-limit.ts";
import type { HandedTable, TransitTables } from "./transit-tables.ts";

const CLASSES = TRAFFIC_CLASS_NAMES.length;
/** A report names a link with all its counts: it weighs as much as so many other rows. */
const LINK_WEIGHT = 16;

export interface TransitReporterOptions {
  readonly tables: TransitTables;
  readonly limit: TransitLimit;
  readonly counts: TransitCounts;
}

/**
 * Counts of one kind, as far as they were told. For each counter a number stands for all that is told of it, and grows
 * with it.
 */
class Told {
  #known = new Float64Array(0);
  /** The index at which the next look begins. */
  at = 0;

  clear(): void {
    this.#known = new Float64Array(0);
    this.at = 0;
  }

  isNews(row: number, value: number): boolean {
    return value !== (this.#known[row] ?? 0);
  }

  set(row: number, value: number): void {
    if (row >= this.#known.length) {
      const larger = new Float64Array(2 * (row + 1));
      larger.set(this.#known);
      this.#known = larger;
    }
    this.#known[row] = value;
  }
}

/** A report that is under way: what will be known when it is taken. */
interface Sent {
  readonly number: number;
  readonly rows: (readonly [told: Told, row: number, value: number])[];
  isAll: boolean;
}

/**
 * Tells the cluster vertex what was counted, as absolute numbers: those that it does not know, a bounded number at a time. What a report told is
 * known when it is taken; until then the next one tells it again. The packet path has no part in it: counts are compared with what is known.
 */
export class TransitReporter {
  readonly #options: TransitReporterOptions;
  readonly #links = new Told();
  readonly #pairs = new Told();
  readonly #labels = new Told();
  /** By pair, and by class within a pair: what came for permits for no share. */
  readonly #classes = new Told();
  /** By the number of a share of a pair, and by class within one. */
  readonly #shares = new Told();
  /** How many shares were given up by the last look: their numbers may be others' now. */
  #released = 0;
  #number = 0;
  #sent: Sent | undefined;
  /** The cluster vertex's numbers of our links by their slots, where its table has them. */
  #numbers: (number | undefined)[] = [];
  /** How many rows were looked at since one was news, and the packets that were decided about by then. */
  #quietRows = 0;
  #decided = 0;

  constructor(options: TransitReporterOptions) {
    this.#options = options;
  }

  /** Whoever is attached now knows nothing. */
  handleAttached(): void {
    this.#forget();
    const { current } = this.#options.tables;
    if (current !== undefined) this.handleTable(current);
  }

  /** Another table holds now. Its owner may have thrown away what was told of another one. */
  handleTable({ links }: HandedTable): void {
    this.#forget();
    this.#numbers = [];
    for (const [number, link] of links.entries()) this.#numbers[slotOf(link)] = number;
  }

  /** Other pairs may have these numbers, and count from 0. */
  handlePairsReleased(pairs: readonly number[]): void {
    for (const pair of pairs) {
      this.#pairs.set(pair, 0);
      for (let row = pair * CLASSES; row < (pair + 1) * CLASSES; row++) {
        if (this.#classes.isNews(row, 0)) this.#classes.set(row, 0);
      }
    }
    if (this.#sent !== undefined) this.#sent = { ...this.#sent, number: 0 };
  }

  #forgetShares(released: number): void {
    this.#released = released;
    this.#shares.clear();
    this.#quietRows = 0;
    if (this.#sent !== undefined) this.#sent = { ...this.#sent, number: 0 };
  }

  #forget(): void {
    this.#sent = undefined;
    this.#quietRows = 0;
    for (const told of [this.#links, this.#pairs, this.#labels, this.#classes, this.#shares]) told.clear();
  }

  /** True: there is more to tell. */
  handleTaken(number: number): boolean {
    const sent = this.#sent;
    if (sent?.number !== number) return false;
    for (const [told, row, value] of sent.rows) told.set(row, value);
    this.#sent = undefined;
    return !sent.isAll;
  }

  /** @param generation That of the table that holds, by whose numbers links go. */
  poll(generation: number): TransitReport | undefined {
    const table = this.#options.tables.current!;
    const { limit } = this.#options;
    const { all } = this.#options.tables.pairs;
    const { counts, shares } = this.#options.tables;
    if (this.#released !== shares.released) this.#forgetShares(shares.released);
    const classRows = (limit.permits + shares.rows.length) * CLASSES;
    if (this.#isQuiet(this.#numbers.length + all.length + counts.size + classRows)) return undefined;
    // A link that was added later.
    for (let at = table.links.length - 1; at >= 0 && this.#numberOf(table, table.links[at]!) === undefined; at--) {
      this.#numbers[slotOf(table.links[at]!)] = at;
    }
    const sent: Sent = { number: this.#number + 1, rows: [], isAll: true };
    const links: TransitLinkCounts[] = [];
    const pairs: TransitPairCounts[] = [];
    const labels: TransitLabelCounts[] = [];
    const classes: TransitClassCounts[] = [];
    let room = this.#collect(this.#links, this.#numbers.length, TRANSIT_ROWS_PER_REPORT, LINK_WEIGHT, sent, {
      valueOf: (slot) => this.#decidedOn(slot),
      tell: (slot) => this.#tellLink(slot, links),
    });
    const { packetsPassed, packetsDropped } = limit;
    room = this.#collect(this.#pairs, all.length, room, 1, sent, {
      valueOf: (pair) => packetsPassed[pair]! + packetsDropped[pair]!,
      tell: (pair) => {
        const [link, outLink] = [this.#numberOf(table, all[pair]!.inLink), this.#numberOf(table, all[pair]!.outLink)];
        if (link === undefined || outLink === undefined) return;
        pairs.push({
          link,
          outLink,
          packetsPassed: packetsPassed[pair]!,
          packetsLimited: packetsDropped[pair]!,
        });
      },
    });
    room = this.#collect(this.#labels, counts.size, room, 1, sent, {
      valueOf: (count) => (counts.isUsed(count) ? counts.packets[count]! : 0),
      tell: (count) => this.#tellLabel(count, table, labels),
    });
    room = this.#collect(this.#classes, limit.permits * CLASSES, room, 1, sent, {
      valueOf: (row) => cameBy(limit.permitOf(Math.floor(row / CLASSES)), row),
      tell: (row) => {
        const pair = Math.floor(row / CLASSES);
        this.#tellClass({ pair, share: 0, bucket: limit.permitOf(pair)! }, row, table, classes);
      },
    });
    this.#collect(this.#shares, shares.rows.length * CLASSES, room, 1, sent, {
      valueOf: (row) => cameBy(shares.rows[Math.floor(row / CLASSES)]?.bucket, row),
      tell: (row) => {
        const share = shares.rows[Math.floor(row / CLASSES)];
        if (share !== undefined) this.#tellClass(share, row, table, classes);
      },
    });
    if (sent.rows.length === 0) return undefined;
    this.#number++;
    this.#sent = sent;
    return { number: this.#number, generation, links, pairs, labels, classes };
  }

  /** All was looked at since something was counted. */
  #isQuiet(rows: number): boolean {
    const { decided } = this.#options.counts;
    if (decided !== this.#decided) this.#quietRows = 0;
    this.#decided = decided;
    return this.#quietRows >= rows && this.#sent === undefined;
  }

  /** Takes what is news, from where the last look ended on, as far as there is room; returns how much is left. */
  #collect(
    told: Told,
    count: number,
    room: number,
    weight: number,
    sent: Sent,
    { valueOf, tell }: { valueOf: (row: number) => number; tell: (row: number) => void },
  ): number {
    const looks = Math.min(count, TRANSIT_ROWS_PER_LOOK);
    for (let look = 0; look < looks; look++) {
      const row = told.at < count ? told.at : 0;
      const value = valueOf(row);
      this.#quietRows++;
      if (told.isNews(row, value)) {
        this.#quietRows = 0;
        if (room < weight) {
          sent.isAll = false;
          return room;
        }
        room -= weight;
        tell(row);
        sent.rows.push([told, row, value]);
      }
      told.at = row + 1;
    }
    return room;
  }

  /** The table's number of a link; undefined: it is none of the table's, but one that had a slot before, or has one besides. */
  #numberOf({ links }: HandedTable, link: number): number | undefined {
    const number = this.#numbers[slotOf(link)];
    return number !== undefined && links[number] === link ? number : undefined;
  }

  /** Packets of which the link in a slot was an end. */
  #decidedOn(slot: number): number {
    const { links, packetsOut, packetsRefused } = this.#options.counts;
    const dropped = links.dropsOf(slot).reduce((sum, packets) => sum + packets, 0);
    return links.packetsForwarded[slot]! + dropped + packetsOut[slot]! + packetsRefused[slot]!;
  }

  #tellLink(slot: number, told: TransitLinkCounts[]): void {
    const number = this.#numbers[slot];
    if (number === undefined) return;
    const { links, bytesIn, packetsOut, bytesOut, packetsRefused } = this.#options.counts;
    const samples = links.labelsOf(slot);
    told.push({
      link: number,
      packetsForwarded: links.packetsForwarded[slot]!,
      bytesIn: bytesIn[slot]!,
      drops: [...links.dropsOf(slot)].flatMap((packets, cause) => {
        return packets === 0 ? [] : [{ cause: FORWARDING_DROP_NAMES[cause]!, packets, label: samples[cause]! }];
      }),
      packetsOut: packetsOut[slot]!,
      bytesOut: bytesOut[slot]!,
      packetsRefused: packetsRefused[slot]!,
    });
  }

  #tellClass({ pair, share, bucket }: ShareRow, row: number, table: HandedTable, told: TransitClassCounts[]): void {
    const trafficClass = row % CLASSES;
    const { packets, bytes, denied } = bucket;
    const { inLink, outLink } = this.#options.tables.pairs.all[pair]!;
    const [link, out] = [this.#numberOf(table, inLink), this.#numberOf(table, outLink)];
    if (link === undefined || out === undefined) return;
    told.push({
      link,
      outLink: out,
      share,
      trafficClass,
      packets: packets[trafficClass]!,
      bytes: bytes[trafficClass]!,
      packetsDenied: denied[trafficClass]!,
    });
  }

  #tellLabel(count: number, handed: HandedTable, told: TransitLabelCounts[]): void {
    const { counts } = this.#options.tables;
    const label = counts.labelOf(count);
    const inLink = counts.inLinkOf(count);
    const link = this.#numberOf(handed, inLink === ALL_LINKS ? handed.table.linkOfAdjacency(label) : inLink);
    if (link !== undefined) told.push({ link, label, packets: counts.packets[count]! });
  }
}

/** Packets of the class of a row that have come for a permit. */
function cameBy(bucket: PermitBucket | undefined, row: number): number {
  const at = row % CLASSES;
  return bucket === undefined ? 0 : bucket.packets[at]! + bucket.denied[at]!;
}
