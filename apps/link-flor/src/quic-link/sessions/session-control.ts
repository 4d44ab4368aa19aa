import type { QuicConnection } from "@florenetes/quic";
import { type ControlMessage, ControlReader } from "./hello.ts";

const STREAM_ID = 0;
const nothing: Uint8Array = new Uint8Array(0);

/** The control stream of one session: messages in, messages out, whatever credit the stream has. */
export class SessionControl {
  readonly #connection: QuicConnection;
  readonly #reader = new ControlReader();
  /** Bytes that wait for credit of the stream. */
  #unsent: Uint8Array = nothing;

  constructor(connection: QuicConnection) {
    this.#connection = connection;
  }

  /** The reader, which may hold a part of a message. */
  get reader(): ControlReader {
    return this.#reader;
  }

  /** Gives away the bytes that have not left. */
  takeUnsent(): Uint8Array {
    const unsent = this.#unsent;
    this.#unsent = nothing;
    return unsent;
  }

  /** Whether the peer sent bytes that cannot be a message. */
  get isBroken(): boolean {
    return this.#reader.isBroken;
  }

  send(message: Uint8Array): void {
    const unsent = new Uint8Array(this.#unsent.length + message.length);
    unsent.set(this.#unsent);
    unsent.set(message, this.#unsent.length);
    this.#unsent = unsent;
    this.flush();
  }

  /** Tries again to send what had to wait. */
  flush(): void {
    if (this.#unsent.length === 0) return;
    const taken = this.#connection.streamSend(STREAM_ID, this.#unsent, false);
    if (taken > 0) this.#unsent = this.#unsent.slice(taken);
  }

  /** The next message of the peer. */
  pollMessage(): ControlMessage | undefined {
    for (;;) {
      const message = this.#reader.pollMessage();
      if (message !== undefined || this.isBroken) return message;
      const received = this.#connection.streamReceive(STREAM_ID, this.#reader.room);
      if (received <= 0) return undefined;
      this.#reader.handleBytes(received);
    }
  }
}
