import {
  congestedAtDelayMs,
  congestedAtPackets,
  mtuMax,
  queueDelayMaxMs,
  queueIntervalMs,
  queuePacketsMax,
  queueTargetMs,
  relievedAtPackets,
} from "./limits.ts";

/**
 * The queue of one link in front of its engine: a ring, bounded in packets (drops at the tail) and in time (drops at the head:
 * CoDel, RFC 8289, and nothing older than a hard limit). It performs no I/O. Packets are copied in, since only a link that
 * cannot send at once uses its queue at all.
 *
 *     while (queue.pollPacket(now)) engine.sendDatagram(queue.packet.subarray(queue.start, queue.end));
 */
export class PacketQueue {
  /** Slots of equal size; made when the first packet has to wait. */
  #slots: Uint8Array | undefined;
  readonly #lengths = new Uint16Array(queuePacketsMax);
  readonly #arrivals = new Float64Array(queuePacketsMax);
  #head = 0;
  #count = 0;
  #bytes = 0;

  #start = 0;
  #end = 0;

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

  /** The buffer of the packet that `pollPacket` found; valid until the next call of anything here. */
  get packet(): Uint8Array {
    return this.#slots!;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  /** Returns false when the packet was dropped. It must not be longer than a link's largest MTU. */
  push(packet: Uint8Array, start: number, end: number, now: number): boolean {
    if (this.#count === queuePacketsMax) {
      this.droppedFull++;
      return false;
    }
    this.#slots ??= new Uint8Array(queuePacketsMax * mtuMax);
    const slot = (this.#head + this.#count) % queuePacketsMax;
    this.#slots.set(packet.subarray(start, end), slot * mtuMax);
    this.#lengths[slot] = end - start;
    this.#arrivals[slot] = now;
    this.#count++;
    this.#bytes += end - start;
    if (this.#count >= congestedAtPackets || now - this.#arrivals[this.#head]! >= congestedAtDelayMs)
      this.#isCongested = true;
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
      this.#dropCount = recent > 1 && now - this.#dropNext < 16 * queueIntervalMs ? recent : 1;
      this.#dropNext = this.#controlLaw(now);
      this.#lastDropCount = this.#dropCount;
    }
    return isLate !== undefined;
  }

  /** Throws all packets away, as when the link goes down. */
  clear(): void {
    this.#head = 0;
    this.#count = 0;
    this.#bytes = 0;
    this.#firstAboveTime = 0;
    this.#isDropping = false;
    this.#isCongested = false;
    this.#slots = undefined;
  }

  /** In the dropping state: drops whatever is due, ever faster, until the delay is short again. */
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
    return time + queueIntervalMs / Math.sqrt(this.#dropCount);
  }

  /** Takes the head. True: its delay has been above the target for an interval. Undefined: the queue is empty. */
  #takeHead(now: number): boolean | undefined {
    while (this.#count > 0) {
      const slot = this.#head;
      const length = this.#lengths[slot]!;
      const delay = now - this.#arrivals[slot]!;
      this.#head = (slot + 1) % queuePacketsMax;
      this.#count--;
      this.#bytes -= length;
      if (this.#count === 0 || (this.#count <= relievedAtPackets && delay < queueTargetMs)) this.#isCongested = false;
      if (delay >= queueDelayMaxMs) {
        this.droppedLate++;
        continue;
      }
      this.#start = slot * mtuMax;
      this.#end = this.#start + length;
      return this.#isStanding(delay, now);
    }
    this.#firstAboveTime = 0;
    return undefined;
  }

  #isStanding(delay: number, now: number): boolean {
    if (delay < queueTargetMs || this.#bytes <= mtuMax) {
      this.#firstAboveTime = 0;
      return false;
    }
    if (this.#firstAboveTime === 0) {
      this.#firstAboveTime = now + queueIntervalMs;
      return false;
    }
    return now >= this.#firstAboveTime;
  }
}
