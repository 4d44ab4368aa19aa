import type { TrafficClass } from "@florenetes/forwarding";
import { ByteQueue, type Tally } from "./byte-queue.ts";
import { DatagramQueue } from "./datagram-queue.ts";
import { StreamKind } from "./frames.ts";
import { SEND_BUFFER_MAX } from "./limits.ts";
import { QueuePlace } from "./linked-queue.ts";
import type { ReceiveWindow } from "./receive-window.ts";

/**
 * Frames that a stream has to send, besides its bytes: one bit each, so that only one of each kind is sent, however
 * often its content changes.
 */
export const Due = { open: 1, answer: 2, credit: 4, ack: 8, reset: 16 } as const;

/** `open`: the application has the stream. `resetting`: the stream only waits until its RESET_STREAM has been sent. */
export type StreamPhase = "open" | "resetting";

export interface StreamOptions {
  readonly id: number;
  readonly isOwn: boolean;
  readonly kind: StreamKind;
  readonly trafficClass: TrafficClass;
  readonly service: string;
  readonly principal: string;
  /** The credit for our half at the beginning. */
  readonly sendLimit: number;
  readonly window: ReceiveWindow;
  /** The counts of what all streams of the session hold. */
  readonly tallies: StreamTallies;
}

/** Bytes that the streams of a session hold: those that wait for the socket, and received ones that were not read. */
export interface StreamTallies {
  readonly waiting: Tally;
  readonly unread: Tally;
}

/** The state of one stream or flow. Offsets count the bytes of a half from 0. */
export class SessionStream {
  readonly id: number;
  /** Whether our end has opened the stream. */
  readonly isOwn: boolean;
  readonly kind: StreamKind;
  readonly trafficClass: TrafficClass;
  readonly service: string;
  readonly principal: string;
  phase: StreamPhase = "open";
  isAnswered = false;

  due = 0;
  /** The place among streams with frames that are due. */
  readonly duePlace: QueuePlace<SessionStream> = new QueuePlace(this);
  /** The place among streams of its class that have something to send. */
  readonly turnPlace: QueuePlace<SessionStream> = new QueuePlace(this);
  /** Bytes that the stream may send in its turn; below 0 after a longer frame. */
  allowance = 0;
  resetCode = 0;
  resetText = "";

  readonly #toSend: ByteQueue;
  readonly datagrams: DatagramQueue;
  #sent = 0;
  sendLimit: number;
  /** Bytes that the far workload has taken. */
  acknowledged = 0;
  #isFinished = false;
  #isCloseSent = false;
  #isEndAcknowledged = false;
  /** Whether the writer was told to wait. */
  #wantsRoom = false;

  readonly #received: ByteQueue;
  readonly window: ReceiveWindow;
  #receivedTotal = 0;
  #readTotal = 0;
  /** The size of the peer's half, once CLOSE_STREAM has told it. */
  #peerSize: number | undefined;
  /** Whether the reader was told that there is something to read. */
  isReadableTold = false;
  #isEndTold = false;
  #ackOffset = 0;
  #isEndTaken = false;
  #isEndAckSent = false;

  constructor(options: StreamOptions) {
    this.id = options.id;
    this.isOwn = options.isOwn;
    this.kind = options.kind;
    this.trafficClass = options.trafficClass;
    this.service = options.service;
    this.principal = options.principal;
    this.sendLimit = options.sendLimit;
    this.window = options.window;
    const { waiting, unread } = options.tallies;
    this.#toSend = new ByteQueue(waiting);
    this.datagrams = new DatagramQueue(waiting);
    this.#received = new ByteQueue(unread);
  }

