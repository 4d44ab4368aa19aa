import type { SessionTurns, SessionWire } from "@florenetes/data-session";
import { Code } from "../transport/codes.ts";
import type { LocalSocket, LocalSocketOwner } from "../transport/streams/local-network.ts";

/** The socket of a workload as the wire of a data session. */
export class SessionSocket implements SessionWire, LocalSocketOwner {
  readonly #socket: LocalSocket;
  #turns: SessionTurns | undefined;

  constructor(socket: LocalSocket) {
    this.#socket = socket;
    socket.owner = this;
  }

  /** Passes events to the session from now on. No event comes before the first `resume`, nor within that call. */
  join(turns: SessionTurns): void {
    this.#turns = turns;
  }

  // ── For the session ─────────────────────────────────────────────────────────────────────────────────────────────────

  write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  get isFull(): boolean {
    return this.#socket.isFull;
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
    this.#socket.reset(Code.done, "");
  }

  // ── From the socket ─────────────────────────────────────────────────────────────────────────────────────────────────

  handleLocalData(bytes: Uint8Array): void {
    this.#turns?.handleBytes(bytes);
  }

  handleLocalEnd(): void {
    this.#turns?.handleEnd();
  }

  handleLocalDrain(): void {
    this.#turns?.handleDrain();
  }

  handleLocalClose(): void {
    this.#turns?.handleGone();
  }
}
