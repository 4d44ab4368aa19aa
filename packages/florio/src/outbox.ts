import assert from "node:assert";
import { DataFrameWriter, isPacketSize, packetCount, readdressFrame, writeControlFrame } from "./frame.ts";
import {
  FRAME_HEADER_SIZE,
  FRAME_SIZE_MAX,
  MESSAGE_SIZE_MAX,
  PACKET_LENGTH_SIZE,
  QUEUE_BYTES_MAX,
  QUEUE_CONTROL_MAX,
  QUEUE_FRAMES_MAX,
} from "./limits.ts";
import type { FlorioCounters } from "./port.ts";

/** The result of sending a datagram to the socket. */
export const SendFate = {
  sent: 0,
  /** The socket is full: the frame was not sent. An event tells when the socket is writable again. */
  full: 1,
  /** The partner is gone: the frame was not sent. */
  gone: 2,
  /** The frame cannot be sent; other frames may be. */
  unsendable: 3,
} as const;
export type SendFate = (typeof SendFate)[keyof typeof SendFate];

const SOURCES = 0x1_0000;

export type SendFrame = (frame: Uint8Array) => SendFate;

/** The queue: how many DATA frames wait, their bytes, and how many CONTROL frames wait. */
export interface OutboxLoad {
  readonly frames: number;
  readonly bytes: number;
  readonly control: number;
}

/** A waiting DATA frame: an open one that is still being filled, or a received one that is passed on as a whole. */
interface QueuedFrame {
  /** Handle and source in one number, by `wayOf`. */
  way: number;
  readonly writer: DataFrameWriter | undefined;
  readonly whole: Uint8Array | undefined;
  readonly wholePackets: number;
}

/**
 * A bounded queue of packets and messages for one socket. CONTROL frames go first. DATA packets are packed into one frame for
 * each link and source. A frame stays open for more packets until it is full or sent: so a full socket makes frames larger,
 * not more.
 *
 *      sendControl ──▶ control ring ─────────────┐
 *                                                ├──▶ drain ──▶ socket
 *      sendPacket ──▶ open frame of the link ──┐ │
 *      sendFrame  ─────────────────────────────┴─┘  in the order in which the frames were begun
 *
 * Pure: callers pass in the function that sends.
 */
export class Outbox {
  readonly #counters: FlorioCounters;
  readonly #control: Uint8Array[] = [];
  readonly #frames: QueuedFrame[] = [];
  readonly #open = new Map<number, QueuedFrame>();
  /** Frames whose buffers are free for use. */
  readonly #spare: QueuedFrame[] = [];
  readonly #controlBuffer: Uint8Array = new Uint8Array(FRAME_SIZE_MAX);
  #last: QueuedFrame | undefined;
  #bytes = 0;
  #isBlocked = false;
  #mustTellWritable = false;

  constructor(counters: FlorioCounters) {
    this.#counters = counters;
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0 && this.#control.length === 0;
  }

