import { type QuicConfig, StreamResult } from "../../src/engine.ts";
import type { Frame, FrameWriter } from "./frames.ts";
import { ReceivingPart } from "./receiving-part.ts";
import { repeated, type SentFrame } from "./recovery.ts";
import { SendingPart } from "./sending-part.ts";

interface Stream {
  readonly id: number;
  readonly sending: SendingPart;
  readonly receiving: ReceivingPart;
}

/** The peer's limits for our streams. */
export interface StreamLimits {
  readonly connectionWindow: number;
  readonly streamWindow: number;
  readonly bidirectionalMax: number;
}

/** RFC 9000, 20.1. */
const FLOW_CONTROL_ERROR = 0x03;
const STREAM_LIMIT_ERROR = 0x04;

const none: readonly number[] = [];

/** The bidirectional streams of a connection, and the flow control of all of them together (RFC 9000, 2 to 4). */
export class Streams {
  ended = false;
  errorCode = 0;
  readonly #own: QuicConfig["streams"];
  readonly #isServer: boolean;
  /** The window that the peer gives to a new stream; 0 before it has told. */
  #streamWindow = 0;
  readonly #streams = new Map<number, Stream>();
  readonly #readable = new Set<Stream>();
  /** Streams that have something to send, in the order in which it is their turn. */
  readonly #sendable = new Set<Stream>();
  #openedByUs = 0;
  #openedByUsMax = 0;
  #openedByPeer = 0;
  #openedByPeerMax: number;
  #isPeerMaxDue = false;
  /** How many of the peer's streams have ended since it was last told of its limit. */
  #ended = 0;
  #sendMax = 0;
  #taken = 0;
  #unsent = 0;
  #receiveMax: number;
  #received = 0;
  #released = 0;
  #isReceiveMaxDue = false;

  constructor(isServer: boolean, own: QuicConfig["streams"]) {
    this.#isServer = isServer;
    this.#own = own;
    this.#openedByPeerMax = own.bidirectionalMax;
    this.#receiveMax = own.connectionWindow;
  }

  get hasWork(): boolean {
    return this.#isPeerMaxDue || this.#isReceiveMaxDue || this.#sendable.size > 0;
  }

  /** Bytes that were taken and not sent yet. */
  get unsent(): number {
    return this.#unsent;
  }

  /** Bidirectional streams that we may still open. */
  get left(): number {
    return this.#openedByUsMax - this.#openedByUs;
  }

  handlePeerLimits({ connectionWindow, streamWindow, bidirectionalMax }: StreamLimits): void {
    this.#sendMax = connectionWindow;
    this.#streamWindow = streamWindow;
    this.#openedByUsMax = bidirectionalMax;
  }

  // ── For the application ─────────────────────────────────────────────────────────────────────────────────────────────

  readable(): readonly number[] {
    return this.#readable.size === 0 ? none : Array.from(this.#readable, ({ id }) => id);
  }

  /** @param room of the congestion window, in bytes. */
  send(id: number, bytes: Uint8Array, fin: boolean, room: number): number {
    const stream = this.#streams.get(id) ?? this.#open(id);
    if (typeof stream === "number") return stream;
    const creditLeft = this.#sendMax - this.#taken;
    const taken = this.#change(stream, ({ sending }) => sending.send(bytes, fin, Math.min(room, creditLeft)));
    if (taken === StreamResult.stopped) this.errorCode = stream.sending.stopCode;
    this.#taken += Math.max(0, taken);
    return taken;
  }

  capacity(id: number, room: number): number {
    const stream = this.#streams.get(id);
    if (stream === undefined) return StreamResult.gone;
    const creditLeft = this.#sendMax - this.#taken;
    const capacity = this.#change(stream, ({ sending }) => sending.capacity(Math.min(room, creditLeft)));
    if (capacity === StreamResult.stopped) this.errorCode = stream.sending.stopCode;
    return capacity;
  }

  receive(id: number, out: Uint8Array, rttMs: number, now: number): number {
    this.ended = false;
    const stream = this.#streams.get(id);
    if (stream === undefined) return StreamResult.gone;
    const length = this.#change(stream, ({ receiving }) => receiving.receive(out, rttMs, now));
    if (length === StreamResult.reset) this.errorCode = stream.receiving.resetCode;
    this.ended = length >= 0 && stream.receiving.isOver;
    return length;
  }

  reset(id: number, code: number): void {
    const stream = this.#streams.get(id);
    if (stream !== undefined) this.#change(stream, ({ sending }) => sending.reset(code));
  }

  stop(id: number, code: number): void {
    const stream = this.#streams.get(id);
    if (stream !== undefined) this.#change(stream, ({ receiving }) => receiving.stop(code));
  }

  // ── For the packets ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Returns the transport error, if the peer has broken a rule. */
  handleFrame(frame: Frame): number | undefined {
    switch (frame.kind) {
      case "max-data":
        this.#sendMax = Math.max(this.#sendMax, frame.limit);
        return undefined;
      case "max-streams":
        this.#openedByUsMax = Math.max(this.#openedByUsMax, frame.limit);
        return undefined;
      case "stream":
        return this.#handle(frame.id, ({ receiving }) => receiving.handleBytes(frame.offset, frame.bytes, frame.isEnd));
      case "reset-stream":
        return this.#handle(frame.id, ({ receiving }) => receiving.handleReset(frame.code, frame.finalSize));
      case "stop-sending":
        return this.#handle(frame.id, ({ sending }) => sending.handleStop(frame.code));
      case "max-stream-data":
        return this.#handle(frame.id, ({ sending }) => sending.handleLimit(frame.limit));
      default:
        return undefined;
    }
  }

