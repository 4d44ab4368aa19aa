import { TRAFFIC_CLASS_NAMES, TrafficClass } from "@florenetes/forwarding";
import {
  QUEUE_BYTES_MAX,
  QUEUE_CLASS_DELAYS_MAX_MS,
  QUEUE_CLASS_PARTS,
  QUEUE_GROUPS,
  QUEUE_PACKETS_MAX,
  QUEUE_TARGET_MS,
} from "../limits.ts";
import { Congestion } from "./congestion.ts";
import { InLinkPlaces } from "./in-link-places.ts";
import { InLinkQueue, isInHurry } from "./in-link-queue.ts";
import { InLinkTurns } from "./in-link-turns.ts";
import { Load, loadOf } from "./load.ts";
import { NO_SLOT, PacketStore } from "./packet-store.ts";
import { ClassCounts } from "./class-counts.ts";
import {
  classOfPlace,
  flowOf,
  groupOf,
  isOwn,
  NO_PLACE,
  placeIn,
  type QueuePlace,
  shareBefore,
  shareOfPlace,
  UNSHARED,
} from "./queue-place.ts";
import type { Flow } from "./share-queue.ts";

const CLASSES = TRAFFIC_CLASS_NAMES.length;

/**
 * All packets that wait for a link: by in-link (the link that they came by, or the vertex itself), then by class, then by share, then by
 * connection. It performs no I/O.
 *
 *     in-links ─▶ in turn, by bytes; packets in a hurry go ahead, on credit (`InLinkTurns`)
 *       │ each     control, within limits ─────────▶ first
 *       └────────▶ dns, interactive, reliable, bulk ▶ by weight    each: its shares in turn, by bytes, and their connections; CoDel (RFC 8289) for these
 *                  droppable ──────────────────────▶ last
 *
 * The sender of a packet writes its class: so classes decide the order within an in-link, and take nothing from other in-links. All packets
 * together are bounded in packets and bytes, and those of each class of an in-link in packets, bytes and time. When there is no room, the
 * in-link that holds most makes it. It drops droppable packets first, then those of the class that holds most for its weight, and of the
 * share and then the connection that hold most there. Packets are copied in, since only a link that cannot send at once uses its queue at all.
 *
 *     while (queue.pollPacket(now)) engine.sendDatagram(queue.packet.subarray(queue.start, queue.end));
 *
 * `hold` keeps the packet that was polled where it is (`heldStart`) while others are polled after it.
 */
export class PacketQueue {
  /** The counts of each class, by its number. */
  readonly counts: readonly ClassCounts[] = Array.from({ length: CLASSES }, () => new ClassCounts());
  readonly #store = new PacketStore();
  /** The in-links, by place. Each is made when its first packet has to wait. */
  readonly #inLinks: (InLinkQueue | undefined)[] = Array.from({ length: QUEUE_GROUPS });
  readonly #places = new InLinkPlaces();
  readonly #turns = new InLinkTurns();
  readonly #load = new Load();
  readonly #congestion: readonly Congestion[] = QUEUE_CLASS_PARTS.map((part) => new Congestion(part));
  /** The largest packet since the queue was last empty. */
  #largest = 0;
  #polled = NO_SLOT;
  #held = NO_SLOT;
  /** Whether the packet that `#takeHead` gave has a delay that has been above the target for an interval. */
  #isLate = false;

  get length(): number {
    return this.#load.packets;
  }

