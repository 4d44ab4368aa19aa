import {
  CONGESTED_AT_BYTES,
  CONGESTED_AT_DELAY_MS,
  CONGESTED_AT_PACKETS,
  QUEUE_BYTES_MAX,
  QUEUE_DELAY_MAX_MS,
  QUEUE_INTERVAL_MS,
  QUEUE_PACKETS_MAX,
  QUEUE_RING_MAX,
  QUEUE_RING_MIN,
  QUEUE_TARGET_MS,
  RELIEVED_AT_BYTES,
  RELIEVED_AT_PACKETS,
} from "../limits.ts";
import { PIECE_HEADER_LENGTH } from "./pieces.ts";

/**
 * The queue of one link in front of its engine: a ring of bytes, bounded in packets and bytes (drops at the tail) and in time
 * (drops at the head: CoDel, RFC 8289, and nothing older than a hard limit). It performs no I/O. Packets are copied in, since
 * only a link that cannot send at once uses its queue at all; each stands in one piece, with room for a header before it.
 *
 *     while (queue.pollPacket(now)) engine.sendDatagram(queue.packet.subarray(queue.start, queue.end));
 *
 * `hold` keeps the packet that was polled where it is (`heldStart`) while others are polled after it.
 */
export class PacketQueue {
  /** Made when a packet has to wait, and doubled while it is too small. */
  #ring: Uint8Array | undefined;
  /** Whether a packet has waited since the last `trim`. */
  #wasUsed = false;
  /** Start, length and time of arrival of each packet, in a ring of their own. */
  readonly #starts = new Uint32Array(QUEUE_PACKETS_MAX);
  readonly #lengths = new Uint16Array(QUEUE_PACKETS_MAX);
  readonly #arrivals = new Float64Array(QUEUE_PACKETS_MAX);
  #head = 0;
  #count = 0;
  #bytes = 0;
  /** Offset in the ring at which the next packet may begin. */
  #tail = 0;
  /** The largest packet since the queue was last empty. */
  #largest = 0;

  #start = 0;
  #end = 0;
  #heldStart = 0;
  #heldLength = 0;

  // CoDel's state, by the names of RFC 8289.
  #firstAboveTime = 0;
  #dropNext = 0;
  #dropCount = 0;
  #lastDropCount = 0;
  #isDropping = false;

  #isCongested = false;
  /** Dropped at the tail, since the ring was full. */
  droppedFull = 0;
  /** Dropped at the head, since they or the queue had waited for too long. */
  droppedLate = 0;

  get length(): number {
    return this.#count;
  }

  /** Sources should hold back; goes off later than it goes on, so that it does not flutter. */
  get isCongested(): boolean {
    return this.#isCongested;
  }

