/** The least size of a block: a block made for few bytes has room for more. */
const BLOCK_SIZE_MIN = 64;
const BLOCK_SIZE_MAX = 4_096;
/** The size of blocks for more bytes, which are used again; still larger blocks have the size of their bytes. */
const LARGE_BLOCK_SIZE = 16_384;
/** From so many bytes on a queue takes a large block that is kept, rather than a new one. */
const SPARE_USE_MIN = 1_024;
/** Large blocks that queues keep between two uses, together. */
const SPARE_BLOCKS_MAX = 16;

/** Counts the bytes that several queues hold together, and keeps spare blocks for them. */
export class Tally {
  bytes = 0;
  readonly #spare: Uint8Array[] = [];

  /** A block for so many bytes. Its content is undefined. */
  takeBlock(size: number): Uint8Array {
    if (size < SPARE_USE_MIN || size > LARGE_BLOCK_SIZE) return new Uint8Array(size);
    return this.#spare.pop() ?? new Uint8Array(size <= BLOCK_SIZE_MAX ? size : LARGE_BLOCK_SIZE);
  }

  /** Takes back a block of which no view is in use any more. */
  giveBlock(block: Uint8Array): void {
    if (block.length === LARGE_BLOCK_SIZE && this.#spare.length < SPARE_BLOCKS_MAX) this.#spare.push(block);
  }
}

/** A queue of bytes. Pushed bytes are copied; small pushes share a block, so that many of them cost little more than one large push. */
export class ByteQueue {
  #blocks: Uint8Array[] = [];
  /** The offset of the first byte in the first block. */
  #start = 0;
  /** The offset of the free room in the last block. */
  #end = 0;
  #length = 0;
  /** Whether a caller has a view of the first block. */
  #isFirstSeen = false;
  readonly #tally: Tally;
  readonly #blockSizeMax: number;

  /**
   * @param tally Also counts the bytes of this queue.
   * @param isBursty True: the queue is often filled and emptied, and has large blocks as soon as it holds a few kilobytes.
   */
  constructor(tally: Tally = new Tally(), isBursty = false) {
    this.#tally = tally;
    this.#blockSizeMax = isBursty ? LARGE_BLOCK_SIZE : BLOCK_SIZE_MAX;
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
      last.set(from === bytes.length ? bytes : bytes.subarray(0, from), this.#end);
      this.#end += from;
    }
    if (from < bytes.length) {
      const left = bytes.length - from;
      const few = Math.min(this.#blockSizeMax, Math.max(BLOCK_SIZE_MIN, this.#length));
      const block = this.#tally.takeBlock(Math.max(left, few));
      block.set(from === 0 ? bytes : bytes.subarray(from));
      this.#blocks.push(block);
      this.#end = left;
    }
    this.#length += bytes.length;
    this.#tally.bytes += bytes.length;
  }

  /** Takes at most so many bytes from the front, in one piece; more may follow. The caller owns the piece. */
  take(max: number): Uint8Array {
    const count = Math.min(max, this.#firstLength);
    if (count <= 0) return new Uint8Array(0);
    const piece = this.#blocks[0]!.subarray(this.#start, this.#start + count);
    this.#isFirstSeen = true;
    this.#advance(count);
    return piece;
  }

  /** Takes so many bytes, or as many as there are, into `out` at `at`; returns how many. */
  takeInto(out: Uint8Array, at: number, length: number): number {
    let done = 0;
    for (let count = 0; done < length; done += count) {
      count = Math.min(length - done, this.#firstLength);
      if (count === 0) break;
      out.set(this.#blocks[0]!.subarray(this.#start, this.#start + count), at + done);
      this.#advance(count);
    }
    return done;
  }

  /** Forgets so many bytes of the front, which are there. */
  drop(length: number): void {
    for (let count = 0; length > 0; length -= count) {
      count = Math.min(length, this.#firstLength);
      this.#advance(count);
    }
  }

  clear(): void {
    this.#blocks = [];
    this.#start = 0;
    this.#end = 0;
    this.#isFirstSeen = false;
    this.#tally.bytes -= this.#length;
    this.#length = 0;
  }

  /** Bytes that are left in the first block. */
  get #firstLength(): number {
    const [first] = this.#blocks;
    if (first === undefined) return 0;
    return (this.#blocks.length === 1 ? this.#end : first.length) - this.#start;
  }

  /** Takes so many bytes off the first block. */
  #advance(count: number): void {
    this.#length -= count;
    this.#tally.bytes -= count;
    this.#start += count;
    const isLast = this.#blocks.length === 1;
    if (this.#start < (isLast ? this.#end : this.#blocks[0]!.length)) return;
    const block = this.#blocks.shift()!;
    if (!this.#isFirstSeen) this.#tally.giveBlock(block);
    this.#isFirstSeen = false;
    this.#start = 0;
    if (isLast) this.#end = 0;
  }
}