  // ── Sending ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes as many bytes as credit and room allow. The caller keeps the rest, and is told when there is room. */
  write(bytes: Uint8Array): number {
    const waiting = this.#toSend.length;
    if (this.#isFinished) return 0;
    const room = Math.max(0, Math.min(SEND_BUFFER_MAX - waiting, this.sendLimit - this.#sent - waiting));
    const count = Math.min(room, bytes.length);
    this.#toSend.push(count === bytes.length ? bytes : bytes.subarray(0, count));
    this.#wantsRoom = count < bytes.length;
    return count;
  }

  /** No more bytes will come. */
  finish(): void {
    this.#isFinished = true;
    this.#wantsRoom = false;
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Whether a writer that was told to wait can go on; true only once, as the writer is then told. */
  takeRoomNews(): boolean {
    const waiting = this.#toSend.length;
    const hasRoom = waiting <= SEND_BUFFER_MAX / 2 && this.sendLimit - this.#sent > waiting;
    if (!this.#wantsRoom || !hasRoom) return false;
    this.#wantsRoom = false;
    return true;
  }

  get hasToSend(): boolean {
    if (this.phase !== "open" || !(this.isOwn || this.isAnswered)) return false;
    if (this.kind === StreamKind.datagrams) return this.datagrams.firstLength !== undefined;
    return this.#toSend.length > 0 || (this.#isFinished && !this.#isCloseSent);
  }

  get waiting(): number {
    return this.#toSend.length;
  }

  get sent(): number {
    return this.#sent;
  }

  /** Takes so many of the waiting bytes. */
  takeInto(out: Uint8Array, at: number, length: number): void {
    this.#toSend.takeInto(out, at, length);
    this.#sent += length;
  }

  /** CLOSE_STREAM was sent, after all bytes. */
  handleCloseSent(): void {
    this.#isCloseSent = true;
  }

  get isCloseSent(): boolean {
    return this.#isCloseSent;
  }

  handleEndAcknowledged(): void {
    this.#isEndAcknowledged = true;
  }

  get isEndAcknowledged(): boolean {
    return this.#isEndAcknowledged;
  }

  // ── Receiving ───────────────────────────────────────────────────────────────────────────────────────────────────────

  get received(): number {
    return this.#receivedTotal;
  }

  get peerSize(): number | undefined {
    return this.#peerSize;
  }

  handleBytes(bytes: Uint8Array): void {
    this.#received.push(bytes);
    this.#receivedTotal += bytes.length;
  }

  handleClose(): void {
    this.#peerSize = this.#receivedTotal;
  }

  get readable(): number {
    return this.#received.length;
  }

  /** Takes at most so many bytes, in one piece. */
  read(max: number): Uint8Array {
    const piece = this.#received.take(max);
    this.#handleRead(piece.length);
    return piece;
  }

  /** Takes as many bytes as there are and `out` has room for; returns how many. */
  readInto(out: Uint8Array): number {
    const count = this.#received.takeInto(out, 0, out.length);
    this.#handleRead(count);
    return count;
  }

  #handleRead(count: number): void {
    this.#readTotal += count;
    if (this.#received.length === 0) this.isReadableTold = false;
    const hasCredit = count > 0 && this.#peerSize === undefined;
    if (hasCredit && this.window.handleRead(this.#receivedTotal, this.#readTotal)) this.due |= Due.credit;
  }

  get readTotal(): number {
    return this.#readTotal;
  }

  /** Whether the reader has read everything to the end; true only once, as the reader is then told. */
  takeEndNews(): boolean {
    if (this.#isEndTold || this.#peerSize !== this.#readTotal) return false;
    this.#isEndTold = true;
    return true;
  }

  /** The far workload has taken so many bytes and, with `isEnd`, the end. */
  acknowledge(offset: number, isEnd: boolean): void {
    const taken = Math.min(offset, this.#readTotal);
    const isEndTaken = isEnd && this.#isEndTold;
    if (taken <= this.#ackOffset && (!isEndTaken || this.#isEndTaken)) return;
    this.#ackOffset = Math.max(taken, isEndTaken ? this.#readTotal : this.#ackOffset);
    this.#isEndTaken ||= isEndTaken;
    this.due |= Due.ack;
  }

  get ackOffset(): number {
    return this.#ackOffset;
  }

  get isEndTaken(): boolean {
    return this.#isEndTaken;
  }

  handleAckSent(): void {
    this.#isEndAckSent = this.#isEndTaken;
  }

  // ── The end ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Whether both halves have ended, and both ends know that everything was taken. */
  get isOver(): boolean {
    return this.#isEndAcknowledged && this.#isEndAckSent;
  }

  /** Resets both halves; only the frame that says so is left. */
  give(code: number, text: string): void {
    this.phase = "resetting";
    this.due = Due.reset;
    this.resetCode = code;
    this.resetText = text;
    this.discard();
  }

  /** Frees all bytes. */
  discard(): void {
    this.#toSend.clear();
    this.datagrams.clear();
    this.#received.clear();
    this.window.close();
  }
}
