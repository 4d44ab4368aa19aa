import { StreamResult } from "../../src/engine.ts";
import { type FrameWriter, STREAM_FRAME_HEAD } from "./frames.ts";
import type { SentFrame } from "./recovery.ts";
import { SendBuffer } from "./send-buffer.ts";

/** The sending part of a stream (RFC 9000, 3.1). */
export class SendingPart {
  readonly #id: number;
  readonly #buffer = new SendBuffer();
  #state: "open" | "reset-due" | "reset-sent" | "reset-acknowledged" = "open";
  /** The peer's limit. */
  #limit: number;
  /** Bytes that were taken so far. */
  #taken = 0;
  /** The code of our RESET_STREAM. */
  #resetCode = 0;
  /** The code of the peer's STOP_SENDING. */
  #stopCode: number | undefined;
  #isStopSeen = false;

  constructor(id: number, limit: number) {
    this.#id = id;
    this.#limit = limit;
  }

  get stopCode(): number {
    return this.#stopCode ?? 0;
  }

  get hasWork(): boolean {
    return this.#state === "reset-due" || (this.#state === "open" && this.#buffer.hasWork);
  }

  get unsent(): number {
    return this.#state === "open" ? this.#buffer.unsent : 0;
  }

  /** Nothing is left to be sent, to be told to the peer, or to be told to the application. */
  get isOver(): boolean {
    if (this.#state === "open") return this.#buffer.isAcknowledged;
    const isToldOf = this.#stopCode === undefined || this.#isStopSeen || this.#buffer.isEnded;
    return this.#state === "reset-acknowledged" && isToldOf;
  }

  /** Room for bytes, of which the connection has so much; or a `StreamResult`. */
  capacity(room: number): number {
    if (this.#stopCode !== undefined) {
      this.#isStopSeen = true;
      return StreamResult.stopped;
    }
    if (this.#state !== "open" || this.#buffer.isEnded) return StreamResult.gone;
    return Math.max(0, Math.min(room, this.#limit - this.#taken));
  }

  /** Returns how many bytes were taken, or a `StreamResult`. */
  send(bytes: Uint8Array, isEnd: boolean, room: number): number {
    const capacity = this.capacity(room);
    if (capacity < 0) return capacity;
    const length = Math.min(capacity, bytes.length);
    if (length === 0 && bytes.length > 0) return StreamResult.blocked;
    this.#buffer.write(bytes.subarray(0, length));
    this.#taken += length;
    if (isEnd && length === bytes.length) this.#buffer.end();
    return length;
  }

  reset(code: number): void {
    if (this.#state !== "open" || this.#buffer.isAcknowledged) return;
    this.#resetCode = code;
    this.#state = "reset-due";
  }

  /** The peer wants no more: what it does not have yet is given up (RFC 9000, 3.5). */
  handleStop(code: number): void {
    if (this.#buffer.isAcknowledged) return;
    this.#stopCode ??= code;
    this.reset(code);
  }

  handleLimit(limit: number): void {
    this.#limit = Math.max(this.#limit, limit);
  }

  /** Writes what is next; returns what was written, or undefined when there is nothing or no room. */
  write(writer: FrameWriter): SentFrame | undefined {
    if (this.#state === "reset-due") return this.#writeReset(writer);
    if (this.#state !== "open" || writer.left <= STREAM_FRAME_HEAD) return undefined;
    const piece = this.#buffer.poll(writer.left - STREAM_FRAME_HEAD);
    if (piece === undefined) return undefined;
    const { offset, bytes, isEnd } = piece;
    writer.write({ kind: "stream", id: this.#id, offset, isEnd, bytes });
    const { length } = bytes;
    return {
      handleAcknowledged: () => this.#buffer.handleAcknowledged(offset, length, isEnd),
      handleLost: () => {
        if (this.#state === "open") this.#buffer.handleLost(offset, length, isEnd);
      },
    };
  }

  #writeReset(writer: FrameWriter): SentFrame | undefined {
    const frame = {
      kind: "reset-stream",
      id: this.#id,
      code: this.#resetCode,
      finalSize: this.#buffer.highest,
    } as const;
    if (!writer.write(frame)) return undefined;
    this.#state = "reset-sent";
    return {
      handleAcknowledged: () => void (this.#state = "reset-acknowledged"),
      handleLost: () => {
        if (this.#state === "reset-sent") this.#state = "reset-due";
      },
    };
  }
}
