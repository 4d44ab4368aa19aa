import { RangeSet } from "./range-set.ts";

/** Keeps the bytes of a stream that have come, in whatever order, until they are read. */
export class ReceiveBuffer {
  /** Holds the stream from `#origin` on. */
  #bytes = new Uint8Array(0);
  #origin = 0;
  #read = 0;
  #highest = 0;
  /** The size of the whole stream, once it is known. */
  finalSize: number | undefined;
  readonly #received = new RangeSet();

  /** Bytes that can be read now. */
  get readable(): number {
    const first = this.#received.first;
    return first === undefined || first.start > this.#read ? 0 : first.end - this.#read;
  }

  /** Read so far. */
  get position(): number {
    return this.#read;
  }

  get isAtEnd(): boolean {
    return this.#read === this.finalSize;
  }

  write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    if (end <= this.#read) return;
    const skipped = Math.max(0, this.#read - offset);
    this.#makeRoom(end);
    this.#bytes.set(bytes.subarray(skipped), offset + skipped - this.#origin);
    this.#received.add(offset + skipped, end);
    this.#highest = Math.max(this.#highest, end);
  }

  /** Copies into `out`; returns the length. */
  read(out: Uint8Array): number {
    const length = Math.min(this.readable, out.length);
    const at = this.#read - this.#origin;
    out.set(this.#bytes.subarray(at, at + length));
    this.#read += length;
    this.#received.remove(0, this.#read);
    return length;
  }

  #makeRoom(end: number): void {
    if (end - this.#origin <= this.#bytes.length) return;
    const live = this.#bytes.subarray(this.#read - this.#origin, Math.max(this.#highest, this.#read) - this.#origin);
    const bytes = new Uint8Array(2 * (end - this.#read));
    bytes.set(live);
    this.#bytes = bytes;
    this.#origin = this.#read;
  }
}
