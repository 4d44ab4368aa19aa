import { StreamResult } from "../../src/engine.ts";
import type { FrameWriter } from "./frames.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";
import { repeated, type SentFrame } from "./recovery.ts";

/** The receiving part of a stream (RFC 9000, 3.2) and its flow control. */
export class ReceivingPart {
  /** The end of what the peer has sent, as far as we know: the offset of the last byte, plus 1. */
  highest = 0;
  readonly #id: number;
  readonly #buffer = new ReceiveBuffer();
  readonly #windowMax: number;
  #state: "open" | "stopped" | "reset" | "over" = "open";
  #window: number;
  /** The limit that the peer was told. */
  #limit: number;
  #limitToldAt = -Infinity;
  #isLimitDue = false;
  #resetCode = 0;
  #stopCode: number | undefined;
  #isStopDue = false;

  constructor(id: number, window: number, windowMax: number) {
    this.#id = id;
    this.#window = window;
    this.#windowMax = windowMax;
    this.#limit = window;
  }

  get resetCode(): number {
    return this.#resetCode;
  }

  /** Bytes that do not count for the connection's window any more. */
  get released(): number {
    return this.#state === "open" ? this.#buffer.position : this.highest;
  }

  get hasWork(): boolean {
    return this.#isLimitDue || this.#isStopDue;
  }

  get isReadable(): boolean {
    if (this.#state === "reset") return true;
    return this.#state === "open" && (this.#buffer.readable > 0 || this.#buffer.isAtEnd);
  }

  /** The application has seen the end, or does not want to. */
  get isOver(): boolean {
    return this.#state === "over";
  }

  /** False: the peer has sent more than it may. */
  handleBytes(offset: number, bytes: Uint8Array, isEnd: boolean): boolean {
    const end = offset + bytes.length;
    if (end > this.#limit) return false;
    this.highest = Math.max(this.highest, end);
    if (this.#state === "open") this.#buffer.write(offset, bytes);
    if (isEnd) this.#buffer.finalSize = end;
    if (isEnd && this.#state === "stopped") this.#state = "over";
    return true;
  }

  handleReset(code: number, finalSize: number): void {
    if (this.#state === "over" || this.#state === "reset") return;
    this.highest = Math.max(this.highest, finalSize);
    this.#buffer.finalSize = finalSize;
    this.#resetCode = code;
    this.#state = this.#state === "stopped" ? "over" : "reset";
  }

  /** Returns how many bytes were read, or a `StreamResult`. */
  receive(out: Uint8Array, rttMs: number, now: number): number {
    if (this.#state === "reset") {
      this.#state = "over";
      return StreamResult.reset;
    }
    if (this.#state !== "open") return StreamResult.gone;
    if (!this.isReadable) return StreamResult.blocked;
    const length = this.#buffer.read(out);
    if (this.#buffer.isAtEnd) this.#state = "over";
    else this.#widen(rttMs, now);
    return length;
  }

  stop(code: number): void {
    if (this.#state !== "open") return;
    this.#state = this.#buffer.finalSize === undefined ? "stopped" : "over";
    this.#stopCode = code;
    this.#isStopDue = true;
  }

  /** Writes what is next; returns what was written, or undefined when there is nothing or no room. */
  write(writer: FrameWriter): SentFrame | undefined {
    if (this.#isStopDue && writer.write({ kind: "stop-sending", id: this.#id, code: this.#stopCode! })) {
      this.#isStopDue = false;
      return repeated(() => void (this.#isStopDue = this.#state === "stopped"));
    }
    if (!this.#isLimitDue || !writer.write({ kind: "max-stream-data", id: this.#id, limit: this.#limit })) {
      return undefined;
    }
    this.#isLimitDue = false;
    return repeated(() => void (this.#isLimitDue = this.#state === "open"));
  }

  /** The window moves when half of it is read, and grows when that took less than two round trips. */
  #widen(rttMs: number, now: number): void {
    if (this.#limit - this.#buffer.position > this.#window / 2) return;
    if (now - this.#limitToldAt < 2 * rttMs) this.#window = Math.min(this.#windowMax, 2 * this.#window);
    this.#limit = this.#buffer.position + this.#window;
    this.#limitToldAt = now;
    this.#isLimitDue = true;
  }
}