  /**
   * The set of classes in which sources of the vertex itself should hold back. Packets that came by links do not count, and each class counts by
   * itself.
   */
  get congestedClasses(): number {
    let classes = 0;
    for (let number = 0; number < CLASSES; number++) if (this.#congestion[number]!.isOn) classes |= 1 << number;
    return classes;
  }

  /** The buffer of the packet that `pollPacket` found, and of the one that is held; valid until the next `push`. */
  get packet(): Uint8Array {
    return this.#store.buffer;
  }

  get start(): number {
    return this.#store.starts[this.#polled]!;
  }

  get end(): number {
    return this.start + this.#store.lengths[this.#polled]!;
  }

  /** Bytes of memory that the queue takes for packets. */
  get memory(): number {
    return this.#store.memory;
  }

  get heldStart(): number {
    return this.#store.starts[this.#held]!;
  }

  /** Length of the packet that `pollPacket` would take if none were late; 0: there is none. */
  get nextLength(): number {
    const place = this.#nextPlace();
    return place === NO_PLACE ? 0 : this.#store.lengths[this.#flow(place).head]!;
  }

  /** Returns false when the packet was dropped. It must not be longer than a link's largest packet. */
  push(packet: Uint8Array, start: number, end: number, asked: QueuePlace, now: number): boolean {
    this.#forgetPolled();
    const length = end - start;
    const place = this.#judge(packet, start, end, asked);
    const number = classOfPlace(place);
    if (!this.#makeWay(place, length, now)) {
      this.counts[number]!.droppedFull++;
      return false;
    }
    if (this.#load.packets === 0) this.#largest = 0;
    this.#largest = Math.max(this.#largest, length);
    this.#load.add(length);
    this.#inLink(place).push(place, this.#store.insert(packet, start, end, place, now), this.#store);
    this.#handleChanged(groupOf(place));
    if (isOwn(place)) {
      const waitsSince = this.#store.arrivals[this.#flow(place).head]!;
      this.#congestion[number]!.handlePushed(length, now - waitsSince);
    }
    return true;
  }

  /** Takes the next packet that is to be sent, and drops those before it whose time is over. False: there is none. */
  pollPacket(now: number): boolean {
    this.#forgetPolled();
    this.#dropExpired(now);
    for (let place = this.#nextPlace(); place !== NO_PLACE; place = this.#nextPlace()) {
      const slot = this.#pollFlow(place, now);
      if (slot !== NO_SLOT) this.#handleSent(place, slot, now);
      this.#handleChanged(groupOf(place));
      if (slot === NO_SLOT) continue;
      this.#polled = slot;
      return true;
    }
    return false;
  }

  /** Keeps the packet that was just polled until `release`. */
  hold(): void {
    this.#held = this.#polled;
    this.#polled = NO_SLOT;
  }

  release(): void {
    if (this.#held !== NO_SLOT) this.#store.remove(this.#held);
    this.#held = NO_SLOT;
  }

  /** Counts a packet that goes to the engine without having waited. */
  countUnqueued(place: QueuePlace, length: number): void {
    this.counts[classOfPlace(place)]!.countSent(length);
  }

  /** Takes off a packet that is not to be counted. */
  uncount(place: QueuePlace, length: number): void {
    this.counts[classOfPlace(place)]!.uncountSent(length);
  }

  /** Gives the memory back when the queue was empty since the last call. */
  trim(): void {
    this.#forgetPolled();
    if (this.#store.trim()) this.#inLinks.fill(undefined);
  }

  /** Throws all packets away, as when the link goes down. */
  clear(): void {
    this.#store.clear();
    this.#inLinks.fill(undefined);
    this.#places.clear();
    this.#turns.clear();
    this.#load.clear();
    for (const congestion of this.#congestion) congestion.clear();
    this.#polled = NO_SLOT;
    this.#held = NO_SLOT;
  }

  // ── Order ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The place whose packet is next; NO_PLACE: none waits. */
  #nextPlace(): QueuePlace {
    const group = this.#turns.next();
    if (group === -1) return NO_PLACE;
    const inLink = this.#inLinks[group]!;
    const number = inLink.nextClass();
    const ofClass = inLink.class(number);
    const share = ofClass.nextShare();
    return placeIn(number, group, share, ofClass.share(share).turns.next());
  }

  /** The place of a packet that has come. Control beyond the share of its in-link is reliable. */
  #judge(packet: Uint8Array, start: number, end: number, asked: QueuePlace): QueuePlace {
    const group = this.#places.find(groupOf(asked), this.#turns);
    const inLink = (this.#inLinks[group] ??= new InLinkQueue());
    const asks = classOfPlace(asked);
    const isKept = asks !== TrafficClass.control || inLink.control.take(end - start);
    const number = isKept ? asks : TrafficClass.reliable;
    const share = isOwn(asked) ? 0 : shareBefore(packet, start, end);
    return placeIn(number, group, share === 0 ? UNSHARED : inLink.class(number).findShare(share), flowOf(asked));
  }

  /** Counts a packet that was taken to be sent, and charges it to its in-link, its class, its share and its flow. */
  #handleSent(place: QueuePlace, slot: number, now: number): void {
    const number = classOfPlace(place);
    const length = this.#store.lengths[slot]!;
    const counts = this.counts[number]!;
    // A packet may have arrived after the turn began in which it is sent.
    counts.delayMs += Math.max(0, now - this.#store.arrivals[slot]!);
    counts.countSent(length);
    this.#inLink(place).handleSent(place, length);
    this.#turns.handleSent(groupOf(place), length, isInHurry(number));
  }

  /** A packet of an in-link has come or gone. */
  #handleChanged(group: number): void {
    const inLink = this.#inLinks[group]!;
    if (inLink.load.packets === 0) this.#turns.sleep(group);
    else this.#turns.wake(group, isInHurry(inLink.nextClass()));
  }

  #inLink(place: QueuePlace): InLinkQueue {
    return (this.#inLinks[groupOf(place)] ??= new InLinkQueue());
  }

  #flow(place: QueuePlace): Flow {
    return this.#inLink(place).class(classOfPlace(place)).share(shareOfPlace(place)).flows[flowOf(place)]!;
  }

  // ── Room ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Drops packets until there is room for another one. False: that one would have to be dropped itself. */
  #makeWay(place: QueuePlace, length: number, now: number): boolean {
    const number = classOfPlace(place);
    const part = QUEUE_CLASS_PARTS[number]!;
    for (;;) {
      const isFull = this.#load.packets === QUEUE_PACKETS_MAX || this.#load.bytes + length > QUEUE_BYTES_MAX;
      const { packets, bytes } = this.#inLink(place).loadOf(number);
      const isClassFull = packets === QUEUE_PACKETS_MAX / part || bytes + length > QUEUE_BYTES_MAX / part;
      if (!isFull && !isClassFull) return true;
      const victim = this.#victim(place, loadOf(length), isClassFull);
      if (victim === place) return false;
      const slot = this.#take(victim, now);
      this.#handleChanged(groupOf(victim));
      this.counts[classOfPlace(victim)]!.droppedFull++;
      this.#store.remove(slot);
    }
  }

  /** The place that has to make room for `more` at `place`, which may be the same. */
  #victim(place: QueuePlace, more: number, isClassFull: boolean): QueuePlace {
    const number = classOfPlace(place);
    const group = isClassFull ? groupOf(place) : this.#largestInLink(groupOf(place), more);
    const inLink = this.#inLinks[group]!;
    const moreHere = group === groupOf(place) ? more : 0;
    const from = isClassFull ? number : inLink.largestClass(number, moreHere);
    const ofClass = inLink.class(from);
    const moreOf = from === number ? moreHere : 0;
    const share = ofClass.largestShare(moreOf, shareOfPlace(place));
    const flow = ofClass.share(share).largest(share === shareOfPlace(place) ? moreOf : 0, flowOf(place));
    return placeIn(from, group, share, flow);
  }

