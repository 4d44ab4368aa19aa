import { FairTurns } from "@florenetes/fair-share";
import { TRAFFIC_CLASS_NAMES, TrafficClass } from "@florenetes/labels";
import {
  QUEUE_BYTES_MAX,
  QUEUE_CLASS_COSTS,
  QUEUE_CLASS_DELAYS_MAX_MS,
  QUEUE_CLASS_PARTS,
  QUEUE_PACKETS_MAX,
  QUEUE_TARGET_MS,
} from "../limits.ts";
import { ClassQueue } from "./class-queue.ts";
import { Congestion } from "./congestion.ts";
import { ControlShare } from "./control-share.ts";
import { Load, loadOf } from "./load.ts";
import { NO_SLOT, PacketStore } from "./packet-store.ts";
import { ClassCounts } from "./class-counts.ts";
import { classOfPlace, groupOf, isOwn, NO_PLACE, placeIn, type QueuePlace } from "./queue-place.ts";

const CLASSES = TRAFFIC_CLASS_NAMES.length;

/**
 * All that waits for a link: in classes, each bounded in packets, bytes and time, all of them together in packets and bytes. It performs no
 * I/O.
 *
 *     control, within limits ─────────▶ first
 *     dns, interactive, reliable, bulk ▶ by weight      each: fair among the links that packets came by,
 *     droppable ──────────────────────▶ last            then among their connections; CoDel (RFC 8289) for each of these
 *
 * Where there is no room, whoever holds most makes it: first what is droppable, then the class that holds most for its weight, in it the
 * link, of that the connection. Packets are copied in, since only a link that cannot send at once uses its queue at all.
 *
 *     while (queue.pollPacket(now)) engine.sendDatagram(queue.packet.subarray(queue.start, queue.end));
 *
 * `hold` keeps the packet that was polled where it is (`heldStart`) while others are polled after it.
 */
export class PacketQueue {
  /** One for each class, by its number. */
  readonly counts: readonly ClassCounts[] = Array.from({ length: CLASSES }, () => new ClassCounts());
  readonly #store = new PacketStore();
  readonly #classes: (ClassQueue | undefined)[] = Array.from({ length: CLASSES });
  /** The turns of those that share by weight. */
  #turns = new FairTurns(CLASSES);
  readonly #control = new ControlShare();
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
   * The set of classes in which sources of the vertex itself should hold back. What others send has places apart, and holds nobody back; nor does
   * one class another.
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

  /** Bytes that it takes for packets. */
  get memory(): number {
    return this.#store.memory;
  }

  get heldStart(): number {
    return this.#store.starts[this.#held]!;
  }

  /** Length of the packet that `pollPacket` would take if none were late; 0: there is none. */
  get nextLength(): number {
    const place = this.#nextPlace();
    return place === NO_PLACE ? 0 : this.#store.lengths[this.#classes[classOfPlace(place)]!.flow(place).head]!;
  }

