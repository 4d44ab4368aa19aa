import { type QuicConnection, StreamResult } from "@florenetes/quic";
import { CONTROL_WAITING_MAX } from "../limits.ts";
import { MessageReader, ReadState } from "../messages.ts";

export const CONTROL_STREAM = 0;
const nothing = new Uint8Array(0);

/** Whether there is a message to take, and whether one can still come. */
export const ControlState = {
  /** `body` is that of one message. */
  message: 0,
  /** Nothing more now. */
  waiting: 1,
  /** A version that is not known. */
  unsupported: 2,
  /** The peer has ended or reset the stream. */
  over: 3,
} as const;
export type ControlState = (typeof ControlState)[keyof typeof ControlState];

/** The first stream of a connection, which stays open: messages both ways, in order. */
export class ControlStream {
  readonly #quic: QuicConnection;
  #reader = new MessageReader();
  /** Messages that wait for credit. The peer gives it as it likes, and causes messages as it likes: each stream that it stops is one. */
  #unsent: Uint8Array = nothing;
  #unsentSize = 0;
  #isOverfull = false;

  constructor(quic: QuicConnection) {
    this.#quic = quic;
  }

  /** The body of the last message that was received. */
  get body(): Uint8Array {
    return this.#reader.body;
  }

  /** Whether a message was lost, since `CONTROL_WAITING_MAX` bytes wait already: the connection is of no use any more. */
  get isOverfull(): boolean {
    return this.#isOverfull;
  }

  /** Whether messages wait for credit. */
  get hasUnsent(): boolean {
    return this.#unsentSize > 0;
  }

  /** Sends the message when there is room for it. */
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

  /** Bytes of messages that wait for credit: whoever takes them sends them. */
  takeUnsent(): Uint8Array {
    const unsent = this.#unsent.slice(0, this.#unsentSize);
    this.#unsent = nothing;
    this.#unsentSize = 0;
    return unsent;
  }

  /** Reads on: call it until it does not return `message`. */
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
