import type { SessionTurns, SessionWire } from "@florenetes/data-session";
import type { SessionReader, SessionReaderOwner } from "../transport/own/session-readers.ts";
import { Code } from "../transport/codes.ts";
import type { LocalSocket, LocalSocketOwner } from "../transport/streams/local-network.ts";

/** The data plane hears what was taken when it is so much, or more: well below what it tells without hearing so. */
const TAKEN_STEP = 32_768;

/** The socket of a workload as the wire of a data session. */
export class SessionSocket implements SessionWire, LocalSocketOwner, SessionReaderOwner {
  readonly #socket: LocalSocket;
  /** The data plane, where that reads the socket. */
  #reader: SessionReader | undefined;
  #isPaused = false;
  /** The size of all that the data plane has told, and does not know to be taken. */
  #told = 0;
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
    this.#isPaused = true;
    if (this.#reader === undefined) this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#reader === undefined) this.#socket.resume();
    else this.#takeTold();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.leaveReader();
    this.#socket.reset(Code.done, "");
  }

  // ── Who reads ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Reads nothing more, so that a data plane can. Returns the socket's descriptor; undefined: it goes on. */
  stopReading(): number | undefined {
    return this.#isPaused ? undefined : this.#socket.stopReading?.();
  }

  /** The data plane reads the socket from now on; undefined: it does not, and the socket reads on. */
  setReader(reader: SessionReader | undefined): void {
    this.#reader = reader;
    if (reader === undefined && !this.#isPaused) this.#socket.resume();
  }

  /** The socket is over: nobody reads it any more. */
  leaveReader(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }

  handleRead(bytes: Uint8Array, size: number): void {
    this.#told += size;
    this.#turns?.handleBytes(bytes.slice());
    if (!this.#isPaused) this.#takeTold();
  }

  handleLeft(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#turns?.handleBytes(bytes.slice());
    this.setReader(undefined);
  }

  #takeTold(): void {
    if (this.#told < TAKEN_STEP) return;
    this.#reader?.take(this.#told);
    this.#told = 0;
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
