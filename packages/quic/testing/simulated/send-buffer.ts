import { RangeSet } from "./range-set.ts";

/** Part of a stream, for one packet. The bytes are a view: valid until the buffer changes. */
export interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** The stream ends behind it. */
  readonly isEnd: boolean;
}

/** Keeps the bytes that a stream has to send until they are acknowledged. */
export class SendBuffer {
  /** Holds the stream from `#origin` on. */
  #bytes = new Uint8Array(0);
  #origin = 0;
  #end = 0;
  /** Sent so far at least once. */
  #sent = 0;
  readonly #lost = new RangeSet();
  readonly #acknowledged = new RangeSet();
  #fin: "open" | "due" | "sent" | "acknowledged" = "open";

  get isEnded(): boolean {
    return this.#fin !== "open";
  }

  get hasWork(): boolean {
    return this.#lost.first !== undefined || this.#sent < this.#end || this.#fin === "due";
  }

  /** Bytes that were never sent. */
  get unsent(): number {
    return this.#end - this.#sent;
  }

  /** The end of what was sent: the offset of the last byte, plus 1. */
  get highest(): number {
    return this.#sent;
  }

  /** All of it, and its end. */
  get isAcknowledged(): boolean {
    return this.#fin === "acknowledged" && this.#acknowledgedFront === this.#end;
  }

  write(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#end - this.#origin);
    this.#end += bytes.length;
  }

  end(): void {
    if (this.#fin === "open") this.#fin = "due";
  }

  /** The next piece of at most so many bytes: what was lost comes first. */
  poll(lengthMax: number): Piece | undefined {
    const lost = this.#lost.first;
    const start = lost?.start ?? this.#sent;
    const end = Math.min(lost?.end ?? this.#end, start + lengthMax);
    const isEnd = this.#fin !== "open" && this.#fin !== "acknowledged" && end === this.#end;
    if (end === start && !(isEnd && this.#fin === "due")) return undefined;
    this.#lost.remove(start, end);
    this.#sent = Math.max(this.#sent, end);
    if (isEnd) this.#fin = "sent";
    return { offset: start, bytes: this.#bytes.subarray(start - this.#origin, end - this.#origin), isEnd };
  }

  handleAcknowledged(offset: number, length: number, isEnd: boolean): void {
    if (isEnd) this.#fin = "acknowledged";
    this.#acknowledged.add(offset, offset + length);
    this.#lost.remove(offset, offset + length);
  }

  handleLost(offset: number, length: number, isEnd: boolean): void {
    if (isEnd && this.#fin === "sent") this.#fin = "due";
    this.#lost.add(offset, offset + length);
    for (const { start, end } of this.#acknowledged.ranges) this.#lost.remove(start, end);
  }

  /** All before it is acknowledged. */
  get #acknowledgedFront(): number {
    const first = this.#acknowledged.first;
    return first?.start === 0 ? first.end : 0;
  }

  #makeRoom(length: number): void {
    if (this.#end - this.#origin + length <= this.#bytes.length) return;
    const origin = Math.max(this.#origin, this.#acknowledgedFront);
    const live = this.#bytes.subarray(origin - this.#origin, this.#end - this.#origin);
    const bytes = new Uint8Array(2 * (live.length + length));
    bytes.set(live);
    this.#bytes = bytes;
    this.#origin = origin;
  }
}
