import type { Socket } from "node:net";
import type { SessionTurns, SessionWire } from "../session-turns.ts";

/**
 * A socket of Node's as the wire of a session. The socket has to allow half-open connections (`allowHalfOpen`), or it
 * ends when the peer does.
 */
export class SocketWire implements SessionWire {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Passes events of the socket to the session from now on. */
  join(turns: SessionTurns): void {
    const socket = this.#socket;
    socket.on("data", (bytes: Buffer) => turns.handleBytes(bytes));
    socket.on("drain", () => turns.handleDrain());
    socket.on("end", () => turns.handleEnd());
    socket.on("close", () => turns.handleGone());
    // An error is also told by `close`.
    socket.on("error", () => {});
  }

  write(bytes: Uint8Array): boolean {
    this.#socket.write(bytes);
    // Node tries to write at once: an empty queue means that the kernel has the bytes.
    return this.#socket.writableLength === 0;
  }

  get isFull(): boolean {
    return this.#socket.writableNeedDrain || !this.#socket.writable;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
