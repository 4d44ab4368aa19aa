import { DropCause, LabelVerdict } from "../labels/verdict.ts";
import { isQuestion } from "../labels/question.ts";
import type { LabelTable } from "../labels/label-table.ts";
import { LINK_NONE } from "../labels/label-entries.ts";
import { setMark } from "../labels/header.ts";
import { slotOf } from "../labels/slot-number.ts";
import {
  type LinkKey,
  type LinkStatus,
  type TransitChanges,
  type TransitProgress,
  type TransitReport,
} from "@florenetes/portal-api";
import { CIRCLING, LINK_DOWN, TOO_LARGE, TRANSIT_LIMIT } from "./drops.ts";
import type { Transit, TransitHost } from "./transit.ts";
import { PassedPackets } from "./passed-packets.ts";
import { TransitCounts } from "./transit-counts.ts";
import { TransitHandOver } from "./transit-hand-over.ts";
import { TransitLimit } from "./transit-limit.ts";
import { TransitLinks } from "./transit-links.ts";
import { TransitReporter } from "./transit-reporter.ts";
import { TransitTables } from "./transit-tables.ts";

/** Room before a packet in our buffer: links may use it. */
const ROOM = 8;
/** The limits before a table has brought some: nothing passes. */
const NO_LIMITS = { packetsPerSecond: 0, bytesPerSecond: 0 } as const;

export interface OffloadedTransitOptions extends Pick<TransitHost, "packetSizeMax" | "now" | "send"> {
  /** 32 random bits. */
  readonly seed: number;
}

/**
 * Forwards the packets of one portal from link to link, by the label table that its cluster vertex has handed over, and by its rules: the
 * same bytes, marks, limits and counts. It decides about what only passes through; all else is the cluster vertex's: what ends
 * there, links of other portals, labels that are unknown, questions of traces that go no further.
 */