  /** Returns false when the packet was dropped. It must not be longer than a link's largest packet. */
  push(packet: Uint8Array, start: number, end: number, asked: QueuePlace, now: number): boolean {
    this.#forgetPolled();
    const length = end - start;
    const place = this.#control.judge(asked, length);
    const number = classOfPlace(place);
    if (!this.#makeWay(place, length, now)) {
      this.counts[number]!.droppedFull++;
      return false;
    }
    if (this.#load.packets === 0) this.#largest = 0;
    this.#largest = Math.max(this.#largest, length);
    this.#load.add(length);
    if (isWeighted(number)) this.#turns.wake(number);
    const ofClass = (this.#classes[number] ??= new ClassQueue());
    ofClass.push(place, this.#store.insert(packet, start, end, place, now), this.#store);
    if (isOwn(place)) {
      const waitsSince = this.#store.arrivals[ofClass.flow(place).head]!;
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
      if (slot === NO_SLOT) continue;
      this.#handleSent(place, slot, now);
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

  /** A packet was taken that is not to be counted. */
  uncount(place: QueuePlace, length: number): void {
    this.counts[classOfPlace(place)]!.uncountSent(length);
  }

  /** Gives its memory back when it was empty since the last call. */
  trim(): void {
    this.#forgetPolled();
    if (this.#store.trim()) this.#classes.fill(undefined);
  }

  /** Throws all packets away, as when the link goes down. */
  clear(): void {
    this.#store.clear();
    this.#classes.fill(undefined);
    this.#turns = new FairTurns(CLASSES);
    this.#control.clear();
    this.#load.clear();
    for (const congestion of this.#congestion) congestion.clear();
    this.#polled = NO_SLOT;
    this.#held = NO_SLOT;
  }

  // ── Order ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Whose packet is next. */
  #nextPlace(): QueuePlace {
    const control = this.#nextOf(TrafficClass.control);
    if (control !== NO_PLACE) return control;
    const byWeight = this.#turns.next();
    return this.#nextOf(byWeight === -1 ? TrafficClass.droppable : (byWeight as TrafficClass));
  }

  #nextOf(number: TrafficClass): QueuePlace {
    const within = this.#classes[number]?.next() ?? -1;
    return within === -1 ? NO_PLACE : placeIn(number, 0, 0) + within;
  }

  /** Those who send in turns have had theirs. What goes ahead is taken off the share that the same link has of what is reliable. */
  #handleSent(place: QueuePlace, slot: number, now: number): void {
    const number = classOfPlace(place);
    const length = this.#store.lengths[slot]!;
    const counts = this.counts[number]!;
    // A packet may have arrived after the turn began in which it is sent.
    counts.delayMs += Math.max(0, now - this.#store.arrivals[slot]!);
    counts.countSent(length);
    this.#control.handleSent(length);
    this.#classes[number]!.handleSent(place, length);
    if (isWeighted(number)) {
      this.#turns.handleSent(number, QUEUE_CLASS_COSTS[number]! * length);
    } else if (number === TrafficClass.control) {
      this.#classes[TrafficClass.reliable]?.turns.handleSentAhead(groupOf(place), length);
    }
  }

  // ── Room ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Drops packets of others until there is room for one. False: it would have to go itself. */
  #makeWay(place: QueuePlace, length: number, now: number): boolean {
    const number = classOfPlace(place);
    const part = QUEUE_CLASS_PARTS[number]!;
    for (;;) {
      const isFull = this.#load.packets === QUEUE_PACKETS_MAX || this.#load.bytes + length > QUEUE_BYTES_MAX;
      const { packets, bytes } = this.#classes[number]?.load ?? NOTHING;
      const isClassFull = packets === QUEUE_PACKETS_MAX / part || bytes + length > QUEUE_BYTES_MAX / part;
      if (!isFull && !isClassFull) return true;
      const from = isClassFull ? number : this.#largestClass(number, loadOf(length));
      const ofClass = (this.#classes[from] ??= new ClassQueue());
      const victim = placeIn(from, 0, 0) + ofClass.largest(from === number ? loadOf(length) : 0, place);
      if (victim === place) return false;
      const slot = this.#take(victim, now);
      this.counts[from]!.droppedFull++;
      this.#store.remove(slot);
    }
  }

  /** The class that has to make room for so much more of one of them. */
  #largestClass(to: TrafficClass, more: number): TrafficClass {
    let largest: TrafficClass = TrafficClass.reliable;
    let most = 0;
    for (let number = 0; number < CLASSES; number++) {
      const size = (this.#classes[number]?.load.size ?? 0) + (number === to ? more : 0);
      if (number === TrafficClass.droppable && size > 0) return number;
      const cost = QUEUE_CLASS_COSTS[number]! * size;
      if (cost <= most) continue;
      largest = number as TrafficClass;
      most = cost;
    }
    return largest;
  }

  /** Drops what has waited for longer than its class may, where those before it in their flows have not: its class may never have its turn. */
  #dropExpired(now: number): void {
    for (let slot = this.#store.oldestWaiting(); slot !== NO_SLOT; slot = this.#store.oldestWaiting()) {
      const place = this.#store.places[slot]!;
      if (!isExpired(place, now - this.#store.arrivals[slot]!)) return;
      this.#countLate(place, this.#take(place, now));
    }
  }

  // ── Delay and congestion ────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes the next packet of a flow that is to be sent (CoDel). NO_SLOT: all were late. */
  #pollFlow(place: QueuePlace, now: number): number {
    const { codel } = this.#classes[classOfPlace(place)]!.flow(place);
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
      const flow = this.#classes[classOfPlace(place)]!.flow(place);
      this.#isLate = flow.codel.isStanding(delay >= QUEUE_TARGET_MS && flow.load.bytes > this.#largest, now);
      return slot;
    }
    return NO_SLOT;
  }

  /** Takes the head of a flow out, whose bytes stay until the packet is removed from the store. */
  #take(place: QueuePlace, now: number): number {
    const number = classOfPlace(place);
    const ofClass = this.#classes[number]!;
    const slot = ofClass.pop(place, this.#store);
    if (slot === NO_SLOT) return NO_SLOT;
    if (ofClass.load.packets === 0) this.#turns.sleep(number);
    const length = this.#store.lengths[slot]!;
    this.#load.remove(length);
    if (isOwn(place)) this.#congestion[number]!.handleLeft(length, now - this.#store.arrivals[slot]!);
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

const NOTHING = { packets: 0, bytes: 0 } as const;

/** Whether a class shares by weight with others. */
function isWeighted(number: TrafficClass): boolean {
  return number !== TrafficClass.control && number !== TrafficClass.droppable;
}

function isExpired(place: QueuePlace, delay: number): boolean {
  return delay >= QUEUE_CLASS_DELAYS_MAX_MS[classOfPlace(place)]!;
}