  /** The load of the queue. */
  get waiting(): OutboxLoad {
    return { frames: this.#frames.length, bytes: this.#bytes, control: this.#control.length };
  }

  /** Whether something is left to do at the end of the turn. */
  get needsTurn(): boolean {
    return !this.isEmpty || this.#mustTellWritable;
  }

  /** False while the socket is full and more than half of the queue is used. */
  get isWritable(): boolean {
    return !this.#isBlocked || (this.#bytes <= QUEUE_BYTES_MAX / 2 && this.#frames.length <= QUEUE_FRAMES_MAX / 2);
  }

  /** True once when a source that was told to hold back, or lost a packet, can go on. */
  takeWritable(): boolean {
    if (!this.#mustTellWritable || !this.isWritable) return false;
    this.#mustTellWritable = false;
    return true;
  }

  /** Sends a message at once, or keeps it until the socket has room again. False: the message was not taken. */
  sendControl(message: Uint8Array, send: SendFrame): boolean {
    assert(message.length > 0 && message.length <= MESSAGE_SIZE_MAX, "a message fits into a frame");
    if (this.#control.length === 0) {
      const fate = send(this.#controlBuffer.subarray(0, writeControlFrame(this.#controlBuffer, message)));
      if (fate === SendFate.full) this.#block();
      else this.#countControl(fate);
      if (fate !== SendFate.full) return fate === SendFate.sent;
    }
    if (this.#control.length >= QUEUE_CONTROL_MAX) {
      this.#counters.controlDropped++;
      return false;
    }
    const frame = new Uint8Array(FRAME_HEADER_SIZE + message.length);
    writeControlFrame(frame, message);
    this.#control.push(frame);
    return true;
  }

  /** Copies `packet[start, end)` into the open frame of its link and source. False: the packet was not taken, and is counted as refused. */
  sendPacket(handle: number, source: number, packet: Uint8Array, start: number, end: number, send: SendFrame): boolean {
    const size = end - start;
    if (!isPacketSize(size) || handle === 0) {
      this.#counters.packetsRefusedUnsendable++;
      return false;
    }
    const last = this.#last;
    const way = wayOf(handle, source);
    let open = last !== undefined && last.way === way ? last : this.#open.get(way);
    if (open === undefined || !open.writer!.fits(size) || !this.#hasBytes(size)) {
      open = this.#makeRoom(way, size, open, send);
      if (open === undefined) return this.#refuseFull(1);
    }
    this.#last = open;
    open.writer!.append(packet, start, end);
    this.#bytes += PACKET_LENGTH_SIZE + size;
    this.#noteFill();
    return true;
  }

  /** Queues a whole checked DATA frame, which now belongs to the outbox. False: the frame was not taken, and its packets are counted as refused. */
  sendFrame(handle: number, source: number, frame: Uint8Array, send: SendFrame): boolean {
    const packets = packetCount(frame);
    if (!this.#hasBytes(frame.length) || this.#frames.length >= QUEUE_FRAMES_MAX) this.drain(send);
    if (!this.#hasBytes(frame.length) || this.#frames.length >= QUEUE_FRAMES_MAX) return this.#refuseFull(packets);
    const way = wayOf(handle, source);
    const open = this.#open.get(way);
    if (open !== undefined) this.#close(open);
    readdressFrame(frame, handle, source);
    this.#frames.push({ way, writer: undefined, whole: frame, wholePackets: packets });
    this.#bytes += frame.length;
    this.#noteFill();
    return true;
  }

  /** The socket has room again. */
  unblock(): void {
    this.#isBlocked = false;
  }

  /** Sends waiting frames, until the socket is full, the partner is gone or no frame is left. */
  drain(send: SendFrame): void {
    if (this.#isBlocked) return;
    if (!this.#drainControl(send)) return;
    const frames = this.#frames;
    let done = 0;
    while (done < frames.length) {
      const frame = frames[done]!;
      const bytes = frame.writer === undefined ? frame.whole! : frame.writer.bytes();
      const fate = send(bytes);
      if (fate === SendFate.full) this.#block();
      if (fate === SendFate.full || fate === SendFate.gone) break;
      this.#count(frame, fate);
      this.#release(frame, bytes.length);
      done++;
    }
    if (done === frames.length) frames.length = 0;
    else if (done > 0) frames.splice(0, done);
  }

  /** Drops and counts all waiting frames: there is no partner to send them to. */
  clear(): void {
    for (const frame of this.#frames) {
      this.#counters.packetsDroppedNotConnected += packetsOf(frame);
      this.#release(frame, frame.writer?.length ?? frame.whole!.length);
    }
    this.#frames.length = 0;
    this.#counters.controlDropped += this.#control.length;
    this.#control.length = 0;
    this.#isBlocked = false;
  }

  #drainControl(send: SendFrame): boolean {
    const control = this.#control;
    while (control.length > 0) {
      const fate = send(control[0]!);
      if (fate === SendFate.full) this.#block();
      if (fate === SendFate.full || fate === SendFate.gone) return false;
      this.#countControl(fate);
      control.shift();
    }
    return true;
  }

  /** Returns an open frame with room for the packet, after it has sent full frames; undefined when the queue stays full. */
  #makeRoom(way: number, size: number, full: QueuedFrame | undefined, send: SendFrame): QueuedFrame | undefined {
    if (full !== undefined && !full.writer!.fits(size)) this.#close(full);
    if (full !== undefined || !this.#hasBytes(size) || this.#frames.length >= QUEUE_FRAMES_MAX) this.drain(send);
    if (!this.#hasBytes(size)) return undefined;
    const open = this.#open.get(way);
    if (open !== undefined) return open;
    return this.#frames.length < QUEUE_FRAMES_MAX ? this.#begin(way) : undefined;
  }

  #begin(way: number): QueuedFrame {
    const frame = this.#spare.pop() ?? { way, writer: new DataFrameWriter(), whole: undefined, wholePackets: 0 };
    frame.way = way;
    frame.writer!.reset(Math.floor(way / SOURCES), way % SOURCES);
    this.#bytes += FRAME_HEADER_SIZE;
    this.#frames.push(frame);
    this.#open.set(way, frame);
    return frame;
  }

  #hasBytes(size: number): boolean {
    return this.#bytes + FRAME_HEADER_SIZE + PACKET_LENGTH_SIZE + size <= QUEUE_BYTES_MAX;
  }

  /** A source that sees the queue more than half full holds back, and has to be told when to go on. */
  #noteFill(): void {
    if (this.#isBlocked && !this.isWritable) this.#mustTellWritable = true;
  }

  #block(): void {
    if (!this.#isBlocked) this.#counters.socketFull++;
    this.#isBlocked = true;
    this.#noteFill();
  }

  #close(frame: QueuedFrame): void {
    if (this.#last === frame) this.#last = undefined;
    if (this.#open.get(frame.way) === frame) this.#open.delete(frame.way);
  }

  #release(frame: QueuedFrame, length: number): void {
    this.#bytes -= length;
    if (frame.writer === undefined) return;
    this.#close(frame);
    this.#spare.push(frame);
  }

  #countControl(fate: SendFate): void {
    if (fate === SendFate.sent) this.#counters.framesSent++;
    else this.#counters.controlDropped++;
  }

  #count(frame: QueuedFrame, fate: SendFate): void {
    if (fate === SendFate.sent) {
      this.#counters.framesSent++;
      this.#counters.packetsSent += packetsOf(frame);
    } else {
      this.#counters.packetsDroppedUnsendable += packetsOf(frame);
    }
  }

  #refuseFull(packets: number): false {
    this.#counters.packetsRefusedQueueFull += packets;
    this.#mustTellWritable = true;
    return false;
  }
}

/** Handle and source in one number. */
function wayOf(handle: number, source: number): number {
  return handle * SOURCES + source;
}

function packetsOf(frame: QueuedFrame): number {
  return frame.writer?.packets ?? frame.wholePackets;
}
