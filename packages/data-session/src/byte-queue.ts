/** A block that is made for few bytes has room for more of them. */
const BLOCK_SIZE_MIN = 64;
const BLOCK_SIZE_MAX = 4_096;

/** Bytes that several queues hold together. */
export class Tally {
  bytes = 0;
}

/** Bytes in order. What is pushed is copied; many small pushes share a block, so that a byte alone costs no more than a byte among others. */
export class ByteQueue {
  #blocks: Uint8Array[] = [];
  /** Where the first byte is in the first block. */
  #start = 0;
  /** Where the last block has room. */
  #end = 0;
  #length = 0;
  readonly #tally: Tally;

  /** @param tally Counts the bytes, too. */
  constructor(tally: Tally = new Tally()) {
    this.#tally = tally;
  }

  get length(): number {
    return this.#length;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    let from = 0;
    const last = this.#blocks.at(-1);
    if (last !== undefined) {
      from = Math.min(bytes.length, last.length - this.#end);
      last.set(bytes.subarray(0, from), this.#end);
      this.#end += from;
    }
    if (from < bytes.length) {
      const left = bytes.length - from;
      const block = new Uint8Array(Math.max(left, Math.min(BLOCK_SIZE_MAX, Math.max(BLOCK_SIZE_MIN, this.#length))));
      block.set(bytes.subarray(from));
      this.#blocks.push(block);
      this.#end = left;
    }
    this.#length += bytes.length;
    this.#tally.bytes += bytes.length;
  }

  /** Takes at most so many bytes from the front, in one piece: there may be more. The piece is the caller's. */
  take(max: number): Uint8Array {
    const first = this.#blocks[0];
    if (first === undefined || max <= 0) return new Uint8Array(0);
    const isLast = this.#blocks.length === 1;
    const blockEnd = isLast ? this.#end : first.length;
    const end = Math.min(blockEnd, this.#start + max);
    const piece = first.subarray(this.#start, end);
    this.#length -= piece.length;
    this.#tally.bytes -= piece.length;
    this.#start = end;
    if (end === blockEnd) {
      this.#blocks.shift();
      this.#start = 0;
      if (isLast) this.#end = 0;
    }
    return piece;
  }

  /** Takes exactly so many bytes, of which there are as many at least, into `out` at `at`. */
  takeInto(out: Uint8Array, at: number, length: number): void {
    for (let done = 0; done < length;) {
      const piece = this.take(length - done);
      out.set(piece, at + done);
      done += piece.length;
    }
  }

  clear(): void {
    this.#blocks = [];
    this.#start = 0;
    this.#end = 0;
    this.#tally.bytes -= this.#length;
    this.#length = 0;
  }
}
