import { foreignText } from "@florenetes/operator-text";
import { TrafficClass, trafficClassNumbered } from "@florenetes/forwarding";
import { RateLimit } from "@florenetes/scheduling";
import { Tally } from "./byte-queue.ts";
import { SessionCode, Violation } from "./codes.ts";
import { DatagramCopies } from "./datagram-copies.ts";
import { type FrameOf, type Role, StreamKind } from "./frames.ts";
import { RESETS_BURST, RESETS_PER_SECOND, TEXT_SHOWN_MAX, WINDOW_POOL } from "./limits.ts";
import { ReceiveWindow, WindowPool } from "./receive-window.ts";
import type { EventQueue } from "./session-events.ts";
import { type SessionLimits, UNNAMED_LIMITS } from "./session-limits.ts";
import { Due, SessionStream, type StreamTallies } from "./session-stream.ts";
import { StreamTable } from "./stream-table.ts";
import { StreamTransmitter } from "./stream-transmitter.ts";

/** The properties of a stream or flow that this end opens. */
export interface OpenOptions {
  readonly service: string;
  readonly trafficClass: TrafficClass;
  readonly kind: StreamKind;
  /** The caller, when a vertex opens the stream to a workload; else empty. */
  readonly principal: string;
}

/** Datagrams one behind the other: `count` of them, which are as long as `lengths` says. */
export interface DatagramRun {
  readonly bytes: Uint8Array;
  readonly lengths: Uint32Array;
  readonly count: number;
}

/** The properties of this end: see `SessionOptions`. */
export interface StreamRules {
  readonly limits: SessionLimits;
  readonly isReaderFar: boolean;
  readonly takesControl: boolean;
}

/** The streams and flows of a session: handles frames of the peer and calls of the owner. */
export class Streams {
  readonly table: StreamTable;
  readonly transmitter: StreamTransmitter;
  peerLimits: SessionLimits = UNNAMED_LIMITS;
  readonly #limits: SessionLimits;
  readonly #events: EventQueue;
  /** Whether the reader is the far workload itself. */
  readonly #isReaderFar: boolean;
  readonly #takesControl: boolean;
  readonly tallies: StreamTallies = { waiting: new Tally(), unread: new Tally() };
  readonly #pool = new WindowPool(WINDOW_POOL);
  readonly #copies = new DatagramCopies();
  readonly #resets = new RateLimit(RESETS_BURST, RESETS_PER_SECOND);

  constructor(role: Role, { limits, isReaderFar, takesControl }: StreamRules, events: EventQueue, now: number) {
    this.table = new StreamTable(role);
    this.transmitter = new StreamTransmitter(this.table, events, now);
    this.#limits = limits;
    this.#isReaderFar = isReaderFar;
    this.#takesControl = takesControl;
    this.#events = events;
  }

  // ── What the owner does ─────────────────────────────────────────────────────────────────────────────────────────────

  open(options: OpenOptions): number | undefined {
    if (this.table.own >= this.peerLimits.streams) return undefined;
    if (options.kind === StreamKind.datagrams && this.peerLimits.datagramSize === 0) return undefined;
    const stream = this.#add({ ...options, id: this.table.takeOwnId(), isOwn: true });
    this.transmitter.tell(stream, Due.open);
    return stream.id;
  }

  answer(id: number): void {
    const stream = this.table.get(id);
    if (stream === undefined || stream.isOwn || stream.isAnswered) return;
    stream.isAnswered = true;
    this.transmitter.tell(stream, Due.answer);
    this.transmitter.wake(stream);
  }

  write(id: number, bytes: Uint8Array): number {
    const stream = this.table.get(id);
    if (stream?.kind !== StreamKind.bytes) return 0;
    const count = stream.write(bytes);
    this.transmitter.wake(stream);
    return count;
  }

  finish(id: number): void {
    const stream = this.table.get(id);
    if (stream?.kind !== StreamKind.bytes) return;
    stream.finish();
    this.transmitter.wake(stream);
  }

  read(id: number, max: number): Uint8Array {
    const stream = this.table.get(id);
    if (stream === undefined) return new Uint8Array(0);
    const piece = stream.read(max);
    if (piece.length > 0) this.#handleRead(stream);
    return piece;
  }

  readInto(id: number, out: Uint8Array): number {
    const stream = this.table.get(id);
    if (stream === undefined) return 0;
    const count = stream.readInto(out);
    if (count > 0) this.#handleRead(stream);
    return count;
  }

  #handleRead(stream: SessionStream): void {
    if (this.#isReaderFar) stream.acknowledge(stream.readTotal, false);
    this.#tellEnd(stream);
    this.transmitter.tell(stream, 0);
  }

