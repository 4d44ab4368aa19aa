import type { QuicConnection } from "@florenetes/quic";
import { StreamResult } from "@florenetes/quic";
import { MessageReader, ReadState } from "../messages.ts";

export const controlStream = 0;

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
  #unsent: Uint8Array[] = [];

  constructor(quic: QuicConnection) {
    this.#quic = quic;
  }

  /** The body of the last message that was received. */
  get body(): Uint8Array {
    return this.#reader.body;
  }

  /** Sends the message when there is room for it. */
  send(message: Uint8Array): void {
    this.#unsent.push(message);
    this.flush();
  }

  flush(): void {
    while (this.#unsent.length > 0) {
      const message = this.#unsent[0]!;
      const taken = this.#quic.streamSend(controlStream, message, false);
      if (taken < message.length) {
        if (taken > 0) this.#unsent[0] = message.subarray(taken);
        return;
      }
      this.#unsent.shift();
    }
  }

  /** Reads on: call it until it does not return `message`. */
  receive(): ControlState {
    if (this.#reader.state === ReadState.whole) this.#reader = new MessageReader();
    while (this.#reader.state === ReadState.partial) {
      const received = this.#quic.streamReceive(controlStream, this.#reader.room);
      if (received === StreamResult.blocked) return ControlState.waiting;
      if (received < 0 || this.#quic.streamEnded) return ControlState.over;
      this.#reader.advance(received);
    }
    return this.#reader.state === ReadState.whole ? ControlState.message : ControlState.unsupported;
  }
}