  /** The in-link that holds most when `more` is added to what the in-link `to` holds. */
  #largestInLink(to: number, more: number): number {
    let largest = to;
    let most = 0;
    for (let group = 0; group < QUEUE_GROUPS; group++) {
      const size = (this.#inLinks[group]?.load.size ?? 0) + (group === to ? more : 0);
      if (size <= most) continue;
      largest = group;
      most = size;
    }
    return largest;
  }

  /** Drops packets that have waited for longer than their class may, since the turn of that class may never come. */
  #dropExpired(now: number): void {
    for (let slot = this.#store.oldestWaiting(); slot !== NO_SLOT; slot = this.#store.oldestWaiting()) {
      const place = this.#store.places[slot]!;
      if (!isExpired(place, now - this.#store.arrivals[slot]!)) return;
      const late = this.#take(place, now);
      this.#handleChanged(groupOf(place));
      this.#countLate(place, late);
    }
  }

  // ── Delay and congestion ────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes the next packet of a flow that is to be sent (CoDel). NO_SLOT: all were late. */
  #pollFlow(place: QueuePlace, now: number): number {
    const { codel } = this.#flow(place);
    let slot = this.#takeHead(place, now);
    if (slot === NO_SLOT) return NO_SLOT;
    if (!codel.isDropping) {
      if (!this.#isLate) return slot;
      this.#countLate(place, slot);
      codel.start(now);
      return this.#takeHead(place, now);
    }
    if (!this.#isLate) codel.isDropping = false;
    while (codel.isDue(now)) {
      this.#countLate(place, slot);
      codel.countDrop();
      slot = this.#takeHead(place, now);
      if (slot === NO_SLOT) return NO_SLOT;
      codel.handleDrop(this.#isLate);
    }
    return slot;
  }

  /** Takes the head of a flow, and sets `#isLate`. NO_SLOT: the flow is empty. */
  #takeHead(place: QueuePlace, now: number): number {
    for (let slot = this.#take(place, now); slot !== NO_SLOT; slot = this.#take(place, now)) {
      const delay = now - this.#store.arrivals[slot]!;
      if (isExpired(place, delay)) {
        this.#countLate(place, slot);
        continue;
      }
      const flow = this.#flow(place);
      this.#isLate = flow.codel.isStanding(delay >= QUEUE_TARGET_MS && flow.load.bytes > this.#largest, now);
      return slot;
    }
    return NO_SLOT;
  }

  /** Takes the head of a flow out. Its bytes stay until the packet is removed from the store. The caller then calls `#handleChanged`. */
  #take(place: QueuePlace, now: number): number {
    const slot = this.#inLink(place).pop(place, this.#store);
    if (slot === NO_SLOT) return NO_SLOT;
    const length = this.#store.lengths[slot]!;
    this.#load.remove(length);
    if (isOwn(place)) {
      this.#congestion[classOfPlace(place)]!.handleLeft(length, now - this.#store.arrivals[slot]!);
    }
    return slot;
  }

  #countLate(place: QueuePlace, slot: number): void {
    this.counts[classOfPlace(place)]!.droppedLate++;
    this.#store.remove(slot);
  }

  /** The packet that was polled has been used. */
  #forgetPolled(): void {
    if (this.#polled !== NO_SLOT) this.#store.remove(this.#polled);
    this.#polled = NO_SLOT;
  }
}

function isExpired(place: QueuePlace, delay: number): boolean {
  return delay >= QUEUE_CLASS_DELAYS_MAX_MS[classOfPlace(place)]!;
}
