import { QUEUE_PACKETS_MAX, QUEUE_RING_MAX, QUEUE_RING_MIN, QUEUE_ROOM } from "../limits.ts";
import type { QueuePlace } from "./queue-place.ts";
import assert from "node:assert";

/** No packet. */
export const NO_SLOT = -1;
/** Slots for the packets that wait, the packet that is held and the packet that was taken last. */
const SLOTS: number = QUEUE_PACKETS_MAX + 2;

/**
 * The packets of a queue in a ring of bytes, in the order in which they came; they leave in any order. Each lies in one part, with room
 * for a header before it. A packet has a slot, the number by which the arrays below keep its data.
 *
 * Holes are closed only when a packet finds no other room, and at least half of the ring is free then: so no byte is moved more than
 * once for each byte that comes.
 */
export class PacketStore {
  readonly places: Uint16Array = new Uint16Array(SLOTS);
  readonly arrivals: Float64Array = new Float64Array(SLOTS);
  readonly lengths: Uint16Array = new Uint16Array(SLOTS);
  /** Offset in the ring. */
  readonly starts: Uint32Array = new Uint32Array(SLOTS);
  /** The slot of the packet behind it in its flow; for a free slot, the next free one. */
  readonly next: Int16Array = Int16Array.from({ length: SLOTS }, (_, slot) => (slot + 1 < SLOTS ? slot + 1 : NO_SLOT));
  /** 1: the packet is in no flow any more, though its bytes are still here. */
  readonly isOut: Uint8Array = new Uint8Array(SLOTS);
  readonly #older = new Int16Array(SLOTS);
  readonly #newer = new Int16Array(SLOTS);
  /** Made when a packet has to wait, and doubled while it is too small. */
  #ring: Uint8Array | undefined;
  /** Whether a packet has waited since the last `trim`. */
  #wasUsed = false;
  #free = 0;
  #oldest = NO_SLOT;
  #newest = NO_SLOT;
  /** Offset in the ring at which the next packet may begin, with its room. */
  #tail = 0;
  /** Bytes of all packets, with their rooms. */
  #used = 0;

  /** Bytes of memory that the store takes for packets. */
  get memory(): number {
    return this.#ring?.length ?? 0;
  }

  /** The ring that the packets lie in; valid until the next `insert`. */
  get buffer(): Uint8Array {
    return this.#ring!;
  }

  /** The oldest packet that is still in a flow; NO_SLOT: there is none. */
  oldestWaiting(): number {
    let slot = this.#oldest;
    while (slot !== NO_SLOT && this.isOut[slot] === 1) slot = this.#newer[slot]!;
    return slot;
  }

  /** Copies a packet in. The caller keeps to the limits of a queue, and so there is room. */
  insert(packet: Uint8Array, start: number, end: number, place: QueuePlace, now: number): number {
    const length = end - start;
    this.#makeRoom(QUEUE_ROOM + length);
    const at = this.#tail + QUEUE_ROOM;
    this.#ring!.set(packet.subarray(start, end), at);
    this.#tail = at + length;
    this.#used += QUEUE_ROOM + length;
    const slot = this.#free;
    this.#free = this.next[slot]!;
    this.places[slot] = place;
    this.arrivals[slot] = now;
    this.lengths[slot] = length;
    this.starts[slot] = at;
    this.next[slot] = NO_SLOT;
    this.isOut[slot] = 0;
    this.#older[slot] = this.#newest;
    this.#newer[slot] = NO_SLOT;
    if (this.#newest === NO_SLOT) this.#oldest = slot;
    else this.#newer[this.#newest] = slot;
    this.#newest = slot;
    return slot;
  }

  /** Gives the room of a packet back. */
  remove(slot: number): void {
    const older = this.#older[slot]!;
    const newer = this.#newer[slot]!;
    if (older === NO_SLOT) this.#oldest = newer;
    else this.#newer[older] = newer;
    if (newer === NO_SLOT) this.#newest = older;
    else this.#older[newer] = older;
    this.#used -= QUEUE_ROOM + this.lengths[slot]!;
    this.next[slot] = this.#free;
    this.#free = slot;
  }

  /** Gives the memory back when the store was empty since the last call; returns whether it did. */
  trim(): boolean {
    const isOver = !this.#wasUsed && this.#oldest === NO_SLOT && this.#ring !== undefined;
    this.#wasUsed = false;
    if (isOver) this.#ring = undefined;
    return isOver;
  }

  clear(): void {
    while (this.#oldest !== NO_SLOT) this.remove(this.#oldest);
    this.#wasUsed = false;
    this.#ring = undefined;
  }

  // ── Room ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Moves the tail to where a packet with its room fits. */
  #makeRoom(size: number): void {
    assert(2 * (this.#used + size) <= QUEUE_RING_MAX, "a queue keeps to its limits");
    this.#wasUsed = true;
    this.#ring ??= new Uint8Array(QUEUE_RING_MIN);
    while (!this.#findRoom(size)) {
      if (2 * (this.#used + size) <= this.#ring.length) this.#closeHoles();
      else this.#grow();
    }
  }

  #findRoom(size: number): boolean {
    if (this.#oldest === NO_SLOT) {
      this.#tail = 0;
      return true;
    }
    const oldest = this.starts[this.#oldest]! - QUEUE_ROOM;
    // A tail that is at the oldest packet means a full ring: an empty one was dealt with above.
    if (this.#tail <= oldest) return size <= oldest - this.#tail;
    if (size <= this.#ring!.length - this.#tail) return true;
    if (size > oldest) return false;
    this.#tail = 0;
    return true;
  }

  #grow(): void {
    const old = this.#ring!;
    const ring = new Uint8Array(Math.min(2 * old.length, QUEUE_RING_MAX));
    let tail = 0;
    for (let slot = this.#oldest; slot !== NO_SLOT; slot = this.#newer[slot]!) {
      const start = this.starts[slot]!;
      const length = this.lengths[slot]!;
      ring.set(old.subarray(start, start + length), tail + QUEUE_ROOM);
      this.starts[slot] = tail + QUEUE_ROOM;
      tail += QUEUE_ROOM + length;
    }
    this.#tail = tail;
    this.#ring = ring;
  }

  /** Closes the holes between packets. Where the order goes round the ring's end, the packets after that point move to the ring's beginning,
   *  and those before it to its end. */
  #closeHoles(): void {
    let lastBeforeEnd = NO_SLOT;
    let slot = this.#oldest;
    if (this.starts[slot]! > this.starts[this.#newest]!) {
      while (lastBeforeEnd === NO_SLOT || this.starts[slot]! > this.starts[lastBeforeEnd]!) {
        lastBeforeEnd = slot;
        slot = this.#newer[slot]!;
      }
    }
    this.#tail = 0;
    for (; slot !== NO_SLOT; slot = this.#newer[slot]!) {
      this.#move(slot, this.#tail + QUEUE_ROOM);
      this.#tail += QUEUE_ROOM + this.lengths[slot]!;
    }
    let end = this.#ring!.length;
    for (slot = lastBeforeEnd; slot !== NO_SLOT; slot = this.#older[slot]!) {
      end -= this.lengths[slot]!;
      this.#move(slot, end);
      end -= QUEUE_ROOM;
    }
  }

  #move(slot: number, to: number): void {
    const start = this.starts[slot]!;
    this.#ring!.copyWithin(to, start, start + this.lengths[slot]!);
    this.starts[slot] = to;
  }
}
