import assert from "node:assert";
import { FIRST_PACKET, nextPacket, packetEnd } from "@florenetes/florio";
import {
  CIRCLING,
  FORWARDING_DROP_NAMES,
  LINK_DOWN,
  type LinkCounters,
  LOOPBACK_FULL,
  PassedPackets,
  TRANSIT_LIMIT,
  TransitLimit,
  type TrafficClass,
  DropCause,
  LabelTable,
  LabelVerdict,
  cursorOf,
  isQuestion,
  slotOf,
} from "@florenetes/forwarding";
import type { TransitReport } from "@florenetes/portal-api";
import { CarriedCounts, type CarriedFigures } from "./carried-counts.ts";
import { SlotMap, type Slots } from "../config/slot-map.ts";
import type { ForwarderOptions, ForwardingConfig } from "./forwarding-config.ts";
import {
  type ForwardingCounted,
  type ForwardingEntry,
  type ForwardingSight,
  type ForwardingSnapshot,
  type LinkDrops,
  linkDropsOf,
  rowsOf,
  sightOf,
  snapshotOf,
} from "./forwarding-counted.ts";
import type { LinkOutput, LocalDelivery, PacketOrigin, QuestionTaker, StoppedQuestion } from "./interfaces.ts";
import { LINK_NONE } from "./interfaces.ts";
import { ExchangedShares } from "./exchanged-shares.ts";
import { InLinks } from "./in-links.ts";
import type { LabelGuesses } from "./label-guesses.ts";
import { Loopback } from "./loopback.ts";
import { causeOf, sendPacket } from "./send-packet.ts";
import type { OfferedTable } from "./offered-table.ts";
import { OffloadedCounts } from "./offloaded-counts.ts";

type Refused = Pick<StoppedQuestion, "inLink" | "outLink" | "cause">;

/** In the place of a service's number: the packet is for the originator of its ConnectionId. */
const TO_CONNECTION = -1;

/**
 * The forwarding service: takes the frames of the links, does what the labels of their packets say, and sends them on or delivers them. A frame whose
 * packets all go out on one link leaves as it came, without a copy; packets above the size that the link prefers are marked, and larger ones dropped.
 */
export class Forwarder implements PacketOrigin {
  #config: ForwardingConfig;
  #table: LabelTable;
  readonly #output: LinkOutput;
  readonly #delivery: LocalDelivery;
  readonly #questions: QuestionTaker | undefined;
  readonly #afterTurn: (action: () => void) => void;
  readonly #loopback = new Loopback();
  readonly #now: () => number;
  readonly #passed: PassedPackets;
  readonly #limit: TransitLimit;
  readonly #guesses: LabelGuesses;
  readonly #onGuessing: (inLink: number) => void;
  readonly #links: LinkCounters;
  readonly #exchanged = new ExchangedShares();
  readonly #inLinks: InLinks;
  /** By portal. */
  readonly #offloaded = new Map<number, OffloadedCounts>();
  /** Counts of the data thread. */
  readonly #carried = new CarriedCounts();
  /** Whether the origin of a packet that the data thread has handed over guesses labels; undefined: the packet in hand is not the thread's. */
  #isGuessed: boolean | undefined;
  /** The cursor's place in the packet that is being delivered, as it was when the packet came. */
  #deliveredCameAt = 0;
  /** Drops by cause: of packets that start at this vertex, and of links whose slots other links have now. Other drops are counted by link. */
  readonly #drops = new Float64Array(FORWARDING_DROP_NAMES.length);

  /** @throws LabelError when the labels of the config do not make a table. */
  constructor(options: ForwarderOptions) {
    this.#config = options.config;
    this.#table = new LabelTable(options.config);
    this.#output = options.output;
    this.#delivery = options.delivery;
    this.#questions = options.questions;
    this.#afterTurn = options.afterTurn;
    this.#now = options.now;
    this.#passed = new PassedPackets(options.seed);
    this.#limit = new TransitLimit(this.#table.pairs.length, options.config.transitLimit);
    this.#inLinks = new InLinks(options.seed);
    this.#guesses = this.#inLinks.guesses;
    this.#onGuessing = options.onGuessing;
    this.#links = this.#inLinks.counters;
    this.#inLinks.begin(options.config.links.keys(), this.#drops);
    this.#handleOffered(options.offered ?? new SlotMap());
  }

