import { GAPS_MAX, HIDDEN_MAX, HIDDEN_MIN, HIDDEN_PER_DELIVERED, UNREAD_PIECES_MAX } from "../limits.ts";
import type { HidingConnection, ProcessLedger } from "./process-ledger.ts";
import { StreamLedger } from "./stream-ledger.ts";
import { UnseenStreams } from "./stream-ids.ts";
import type { Violation } from "./violation.ts";

/**
 * Bounds the bytes that a connection keeps and hides from its application: at most a constant plus a multiple of the
 * bytes that it delivered, and at most another constant. Hidden are bytes beyond gaps, the cost of small pieces, and
 * streams without a first byte; delivered are the bytes that the application has read. Bytes in order are visible to
 * the application, which bounds them itself, except for the cost of their small pieces, which has a third bound. Pure.
 */
export class ConnectionLedger implements HidingConnection {
  owner: string | undefined;
  /** Called when the process hides too many bytes: the connection is to be closed soon. */
  onTooMany: (() => void) | undefined;
  readonly #process: ProcessLedger;
  /** Bidirectional streams that have not begun: the peer's, and our own. */
  readonly #peersUnseen: UnseenStreams;
  readonly #ownUnseen: UnseenStreams;
  readonly #peersKind: number;
  readonly #streams = new Map<number, StreamLedger>();
  #hidden = 0;
  /** The part of the hidden bytes that is the cost of small pieces in order. */
  #unread = 0;
  #delivered = 0;
  #isOver = false;
  #isTooMany = false;

  constructor(isServer: boolean, processLedger: ProcessLedger) {
    this.#process = processLedger;
    this.#peersKind = isServer ? 0 : 1;
    this.#peersUnseen = new UnseenStreams(this.#peersKind);
    this.#ownUnseen = new UnseenStreams(1 - this.#peersKind);
  }

  get hidden(): number {
    return this.#hidden;
  }

  /** Bytes that the connection may hide now. */
  get allowed(): number {
    return Math.min(HIDDEN_MIN + HIDDEN_PER_DELIVERED * this.#delivered, HIDDEN_MAX);
  }

  get violation(): Violation | undefined {
    if (this.#isTooMany) return "HIDDEN_BYTES_OF_ALL";
    return this.#hidden - Math.min(this.#unread, UNREAD_PIECES_MAX) > this.allowed ? "HIDDEN_BYTES" : undefined;
  }

  /** A STREAM frame. */
  handleStream(id: number, offset: number, length: number): Violation | undefined {
    const stream = this.#streamOf(id);
    if (stream === undefined) return undefined;
    const { hidden, unread } = stream;
    stream.handleFrame(offset, length);
    const violation = this.#settle(stream.hidden - hidden, stream.unread - unread);
    return stream.gaps > GAPS_MAX ? "GAPS" : violation;
  }

  /** Any other frame of the peer that names a stream. */
  handleStreamNamed(id: number): Violation | undefined {
    this.#streamOf(id);
    return this.violation;
  }

  /** The peer has reset a stream: the engine frees its bytes, and tells the application. */
  handleReset(id: number): Violation | undefined {
    if (this.#streamOf(id) !== undefined) this.handleStreamOver(id);
    return undefined;
  }

  /** We send on a stream, which may begin with that. */
  handleSent(id: number): void {
    if ((id & 1) === this.#peersKind || !this.#ownUnseen.take(id)) return;
    const stream = new StreamLedger();
    // The application has opened the stream, and knows of it without a byte from the peer.
    stream.handleRead(0);
    this.#streams.set(id, stream);
  }

  /** The application has read bytes of a stream or of a datagram. */
  handleRead(id: number, length: number): void {
    this.#delivered += length;
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    const { hidden, unread } = stream;
    stream.handleRead(length);
    this.#settle(stream.hidden - hidden, stream.unread - unread);
  }

  /** The application has taken a datagram; -1: there was none. */
  handleDelivered(length: number): void {
    this.#delivered += Math.max(0, length);
  }

  /** The application has read a stream to its end, or has stopped reading it. */
  handleStreamOver(id: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    this.#streams.delete(id);
    this.#settle(-stream.hidden, -stream.unread);
  }

  handleTooMany(): void {
    this.#isTooMany = true;
    this.onTooMany?.();
  }

  /** The engine frees everything. */
  handleClosed(): void {
    this.#streams.clear();
    this.#settle(-this.#hidden, -this.#unread);
    this.#isOver = true;
  }

  /** Undefined when the stream is over, and nothing is kept of it. */
  #streamOf(id: number): StreamLedger | undefined {
    const known = this.#streams.get(id);
    if (known !== undefined || (id & 3) !== this.#peersKind || this.#isOver || !this.#peersUnseen.take(id))
      return known;
    const stream = new StreamLedger();
    this.#streams.set(id, stream);
    this.#settle(stream.hidden, 0);
    return stream;
  }

  #settle(difference: number, unreadDifference: number): Violation | undefined {
    if (!this.#isOver) this.#unread += unreadDifference;
    if (difference !== 0 && !this.#isOver) {
      this.#hidden += difference;
      this.#process.handleChange(this, difference);
    }
    return this.violation;
  }
}
