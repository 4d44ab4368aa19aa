import { LINE_MAX } from "./limits.ts";

const LINE_FEED = 0x0a;

/** Cuts bytes into lines, and keeps no more of one than its bound, however long it is. Pure. */
export class LineReader {
  readonly #line = new Uint8Array(LINE_MAX);
  /** Bytes of the present line since the last line feed, of which `#line` has the first ones. */
  #length = 0;

  /** Bytes that have come since the last line feed. */
  get unfinished(): number {
    return this.#length;
  }

  /**
   * Reads bytes, and calls for each line that ends in them.
   *
   * @param take Gets the line without its line feed, valid in the call alone; `isWhole`: nothing of it is missing
   */
  read(bytes: Uint8Array, take: (line: Uint8Array, isWhole: boolean) => void): void {
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(LINE_FEED, at);
      this.#keep(bytes.subarray(at, end === -1 ? bytes.length : end));
      if (end === -1) return;
      const length = this.#length;
      this.#length = 0;
      take(this.#line.subarray(0, length), length < LINE_MAX);
      at = end + 1;
    }
  }

  #keep(bytes: Uint8Array): void {
    const room = Math.max(0, LINE_MAX - this.#length);
    if (room > 0) this.#line.set(bytes.subarray(0, room), this.#length);
    this.#length += bytes.length;
  }
}