  /** The buffer of the packet that `pollPacket` found, and of the one that is held; valid until the next `push`. */
  get packet(): Uint8Array {
    return this.#ring!;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  /** Bytes that it takes. */
  get memory(): number {
    return this.#ring?.length ?? 0;
  }

  get heldStart(): number {
    return this.#heldStart;
  }

  /** Length of the packet that `pollPacket` would take if none were late; 0: there is none. */
  get nextLength(): number {
    return this.#count === 0 ? 0 : this.#lengths[this.#head]!;
  }

  /** Returns false when the packet was dropped. It must not be longer than a link's largest packet. */
  push(packet: Uint8Array, start: number, end: number, now: number): boolean {
    const length = end - start;
    if (this.#count === QUEUE_PACKETS_MAX || this.#bytes + length > QUEUE_BYTES_MAX || !this.#makeRoom(length)) {
      this.droppedFull++;
      return false;
    }
    const at = this.#tail + PIECE_HEADER_LENGTH;
    this.#ring!.set(packet.subarray(start, end), at);
    this.#tail = at + length;
    const entry = (this.#head + this.#count) % QUEUE_PACKETS_MAX;
    this.#starts[entry] = at;
    this.#lengths[entry] = length;
    this.#arrivals[entry] = now;
    this.#count++;
    this.#bytes += length;
    if (length > this.#largest) this.#largest = length;
    if (this.#isFilling(now)) this.#isCongested = true;
    return true;
  }

  /** Takes the next packet that is to be sent, and drops those before it whose time is over. False: there is none. */
  pollPacket(now: number): boolean {
    let isLate = this.#takeHead(now);
    if (isLate === undefined) {
      this.#isDropping = false;
      return false;
    }
    if (this.#isDropping) {
      isLate = this.#dropOnSchedule(isLate, now);
    } else if (isLate) {
      this.droppedLate++;
      isLate = this.#takeHead(now);
      this.#isDropping = true;
      // When the last dropping state ended only just now, its rate is about right again.
      const recent = this.#dropCount - this.#lastDropCount;
      this.#dropCount = recent > 1 && now - this.#dropNext < 16 * QUEUE_INTERVAL_MS ? recent : 1;
      this.#dropNext = this.#controlLaw(now);
      this.#lastDropCount = this.#dropCount;
    }
    return isLate !== undefined;
  }

  /** Keeps the packet that was just polled until `release`. */
  hold(): void {
    this.#heldStart = this.#start;
    this.#heldLength = this.#end - this.#start;
  }

  release(): void {
    this.#heldLength = 0;
  }

  /** Gives its memory back when it was empty since the last call. */
  trim(): void {
    if (!this.#wasUsed && this.#count === 0 && this.#heldLength === 0) this.#ring = undefined;
    this.#wasUsed = false;
  }

  /** Throws all packets away, as when the link goes down. */
  clear(): void {
    this.#head = 0;
    this.#count = 0;
    this.#bytes = 0;
    this.#heldLength = 0;
    this.#firstAboveTime = 0;
    this.#isDropping = false;
    this.#isCongested = false;
    this.#ring = undefined;
  }

  // ── Room ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Moves `#tail` to where a packet with its header finds room; false: nowhere, and the ring is as large as it may be. */
  #makeRoom(length: number): boolean {
    const size = PIECE_HEADER_LENGTH + length;
    this.#wasUsed = true;
    this.#ring ??= new Uint8Array(QUEUE_RING_MIN);
    while (!this.#findRoom(size)) {
      if (this.#ring.length === QUEUE_RING_MAX) return false;
      this.#grow();
    }
    return true;
  }

  #findRoom(size: number): boolean {
    const isHolding = this.#heldLength > 0;
    if (this.#count === 0) this.#largest = 0;
    if (this.#count === 0 && !isHolding) {
      this.#tail = 0;
      return true;
    }
    const oldest = (isHolding ? this.#heldStart : this.#starts[this.#head]!) - PIECE_HEADER_LENGTH;
    // Where both are the same the ring is full, not empty.
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
    const move = (start: number, length: number): number => {
      const at = tail + PIECE_HEADER_LENGTH;
      ring.set(old.subarray(start, start + length), at);
      tail = at + length;
      return at;
    };
    if (this.#heldLength > 0) this.#heldStart = move(this.#heldStart, this.#heldLength);
    for (let i = 0; i < this.#count; i++) {
      const entry = (this.#head + i) % QUEUE_PACKETS_MAX;
      this.#starts[entry] = move(this.#starts[entry]!, this.#lengths[entry]!);
    }
    this.#tail = tail;
    this.#ring = ring;
  }

  // ── Congestion ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #isFilling(now: number): boolean {
    if (this.#count >= CONGESTED_AT_PACKETS || this.#bytes >= CONGESTED_AT_BYTES) return true;
    return now - this.#arrivals[this.#head]! >= CONGESTED_AT_DELAY_MS;
  }

  #isRelieved(delay: number): boolean {
    if (this.#count === 0) return true;
    return this.#count <= RELIEVED_AT_PACKETS && this.#bytes <= RELIEVED_AT_BYTES && delay < QUEUE_TARGET_MS;
  }

  // ── CoDel ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** CoDel's dropping state: drops the packets that are due, ever faster, until the delay is short again. */
  #dropOnSchedule(wasLate: boolean, now: number): boolean | undefined {
    let isLate: boolean | undefined = wasLate;
    if (!isLate) this.#isDropping = false;
    while (this.#isDropping && now >= this.#dropNext) {
      this.droppedLate++;
      this.#dropCount++;
      isLate = this.#takeHead(now);
      if (isLate === true) this.#dropNext = this.#controlLaw(this.#dropNext);
      else this.#isDropping = false;
    }
    return isLate;
  }

  #controlLaw(time: number): number {
    return time + QUEUE_INTERVAL_MS / Math.sqrt(this.#dropCount);
  }

  /** Takes the head. True: its delay has been above the target for an interval. Undefined: the queue is empty. */
  #takeHead(now: number): boolean | undefined {
    while (this.#count > 0) {
      const entry = this.#head;
      const length = this.#lengths[entry]!;
      const delay = now - this.#arrivals[entry]!;
      this.#head = (entry + 1) % QUEUE_PACKETS_MAX;
      this.#count--;
      this.#bytes -= length;
      if (this.#isRelieved(delay)) this.#isCongested = false;
      if (delay >= QUEUE_DELAY_MAX_MS) {
        this.droppedLate++;
        continue;
      }
      this.#start = this.#starts[entry]!;
      this.#end = this.#start + length;
      return this.#isStanding(delay, now);
    }
    this.#firstAboveTime = 0;
    return undefined;
  }

  #isStanding(delay: number, now: number): boolean {
    if (delay < QUEUE_TARGET_MS || this.#bytes <= this.#largest) {
      this.#firstAboveTime = 0;
      return false;
    }
    if (this.#firstAboveTime === 0) {
      this.#firstAboveTime = now + QUEUE_INTERVAL_MS;
      return false;
    }
    return now >= this.#firstAboveTime;
  }
}