  acknowledge(id: number, offset: number, isEnd: boolean): void {
    const stream = this.table.get(id);
    if (stream === undefined) return;
    stream.acknowledge(offset, isEnd);
    this.transmitter.tell(stream, 0);
  }

  reset(id: number, code: number, text: string): void {
    const stream = this.table.get(id);
    if (stream !== undefined) this.transmitter.reset(stream, code, text);
  }

  /** @returns How many datagrams were dropped: this one or older ones. */
  sendDatagram(id: number, bytes: Uint8Array): number {
    const stream = this.table.get(id);
    if (stream?.kind !== StreamKind.datagrams || bytes.length > this.peerLimits.datagramSize) return 1;
    const dropped = stream.datagrams.push(bytes);
    this.transmitter.wake(stream);
    return dropped;
  }

  /** @returns How many datagrams were dropped: of these or older ones. */
  sendDatagrams(id: number, { bytes, lengths, count }: DatagramRun): number {
    const stream = this.table.get(id);
    if (stream?.kind !== StreamKind.datagrams) return count;
    let dropped = 0;
    for (let i = 0, at = 0; i < count; i++) {
      const length = lengths[i]!;
      // The subarray of a Buffer would cost a call more.
      const datagram = new Uint8Array(bytes.buffer, bytes.byteOffset + at, length);
      dropped += length > this.peerLimits.datagramSize ? 1 : stream.datagrams.push(datagram);
      at += length;
    }
    this.transmitter.wake(stream);
    return dropped;
  }

  // ── What the peer says ──────────────────────────────────────────────────────────────────────────────────────────────

  handleOpen(frame: FrameOf<"openStream">): void {
    const { stream: id, service, principal } = frame;
    if (!this.table.takePeerId(id)) return;
    if (this.table.ofPeer >= this.#limits.streams) {
      const sentence = `stream ${id} is one too many, ${this.#limits.streams} may be open at once`;
      throw new Violation(SessionCode.tooManyStreams, sentence);
    }
    const kind = frame.streamKind as StreamKind;
    if (kind === StreamKind.datagrams && this.#limits.datagramSize === 0) {
      throw new Violation(SessionCode.unsupported, `stream ${id} is a flow, and no datagrams are taken`);
    }
    const trafficClass = trafficClassNumbered(frame.trafficClass);
    const stream = this.#add({ id, isOwn: false, kind, trafficClass, service, principal });
    if (trafficClass === TrafficClass.control && !this.#takesControl) {
      this.transmitter.reset(
        stream,
        SessionCode.wrongClass,
        "control is for what vertices and their agents tell each other",
      );
      return;
    }
    this.#events.push({ kind: "opened", stream: id, streamKind: kind, trafficClass, service, principal });
  }

  handleAnswer({ stream: id }: FrameOf<"openAnswer">): void {
    const stream = this.table.ofFrame(id);
    if (stream === undefined) return this.transmitter.handleLateAnswer(id);
    if (!stream.isOwn || stream.isAnswered) throw outOfTurn(`stream ${id} has no answer to get`);
    stream.isAnswered = true;
    this.#events.push({ kind: "answered", stream: id });
  }

  handleData({ stream: id, offset, bytes }: FrameOf<"data">): void {
    const stream = this.#streamOf(id, StreamKind.bytes, "DATA");
    if (stream === undefined) return;
    if (stream.peerSize !== undefined) throw outOfTurn(`stream ${id} has DATA behind CLOSE_STREAM`);
    if (offset !== stream.received) {
      throw new Violation(SessionCode.sequence, `stream ${id} goes on at ${offset} instead of ${stream.received}`);
    }
    if (offset + bytes.length > stream.window.limit) {
      const sentence = `stream ${id} has bytes up to ${offset + bytes.length}, with credit for ${stream.window.limit}`;
      throw new Violation(SessionCode.overCredit, sentence);
    }
    stream.handleBytes(bytes);
    if (stream.isReadableTold) return;
    stream.isReadableTold = true;
    this.#events.push({ kind: "readable", stream: id });
  }

  handleClose({ stream: id, size }: FrameOf<"closeStream">): void {
    const stream = this.#streamOf(id, StreamKind.bytes, "CLOSE_STREAM");
    if (stream === undefined) return;
    if (stream.peerSize !== undefined) throw outOfTurn(`stream ${id} has a second CLOSE_STREAM`);
    if (size !== stream.received) {
      throw new Violation(SessionCode.sequence, `stream ${id} ends at ${size}, with ${stream.received} bytes`);
    }
    stream.handleClose();
    this.#tellEnd(stream);
    this.transmitter.tell(stream, 0);
  }