  /** The labels of the config that holds. */
  get table(): LabelTable {
    return this.#table;
  }

  /**
   * Forwards by another config, in which all links and services that stay have the numbers that they had. What both configs have goes on counting.
   *
   * @param offered The tables that the link vertices are offered from now on; a portal without one keeps the one that it has.
   * @throws LabelError when the labels of the config do not make a table; then all is as it was.
   */
  reconfigure(config: ForwardingConfig, offered: Slots<OfferedTable>): void {
    this.#table = new LabelTable(config, { former: this.#table });
    this.#config = config;
    for (const pair of this.#table.releasePairs()) this.#limit.reset(pair);
    this.#limit.grow(this.#table.pairs.length);
    this.#limit.handleLimits(config.transitLimit);
    this.#inLinks.begin(config.links.keys(), this.#drops);
    this.#handleOffered(offered);
  }

  /**
   * Takes a checked DATA frame of a link. The frame is given away: it is edited, and may be sent on as it lies.
   *
   * @param inLink Not `LINK_NONE`: what comes in from elsewhere is never this vertex's own.
   */
  handleFrame(inLink: number, frame: Uint8Array): void {
    assert(this.#config.links.has(inLink), "a frame comes from a configured link");
    const table = this.#table;
    this.#limit.handleTime(this.#now());
    // While all packets go out on one link, nothing is sent yet: the frame may leave whole.
    let isWhole = true;
    let commonLink = LINK_NONE;
    let packets = 0;
    let largest = 0;
    let isDelivered = false;
    for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) {
      const end = packetEnd(frame, at);
      let verdict: LabelVerdict = table.process(frame, at, end, inLink);
      let cause: number = table.dropCause;
      if (verdict === LabelVerdict.forward) {
        cause = this.#findObstacle(frame, at, end, table);
        if (cause !== DropCause.none) verdict = LabelVerdict.drop;
      }
      if (isWhole) {
        if (verdict === LabelVerdict.forward && (at === FIRST_PACKET || table.outLink === commonLink)) {
          commonLink = table.outLink;
          packets++;
          if (end - at > largest) largest = end - at;
          continue;
        }
        isWhole = false;
        this.#forwardUntil(frame, at, inLink, commonLink);
      }
      if (verdict === LabelVerdict.forward) {
        this.#forward(frame, at, end, inLink, table.outLink, table.label);
      } else if (verdict === LabelVerdict.drop) {
        this.#drop(frame, at, end, inLink, cause);
      } else {
        isDelivered = true;
        this.#deliver(verdict, frame, at, end, inLink);
      }
    }
    if (isWhole && commonLink !== LINK_NONE) this.#forwardWhole(frame, inLink, commonLink, packets, largest);
    if (isDelivered) this.#delivery.handleFrameEnd();
  }

  /** The link vertex of a portal tells what it has forwarded by the table that it was offered. */
  handleTransitReport(portal: number, instance: string, report: TransitReport): void {
    this.#offloaded.get(portal)?.handleReport(instance, report);
  }

  /**
   * Delivers a packet that the data thread has let end here. `handleFrameEnd` of the delivery is the caller's to call.
   *
   * @param service Undefined: it is for the originator of its ConnectionId.
   */
  handleDelivered(inLink: number, service: number | undefined, packet: Uint8Array, isGuessing: boolean): void {
    this.#isGuessed = isGuessing;
    if (service === undefined) this.#delivery.deliverToConnection(packet, 0, packet.length, inLink);
    else if (this.#config.services.has(service)) {
      this.#delivery.deliverToService(service, packet, 0, packet.length, inLink);
    } else this.#countGone(inLink);
    this.#isGuessed = undefined;
  }

  /** The data thread tells what it has counted. */
  handleCarried(figures: CarriedFigures): void {
    this.#carried.handleFigures(figures);
  }

  sendFromHere(outLink: number, packet: Uint8Array, start: number, end: number): boolean {
    if (outLink !== LINK_NONE) {
      const isSent = sendPacket(this.#output, outLink, packet, start, end, LINK_NONE);
      if (isSent) this.#exchanged.countSent(outLink, packet, start, end);
      else this.#drops[causeOf(this.#output, outLink, end - start)]!++;
      return isSent;
    }
    const verdict = this.#table.process(packet, start, end, LINK_NONE);
    if (verdict === LabelVerdict.drop) {
      this.#drops[this.#table.dropCause]!++;
      return false;
    }
    assert(verdict !== LabelVerdict.forward, "no transit pair begins at this vertex itself");
    const wasEmpty = this.#loopback.isEmpty;
    const service = verdict === LabelVerdict.deliverToService ? this.#table.service : TO_CONNECTION;
    if (!this.#loopback.push(packet, start, end, service)) {
      this.#drops[LOOPBACK_FULL]!++;
      return false;
    }
    if (wasEmpty) this.#afterTurn(this.#deliverLoopback);
    return true;
  }

  isGuessing(packet: Uint8Array, start: number, inLink: number): boolean {
    if (inLink === LINK_NONE) return false;
    if (this.#isGuessed !== undefined) return this.#isGuessed;
    const cursor = cursorOf(packet, start);
    return this.#guesses.isBlind(packet, start, this.#deliveredCameAt, cursor, inLink, this.#now());
  }

  flush(): void {
    this.#output.flush();
  }

  isUp(outLink: number): boolean {
    return outLink === LINK_NONE || this.#output.isUp(outLink);
  }

  isWritable(outLink: number, trafficClass: TrafficClass): boolean {
    return outLink === LINK_NONE || this.#output.isWritable(outLink, trafficClass);
  }

  mtu(outLink: number): number {
    return this.#output.mtu(outLink);
  }

  preferredMtu(outLink: number): number {
    return this.#output.preferredMtu(outLink);
  }

  quietSeconds(outLink: number): number {
    return this.#output.quietSeconds(outLink);
  }

  snapshot(): ForwardingSnapshot {
    return snapshotOf(this.#counted);
  }

  /** The forwarding's part of what the control agent sees, with what the data thread has counted by now. */
  sight(carried: CarriedFigures): ForwardingSight {
    this.#carried.handleFigures(carried);
    return sightOf({ ...this.#counted, exchanged: this.#exchanged });
  }

  /** Packets of a link that were dropped since the start. */
  dropsOf(link: number): LinkDrops {
    return linkDropsOf(this.#counted, link);
  }

  /** The label table, line by line, since there may be many. */
  entries(): Generator<ForwardingEntry, void> {
    return rowsOf(this.#counted);
  }

  /** Forwards those packets of a frame that lie before an offset. */
  #forwardUntil(frame: Uint8Array, until: number, inLink: number, outLink: number): void {
    for (let at = FIRST_PACKET; at < until; at = nextPacket(frame, at)) {
      this.#forward(frame, at, packetEnd(frame, at), inLink, outLink, 0);
    }
  }

  /** @param label The one that sends it on; 0: that was overwritten. */
  #forward(frame: Uint8Array, start: number, end: number, inLink: number, outLink: number, label: number): void {
    if (sendPacket(this.#output, outLink, frame, start, end, inLink)) {
      this.#links.packetsForwarded[slotOf(inLink)]!++;
      return;
    }
    const cause = causeOf(this.#output, outLink, end - start);
    this.#tellIfQuestion(frame, start, end, { inLink, outLink, cause });
    this.#links.countDrops(slotOf(inLink), cause, 1, label);
  }

  /** @param largest Size of the largest packet. */
  #forwardWhole(frame: Uint8Array, inLink: number, outLink: number, packets: number, largest: number): void {
    if (largest > this.#output.preferredMtu(outLink)) {
      this.#forwardUntil(frame, frame.length, inLink, outLink);
      return;
    }
    if (this.#output.sendFrame(outLink, frame, packets, inLink)) {
      this.#links.packetsForwarded[slotOf(inLink)]! += packets;
      return;
    }
    const cause = causeOf(this.#output, outLink, largest);
    for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) {
      this.#tellIfQuestion(frame, at, packetEnd(frame, at), { inLink, outLink, cause });
    }
    this.#links.countDrops(slotOf(inLink), cause, packets, this.#table.label);
  }

  #deliver(verdict: LabelVerdict, frame: Uint8Array, start: number, end: number, inLink: number): void {
    this.#countDelivered(frame, start, end, inLink);
    this.#deliveredCameAt = this.#table.cameAt;
    if (verdict === LabelVerdict.deliverToService) {
      this.#delivery.deliverToService(this.#table.service, frame, start, end, inLink);
    } else {
      this.#delivery.deliverToConnection(frame, start, end, inLink);
    }
  }

  #countDelivered(packet: Uint8Array, start: number, end: number, inLink: number): void {
    this.#links.packetsDelivered[slotOf(inLink)]!++;
    this.#exchanged.countDelivered(inLink, packet, start, end);
  }

  /** Why a packet that its labels send on may not pass; `DropCause.none` if it may. */
  #findObstacle(packet: Uint8Array, start: number, end: number, table: LabelTable): number {
    const { pair, charged, trafficClass } = table;
    if (this.#passed.isCircling(packet, start, end, pair)) return CIRCLING;
    return this.#limit.take(pair, end - start, charged, trafficClass) ? DropCause.none : TRANSIT_LIMIT;
  }

  /** The service was taken away while the packet was on its way there, and perhaps the link as well. */
  #countGone(inLink: number): void {
    if (inLink === LINK_NONE || !this.#inLinks.has(inLink)) this.#drops[DropCause.unknownLabel]!++;
    else this.#links.countDrops(slotOf(inLink), DropCause.unknownLabel, 1, 0);
  }

  #handleOffered(offered: Slots<OfferedTable>): void {
    const counted = { table: this.#table, limit: this.#limit, links: this.#links };
    for (const portal of this.#offloaded.keys()) if (!offered.has(portal)) this.#offloaded.delete(portal);
    for (const [portal, table] of offered) {
      const counts = this.#offloaded.get(portal);
      if (counts === undefined) this.#offloaded.set(portal, new OffloadedCounts(counted, table));
      else counts.handleTable(counted, table);
    }
  }

  get #counted(): ForwardingCounted {
    const [config, table, limit, links] = [this.#config, this.#table, this.#limit, this.#links];
    const slots = this.#inLinks.slots;
    return {
      config,
      table,
      limit,
      links,
      slots,
      guesses: this.#guesses.counts,
      drops: this.#drops,
      carried: this.#carried,
    };
  }

  /** Drops a packet by what the table or a limit said last, unless it is a question that asks this vertex. */
  #drop(packet: Uint8Array, start: number, end: number, inLink: number, cause: number): void {
    const { cameAt, stoppedAt, label, pair, charged, trafficClass } = this.#table;
    if (cause === DropCause.transitDenied && pair !== -1) this.#limit.countDenied(pair, charged!, trafficClass);
    // A packet that circles, or comes too often, is edited already.
    const isAsking = cause < LINK_DOWN && isQuestion(packet, start, end);
    if (isAsking) {
      const isGuessing = this.#guesses.isBlind(packet, start, cameAt, stoppedAt, inLink, this.#now());
      const stopped = { inLink, outLink: LINK_NONE, cause, at: stoppedAt, isGuessing };
      this.#questions?.handleQuestion({ ...stopped, packet: packet.slice(start, end) });
    }
    if (isAsking && cause === DropCause.operations) return this.#countDelivered(packet, start, end, inLink);
    this.#links.countDrops(slotOf(inLink), cause, 1, label);
    if (cause === DropCause.unknownLabel) this.#handleUnknown(packet, start, inLink);
  }

  /** @param stopped Its in-link, the out-link that has not taken it, and why. */
  #tellIfQuestion(packet: Uint8Array, start: number, end: number, stopped: Refused): void {
    if (!isQuestion(packet, start, end)) return;
    const question = { ...stopped, at: undefined, isGuessing: false, packet: packet.slice(start, end) };
    this.#questions?.handleQuestion(question);
  }

  #handleUnknown(packet: Uint8Array, start: number, inLink: number): void {
    const { cameAt, stoppedAt } = this.#table;
    if (this.#guesses.handleUnknown(packet, start, cameAt, stoppedAt, inLink, this.#now())) this.#onGuessing(inLink);
  }

  /** Delivers the packets that this vertex has sent to itself. Those that they cause wait for the next turn. */
  readonly #deliverLoopback = (): void => {
    for (const { packet, service } of this.#loopback.takeAll()) {
      if (service === TO_CONNECTION) {
        this.#delivery.deliverToConnection(packet, 0, packet.length, LINK_NONE);
      } else if (this.#config.services.has(service)) {
        this.#delivery.deliverToService(service, packet, 0, packet.length, LINK_NONE);
      } else this.#countGone(LINK_NONE);
    }
    this.#delivery.handleFrameEnd();
  };
}