export class OffloadedTransit implements Transit {
  readonly #options: OffloadedTransitOptions;
  readonly #links = new TransitLinks(
    () => {},
    (link) => this.#counts.reset(slotOf(link)),
  );
  readonly #tables = new TransitTables(this.#links, (pairs) => this.#handlePairsReleased(pairs));
  readonly #handOver = new TransitHandOver({
    begin: (table, part) => this.#tables.begin(table, part.whole, part),
    change: (table, part) => {
      const { taken, refusal } = this.#tables.change(table, part);
      this.#handOver.handleTaken(table, taken, refusal);
    },
    drop: (table) => {
      this.#tables.drop(table);
      this.#links.forgetTable(table);
    },
    handleReplaced: (table) => this.#links.forgetTable(table),
  });
  /** None before there is a table. */
  #passed: PassedPackets | undefined;
  readonly #limit = new TransitLimit(0, NO_LIMITS);
  readonly #counts = new TransitCounts();
  readonly #reporter: TransitReporter;
  readonly #buffer: Uint8Array;
  #isTurnBegun = false;

  constructor(options: OffloadedTransitOptions) {
    this.#options = options;
    this.#buffer = new Uint8Array(ROOM + options.packetSizeMax);
    this.#reporter = new TransitReporter({ tables: this.#tables, limit: this.#limit, counts: this.#counts });
  }

  get labels(): number {
    return this.#tables.current?.table.length ?? 0;
  }

  get packetsDecided(): number {
    return this.#counts.decided;
  }

  // ── From the link protocol ──────────────────────────────────────────────────────────────────────────────────────────

  handleStatus(status: LinkStatus): void {
    this.#links.handleStatus(status);
  }

  handleClosed(key: LinkKey): void {
    this.#links.handleClosed(key);
  }

  handlePacket(handle: number, packet: Uint8Array, start: number, end: number): boolean {
    const table = this.#tables.current?.table;
    if (table === undefined) return false;
    const inLink = this.#links.ofHandle(handle);
    const size = end - start;
    const buffer = this.#buffer;
    if (inLink === LINK_NONE || table.adjacencyOf(inLink) === 0 || size > buffer.length - ROOM) return false;
    buffer.set(packet.subarray(start, end), ROOM);
    const verdict = table.process(buffer, ROOM, ROOM + size, inLink);
    if (verdict === LabelVerdict.forward) {
      if (this.#forward(table, size, inLink)) return true;
      table.uncountForward(packet, start, inLink);
      return false;
    } else if (verdict === LabelVerdict.drop && !isLeft(table.dropCause, packet, start, end)) {
      if (table.pair !== -1) this.#limit.countDenied(table.pair, table.charged!, table.trafficClass);
      this.#drop(table.dropCause, table.label, size, inLink);
    } else {
      table.uncountEnds(packet, start, inLink);
      return false;
    }
    return true;
  }

  handleTurnEnd(): void {
    this.#isTurnBegun = false;
  }

  /** The packet in the buffer goes on, unless something is in its way. False: the cluster vertex has to see it. */
  #forward({ outLink, pair, label, charged, trafficClass }: LabelTable, size: number, inLink: number): boolean {
    const end = ROOM + size;
    if (!this.#isTurnBegun) {
      this.#isTurnBegun = true;
      this.#limit.handleTime(this.#options.now());
    }
    const counts = this.#counts;
    if (this.#passed!.isCircling(this.#buffer, ROOM, end, pair)) return this.#drop(CIRCLING, label, size, inLink);
    if (!this.#limit.take(pair, size, charged, trafficClass)) {
      return this.#drop(TRANSIT_LIMIT, label, size, inLink);
    }
    const handle = this.#links.handleOf(outLink);
    if (handle === 0) {
      if (isQuestion(this.#buffer, ROOM, end)) return false;
      counts.packetsRefused[slotOf(outLink)]!++;
      return this.#drop(LINK_DOWN, label, size, inLink);
    }
    if (size > this.#links.preferredMtuOf(outLink)) {
      if (size > this.#links.mtuOf(outLink)) {
        if (isQuestion(this.#buffer, ROOM, end)) return false;
        return this.#drop(TOO_LARGE, label, size, inLink);
      }
      setMark(this.#buffer, ROOM);
    }
    const [inSlot, outSlot] = [slotOf(inLink), slotOf(outLink)];
    counts.decided++;
    counts.bytesIn[inSlot]! += size;
    counts.links.packetsForwarded[inSlot]!++;
    counts.packetsOut[outSlot]!++;
    counts.bytesOut[outSlot]! += size;
    this.#options.send(handle, this.#buffer, ROOM, end, inLink);
    return true;
  }

  #drop(cause: number, label: number, size: number, inLink: number): true {
    this.#counts.decided++;
    const slot = slotOf(inLink);
    this.#counts.bytesIn[slot]! += size;
    this.#counts.links.countDrops(slot, cause, 1, label);
    return true;
  }

  #handlePairsReleased(pairs: readonly number[]): void {
    for (const pair of pairs) this.#limit.reset(pair);
    this.#reporter.handlePairsReleased(pairs);
  }

  // ── From the cluster vertex ─────────────────────────────────────────────────────────────────────────────────────────

  get progress(): TransitProgress | undefined {
    return this.#handOver.progress;
  }

  handleAttached(instance: string): void {
    this.#handOver.handleAttached(instance);
    this.#reporter.handleAttached();
  }

  handleChanges(changes: TransitChanges): void {
    const before = this.#tables.current;
    this.#handOver.handleChanges(changes);
    this.#limit.grow(this.#tables.pairs.all.length);
    this.#counts.grow(this.#links.count);
    this.#passed ??= new PassedPackets(this.#options.seed);
    const { current } = this.#tables;
    if (current === undefined || current === before) return;
    this.#limit.handleLimits(current.limits);
    this.#reporter.handleTable(current);
  }

  dropUnconfirmed(): void {
    this.#handOver.dropUnconfirmed();
  }

  drop(): void {
    this.#handOver.drop();
    this.#links.handleAllClosed();
  }

  handleReportTaken(number: number): boolean {
    return this.#reporter.handleTaken(number);
  }

  pollReport(): TransitReport | undefined {
    const { confirmed } = this.#handOver;
    return confirmed && this.#reporter.poll(confirmed.generation);
  }
}

/** Whether a packet that its labels lead nowhere is for the cluster vertex to drop. */
function isLeft(cause: DropCause, packet: Uint8Array, start: number, end: number): boolean {
  return cause === DropCause.unknownLabel || isQuestion(packet, start, end);
}