  /** Writes as much as there is room for, the streams by turns; `sent` gets what was written. */
  write(writer: FrameWriter, sent: SentFrame[]): void {
    if (this.#isPeerMaxDue && writer.write({ kind: "max-streams", limit: this.#openedByPeerMax })) {
      this.#isPeerMaxDue = false;
      sent.push(repeated(() => void (this.#isPeerMaxDue = true)));
    }
    if (this.#isReceiveMaxDue && writer.write({ kind: "max-data", limit: this.#receiveMax })) {
      this.#isReceiveMaxDue = false;
      sent.push(repeated(() => void (this.#isReceiveMaxDue = true)));
    }
    for (let stream = first(this.#sendable); stream !== undefined; stream = first(this.#sendable)) {
      const frame = this.#change(stream, ({ sending, receiving }) => receiving.write(writer) ?? sending.write(writer));
      if (frame === undefined && hasWork(stream)) return;
      this.#sendable.delete(stream);
      if (hasWork(stream)) this.#sendable.add(stream);
      if (frame !== undefined) sent.push(this.#watched(stream, frame));
    }
  }

  /** A frame whose fate may give its stream something to send, or end it. */
  #watched(stream: Stream, frame: SentFrame): SentFrame {
    return {
      handleAcknowledged: () => this.#change(stream, () => frame.handleAcknowledged()),
      handleLost: () => this.#change(stream, () => frame.handleLost()),
    };
  }

  // ── Opening and ending ──────────────────────────────────────────────────────────────────────────────────────────────

  #open(id: number): Stream | StreamResult {
    const index = id >> 2;
    if ((id & 3) !== (this.#isServer ? 1 : 0) || index < this.#openedByUs) return StreamResult.gone;
    if (index >= this.#openedByUsMax) return StreamResult.limit;
    while (this.#openedByUs <= index) this.#add(4 * this.#openedByUs++ + (id & 3));
    return this.#streams.get(id)!;
  }

  /** Lets a frame of the peer change a stream, which it may open; returns a transport error. */
  #handle(id: number, change: (stream: Stream) => boolean | void): number | undefined {
    const index = id >> 2;
    if ((id & 3) === (this.#isServer ? 0 : 1)) {
      if (index >= this.#openedByPeerMax) return STREAM_LIMIT_ERROR;
      while (this.#openedByPeer <= index) this.#add(4 * this.#openedByPeer++ + (id & 3));
    }
    const stream = this.#streams.get(id);
    // The stream has ended, and the frame was sent before that or came again.
    if (stream === undefined) return undefined;
    const isWithinWindow = this.#change(stream, change) !== false && this.#received <= this.#receiveMax;
    return isWithinWindow ? undefined : FLOW_CONTROL_ERROR;
  }

  /** Runs what changes a stream, and keeps the sums of the connection. */
  #change<Result>(stream: Stream, run: (stream: Stream) => Result): Result {
    const { sending, receiving } = stream;
    const { unsent } = sending;
    const { highest, released } = receiving;
    const result = run(stream);
    this.#unsent += sending.unsent - unsent;
    this.#received += receiving.highest - highest;
    this.#released += receiving.released - released;
    this.#widen();
    this.#touch(stream);
    return result;
  }

  #add(id: number): void {
    const { streamWindow, streamWindowMax } = this.#own;
    const sending = new SendingPart(id, this.#streamWindow);
    this.#streams.set(id, { id, sending, receiving: new ReceivingPart(id, streamWindow, streamWindowMax) });
  }

  /** The window moves when half of it is read or given up. */
  #widen(): void {
    const { connectionWindow } = this.#own;
    if (this.#receiveMax - this.#released > connectionWindow / 2) return;
    this.#receiveMax = this.#released + connectionWindow;
    this.#isReceiveMaxDue = true;
  }

  /** Puts a stream where it belongs. */
  #touch(stream: Stream): void {
    const { id, sending, receiving } = stream;
    if (!this.#streams.has(id)) return;
    if (receiving.isReadable) this.#readable.add(stream);
    else this.#readable.delete(stream);
    if (hasWork(stream)) this.#sendable.add(stream);
    if (!sending.isOver || !receiving.isOver || receiving.hasWork) return;
    this.#streams.delete(id);
    this.#sendable.delete(stream);
    if ((id & 1) === (this.#isServer ? 0 : 1)) this.#allowMore();
  }

  /** A stream of the peer has ended: it may open others, which it is told in bundles. */
  #allowMore(): void {
    this.#ended++;
    if (2 * this.#ended < this.#own.bidirectionalMax) return;
    this.#openedByPeerMax += this.#ended;
    this.#ended = 0;
    this.#isPeerMaxDue = true;
  }
}

function hasWork({ sending, receiving }: Stream): boolean {
  return sending.hasWork || receiving.hasWork;
}

function first<Item>(items: Set<Item>): Item | undefined {
  return items.values().next().value;
}
