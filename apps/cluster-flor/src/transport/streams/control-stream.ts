import { type QuicConnection, StreamResult } from "@florenetes/quic";
import { CONTROL_WAITING_MAX } from "../limits.ts";
import { MessageReader, ReadState } from "../messages.ts";

export const CONTROL_STREAM = 0;
const nothing = new Uint8Array(0);

/** Whether there is a message to take, and whether more can come. */
export const ControlState = {
  /** `body` holds a message. */
  message: 0,
  /** No more messages for now. */
  waiting: 1,
  /** A message of an unknown version. */
  unsupported: 2,
  /** The peer has ended or reset the stream. */
  over: 3,
} as const;
export type ControlState = (typeof ControlState)[keyof typeof ControlState];

/** The first stream of a connection, which stays open and carries messages in order, both ways. */
export class ControlStream {
  readonly #quic: QuicConnection;
  #reader = new MessageReader();
  /**
   * Messages that wait for credit. The peer controls both the credit and the number of messages: each stream that it
   * stops causes one.
   */
  #unsent: Uint8Array = nothing;
  #unsentSize = 0;
  #isOverfull = false;

  constructor(quic: QuicConnection) {
    this.#quic = quic;
  }

  /** The body of the last received message. */
  get body(): Uint8Array {
    return this.#reader.body;
  }

  /** Whether a message was lost because `CONTROL_WAITING_MAX` bytes wait already: the connection is useless then. */
  get isOverfull(): boolean {
    return this.#isOverfull;
  }

  /** Whether messages wait for credit. */
  get hasUnsent(): boolean {
    return this.#unsentSize > 0;
  }

  /** Sends the message, or keeps it until there is credit. */
  send(message: Uint8Array): void {
    const size = this.#unsentSize + message.length;
    if (size > CONTROL_WAITING_MAX) {
      this.#isOverfull = true;
      return;
    }
    if (size > this.#unsent.length) {
      const grown = new Uint8Array(2 * size);
      grown.set(this.#unsent);
      this.#unsent = grown;
    }
    this.#unsent.set(message, this.#unsentSize);
    this.#unsentSize = size;
    this.flush();
  }

  flush(): void {
    if (this.#unsentSize === 0) return;
    const taken = this.#quic.streamSend(CONTROL_STREAM, this.#unsent.subarray(0, this.#unsentSize), false);
    if (taken <= 0) return;
    this.#unsent.copyWithin(0, taken, this.#unsentSize);
    this.#unsentSize -= taken;
    if (this.#unsentSize === 0) this.#unsent = nothing;
  }

  /** Takes out the bytes of messages that wait for credit: the caller sends them. */
  takeUnsent(): Uint8Array {
    const unsent = this.#unsent.slice(0, this.#unsentSize);
    this.#unsent = nothing;
    this.#unsentSize = 0;
    return unsent;
  }

  /** Reads on; to be called until it returns something other than `message`. */
  receive(): ControlState {
    if (this.#reader.state === ReadState.whole) this.#reader = new MessageReader();
    while (this.#reader.state === ReadState.partial) {
      const received = this.#quic.streamReceive(CONTROL_STREAM, this.#reader.room);
      if (received === StreamResult.blocked) return ControlState.waiting;
      if (received < 0 || this.#quic.streamEnded) return ControlState.over;
      this.#reader.advance(received);
    }
    return this.#reader.state === ReadState.whole ? ControlState.message : ControlState.unsupported;
  }
}
