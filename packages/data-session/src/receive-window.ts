import { STREAM_WINDOW_MAX } from "./limits.ts";

/** Bytes by which the windows of a session may grow beyond their initial size: all streams share them. */
export class WindowPool {
  #left: number;

  constructor(size: number) {
    this.#left = size;
  }

  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}

/**
 * The credit that a peer has on one stream: the bytes that were read, plus a window. New credit is given when half of
 * the window is read. A window that the peer had nearly used up by then doubles, as long as the pool has room.
 */
export class ReceiveWindow {
  /** The offset up to which the peer may send. */
  limit: number;
  readonly #initial: number;
  readonly #pool: WindowPool;
  #size: number;

  constructor(initial: number, pool: WindowPool) {
    this.limit = initial;
    this.#initial = initial;
    this.#size = initial;
    this.#pool = pool;
  }

  /** Whether there is new credit to send, after so many bytes were received and read. */
  handleRead(received: number, read: number): boolean {
    if (this.limit - read > this.#size / 2) return false;
    const isUsedUp = this.limit - received < this.#size / 4;
    const more = Math.min(this.#size, STREAM_WINDOW_MAX - this.#size);
    if (isUsedUp && more > 0 && this.#pool.take(more)) this.#size += more;
    this.limit = read + this.#size;
    return true;
  }

  /** The stream is over: returns its share to the pool. */
  close(): void {
    this.#pool.give(this.#size - this.#initial);
    this.#size = this.#initial;
  }
}
