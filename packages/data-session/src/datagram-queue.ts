import { ByteQueue, type Tally } from "./byte-queue.ts";
import { DATAGRAM_BYTES_WAITING_MAX, DATAGRAMS_WAITING_MAX } from "./limits.ts";

/** Datagrams of one flow that wait for the socket. When there are too many, the oldest are dropped: they are worth least. */
export class DatagramQueue {
  readonly #lengths: number[] = [];
  readonly #bytes: ByteQueue;

  /** @param tally Also counts the bytes of this queue. */
  constructor(tally?: Tally) {
    this.#bytes = new ByteQueue(tally, true);
  }

  /** The length of the oldest datagram; undefined: none waits. */
  get firstLength(): number | undefined {
    return this.#lengths[0];
  }

  /** Bytes of all of them. */
  get bytesWaiting(): number {
    return this.#bytes.length;
  }

  /** Copies the datagram in; returns how many were dropped to make room. */
  push(datagram: Uint8Array): number {
    let dropped = 0;
    this.#lengths.push(datagram.length);
    this.#bytes.push(datagram);
    while (this.#lengths.length > DATAGRAMS_WAITING_MAX || this.#bytes.length > DATAGRAM_BYTES_WAITING_MAX) {
      this.#bytes.drop(this.#lengths.shift()!);
      dropped++;
    }
    return dropped;
  }

  /** Moves the oldest datagram, which is there, into `out` at `at`. */
  takeInto(out: Uint8Array, at: number): void {
    this.#bytes.takeInto(out, at, this.#lengths.shift()!);
  }

  clear(): void {
    this.#lengths.length = 0;
    this.#bytes.clear();
  }
}
