/** The size of the blocks that datagrams share. */
const BLOCK_SIZE = 16_384;
/** A larger datagram has memory of its own. */
const SHARED_SIZE_MAX = 4_096;

/**
 * Copies datagrams one behind the other into blocks: an object with memory of its own for each would cost more than all else that is done with
 * a datagram. A block is never used again, and goes when no copy in it is in use any more.
 */
export class DatagramCopies {
  #block = new Uint8Array(0);
  #used = 0;

  of(datagram: Uint8Array): Uint8Array {
    const { length } = datagram;
    // `slice` of a Buffer would be a view.
    if (length > SHARED_SIZE_MAX) return new Uint8Array(datagram);
    if (this.#block.length - this.#used < length) {
      this.#block = new Uint8Array(BLOCK_SIZE);
      this.#used = 0;
    }
    const copy = new Uint8Array(this.#block.buffer, this.#used, length);
    copy.set(datagram);
    this.#used += length;
    return copy;
  }
}
