import { DATA_HEAD_SIZE, cutText, writeDataHead, writeDatagramHead, writeFrame } from "./frame-writer.ts";
import { StreamKind } from "./frames.ts";
import { GiveUps } from "./give-ups.ts";
import { CONTROL_FRAME_SIZE_MAX, CONTROL_LENGTH_MAX, DATA_SIZE, HEADER_SIZE, OFFSET_SIZE } from "./limits.ts";
import { LinkedQueue } from "./linked-queue.ts";
import type { EventQueue } from "./session-events.ts";
import { Due, type SessionStream } from "./session-stream.ts";
import type { StreamTable } from "./stream-table.ts";
import { TransmitOrder } from "./transmit-order.ts";

/** The least room at the end of a buffer that gets a frame with a part of the waiting bytes. */
const ROOM_MIN = 1_024;

/**
 * Writes what streams have to send: first the frames that are due, the oldest first, then bytes and datagrams in their
 * order. So OPEN_STREAM is sent before the rest of the stream, and CLOSE_STREAM after it.
 */
export class StreamTransmitter {
  /** The largest body that the peer accepts. */
  frameLength: number = CONTROL_LENGTH_MAX;
  readonly #table: StreamTable;
  readonly #events: EventQueue;
  readonly #due = new LinkedQueue<SessionStream>();
  readonly #order = new TransmitOrder();
  readonly #giveUps: GiveUps;

  constructor(table: StreamTable, events: EventQueue, now: number) {
    this.#giveUps = new GiveUps(now);
    this.#table = table;
    this.#events = events;
  }

  /** Marks frames of a stream as due: these bits, in addition to those that are set already. */
  tell(stream: SessionStream, due: number): void {
    stream.due |= due;
    if (stream.due !== 0) this.#due.push(stream.duePlace);
  }

  /** To be called when the stream may have something new to send. */
  wake(stream: SessionStream): void {
    this.#order.wake(stream);
  }

  /**
   * Resets a stream. A stream that the peer does not know of is forgotten without a frame; any other one is kept until
   * its reset was sent.
   */
  reset(stream: SessionStream, code: number, text: string): void {
    if ((stream.due & Due.open) !== 0) {
      this.forget(stream);
      return;
    }
    this.#order.remove(stream);
    this.#due.remove(stream.duePlace);
    stream.give(code, cutText(text));
    const isUnanswered = stream.isOwn && !stream.isAnswered;
    if (!isUnanswered || this.#giveUps.add(stream)) this.tell(stream, Due.reset);
  }

  /** The peer has answered a stream that was reset here: its reset counts no longer as flooding, and may be sent. */
  handleLateAnswer(id: number): void {
    const stream = this.#giveUps.take(id);
    if (stream !== undefined) this.tell(stream, Due.reset);
  }

  /** The peer has reset the stream, too. */
  handleLateReset(id: number): void {
    const stream = this.#giveUps.take(id);
    if (stream !== undefined) this.forget(stream);
  }

  handleTime(now: number): void {
    this.#giveUps.handleTime(now);
    for (let stream = this.#giveUps.shift(); stream !== undefined; stream = this.#giveUps.shift())
      this.tell(stream, Due.reset);
  }

  /** When `handleTime` has something to do. */
  nextTimeout(): number {
    return this.#giveUps.nextTimeout();
  }

  /** All streams are over. */
  clear(): void {
    this.#giveUps.clear();
    this.#table.clear();
  }

  forget(stream: SessionStream): void {
    this.#giveUps.take(stream.id);
    this.#order.remove(stream);
    this.#due.remove(stream.duePlace);
    stream.discard();
    this.#table.delete(stream);
  }

  forgetIfOver(stream: SessionStream): void {
    if (!stream.isOver) return;
    this.forget(stream);
    this.#events.push({ kind: "finished", stream: stream.id });
  }

  /** Fills `out` from `at` on, which has room for the largest frame where `at` is 0; returns where it stopped. */
  write(out: Uint8Array, at: number): number {
    for (let stream = this.#due.first; stream !== undefined; stream = this.#due.first) {
      if (out.length - at < CONTROL_FRAME_SIZE_MAX) return at;
      at = this.#writeDue(out, at, stream);
    }
    for (let stream = this.#order.next(); stream !== undefined; stream = this.#order.next()) {
      const end = stream.kind === StreamKind.bytes ? this.#writeBytes(out, at, stream) : writeDatagram(out, at, stream);
      if (end === at) return at;
      this.#order.handleSent(stream, end - at);
      at = end;
    }
    return at;
  }

  /** Writes one of the frames that are due. */
  #writeDue(out: Uint8Array, at: number, stream: SessionStream): number {
    const due = stream.due & -stream.due;
    stream.due &= ~due;
    if (stream.due === 0) this.#due.remove(stream.duePlace);
    const { id } = stream;
    switch (due) {
      case Due.open: {
        const { kind: streamKind, trafficClass, service, principal } = stream;
        return writeFrame(out, at, { kind: "openStream", stream: id, streamKind, trafficClass, service, principal });
      }
      case Due.answer:
        return writeFrame(out, at, { kind: "openAnswer", stream: id });
      case Due.credit:
        return writeFrame(out, at, { kind: "streamCredit", stream: id, limit: stream.window.limit });
      case Due.ack: {
        const { ackOffset: offset, isEndTaken: isEnd } = stream;
        stream.handleAckSent();
        this.forgetIfOver(stream);
        return writeFrame(out, at, { kind: "ack", stream: id, offset, isEnd });
      }
      default: {
        const { resetCode: code, resetText: text } = stream;
        this.forget(stream);
        return writeFrame(out, at, { kind: "resetStream", stream: id, code, text });
      }
    }
  }

  /** Writes one DATA frame, and CLOSE_STREAM after the last one. */
  #writeBytes(out: Uint8Array, at: number, stream: SessionStream): number {
    const { waiting } = stream;
    if (waiting > 0) {
      const room = out.length - at - DATA_HEAD_SIZE;
      const size = Math.min(waiting, DATA_SIZE, this.frameLength - OFFSET_SIZE, room);
      if (room < Math.min(ROOM_MIN, waiting)) return at;
      writeDataHead(out, at, stream.id, stream.sent, size);
      at += DATA_HEAD_SIZE;
      stream.takeInto(out, at, size);
      at += size;
      if (stream.takeRoomNews()) this.#events.push({ kind: "writable", stream: stream.id });
    }
    const isWhole = stream.waiting === 0 && stream.isFinished && !stream.isCloseSent;
    if (!isWhole || out.length - at < CONTROL_FRAME_SIZE_MAX) return at;
    stream.handleCloseSent();
    return writeFrame(out, at, { kind: "closeStream", stream: stream.id, size: stream.sent });
  }
}

/** Writes the oldest datagram, if there is room. */
function writeDatagram(out: Uint8Array, at: number, stream: SessionStream): number {
  const { datagrams, id } = stream;
  const length = datagrams.firstLength!;
  const end = at + HEADER_SIZE + length;
  if (out.length < end) return at;
  writeDatagramHead(out, at, id, length);
  datagrams.takeInto(out, at + HEADER_SIZE);
  return end;
}