  handleAck({ stream: id, offset, isEnd }: FrameOf<"ack">): void {
    const stream = this.#streamOf(id, StreamKind.bytes, "ACK");
    if (stream === undefined) return;
    const isEndNews = isEnd && !stream.isEndAcknowledged && offset === stream.acknowledged;
    const isNews = offset > stream.acknowledged || isEndNews;
    const isPossible = offset <= stream.sent && (!isEnd || (stream.isCloseSent && offset === stream.sent));
    if (!isNews || !isPossible) {
      const sentence = `stream ${id} has an ACK of ${offset}${isEnd ? " and the end" : ""} after ${stream.acknowledged}, with ${stream.sent} bytes sent`;
      throw new Violation(SessionCode.sequence, sentence);
    }
    stream.acknowledged = offset;
    if (isEnd) stream.handleEndAcknowledged();
    this.#events.push({ kind: "acknowledged", stream: id, offset, isEnd });
    this.transmitter.forgetIfOver(stream);
  }

  handleCredit({ stream: id, limit }: FrameOf<"streamCredit">): void {
    const stream = this.#streamOf(id, StreamKind.bytes, "STREAM_CREDIT");
    if (stream === undefined) return;
    if (limit <= stream.sendLimit) {
      throw new Violation(SessionCode.sequence, `stream ${id} has credit for ${limit} after ${stream.sendLimit}`);
    }
    stream.sendLimit = limit;
    if (stream.takeRoomNews()) this.#events.push({ kind: "writable", stream: id });
  }

  /** @throws Violation when too many unanswered streams are reset: they cost us more than the peer. */
  handleReset({ stream: id, code, text }: FrameOf<"resetStream">, now: number): void {
    const stream = this.table.ofFrame(id);
    if (stream === undefined) return this.transmitter.handleLateReset(id);
    if (!stream.isOwn && !stream.isAnswered && !this.#resets.take(now)) {
      throw new Violation(SessionCode.flooding, "too many streams are reset before they are answered");
    }
    this.transmitter.forget(stream);
    this.#events.push({ kind: "reset", stream: id, code, text: foreignText(text, TEXT_SHOWN_MAX) });
  }

  handleDatagram({ stream: id, bytes }: FrameOf<"datagram">): void {
    if (bytes.length > this.#limits.datagramSize) {
      const sentence = `a datagram has ${bytes.length} bytes, at most ${this.#limits.datagramSize} are allowed`;
      throw new Violation(SessionCode.tooLarge, sentence);
    }
    const stream = this.#streamOf(id, StreamKind.datagrams, "DATAGRAM");
    if (stream !== undefined) this.#events.push({ kind: "datagram", stream: id, bytes: this.#copies.of(bytes) });
  }

  /** The peer has taken none of our streams above this one. */
  handleGoAway(lastStream: number): void {
    if (lastStream > this.table.highestOwn) {
      throw new Violation(SessionCode.streamId, `GOAWAY names stream ${lastStream}, which was never opened`);
    }
    this.handleUntaken(lastStream);
  }

  /** Ends our streams above this one: the peer has not looked at them. */
  handleUntaken(lastStream: number): void {
    for (const stream of this.table.ownAbove(lastStream)) {
      const isOpen = stream.phase === "open";
      this.transmitter.forget(stream);
      if (isOpen) this.#events.push({ kind: "untaken", stream: stream.id });
    }
  }

  // ── Both ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #add(options: OpenOptions & { id: number; isOwn: boolean }): SessionStream {
    const window = new ReceiveWindow(this.#limits.streamWindow, this.#pool);
    const { tallies } = this;
    const stream = new SessionStream({ ...options, sendLimit: this.peerLimits.streamWindow, window, tallies });
    this.table.add(stream);
    return stream;
  }

  /** The stream of a frame; undefined when the frame is late. */
  #streamOf(id: number, kind: StreamKind, frame: string): SessionStream | undefined {
    const stream = this.table.ofFrame(id);
    if (stream === undefined) return undefined;
    if (stream.kind !== kind) throw outOfTurn(`stream ${id} is of a kind that has no ${frame}`);
    const isFirst = stream.isOwn && !stream.isAnswered;
    if (isFirst && frame !== "ACK" && frame !== "STREAM_CREDIT") {
      throw outOfTurn(`stream ${id} has ${frame} before its answer`);
    }
    return stream;
  }

  #tellEnd(stream: SessionStream): void {
    if (!stream.takeEndNews()) return;
    this.#events.push({ kind: "ended", stream: stream.id });
    if (this.#isReaderFar) stream.acknowledge(stream.readTotal, true);
  }
}

function outOfTurn(sentence: string): Violation {
  return new Violation(SessionCode.outOfTurn, sentence);
}
