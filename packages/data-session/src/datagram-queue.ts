import { Tally } from "./byte-queue.ts";
import { DATAGRAM_BYTES_WAITING_MAX, DATAGRAMS_WAITING_MAX } from "./limits.ts";

/** Datagrams of one flow that wait for the socket. When there are too many, the oldest are dropped: they are worth least. */
export class DatagramQueue {
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  readonly #tally: Tally;

  /** @param tally Also counts the bytes of this queue. */
  constructor(tally: Tally = new Tally()) {
    this.#tally = tally;
  }

  get first(): Uint8Array | undefined {
    return this.#waiting[0];
  }

  /** Copies the datagram in; returns how many were dropped to make room. */
  push(datagram: Uint8Array): number {
    // `slice` of a Buffer would be a view.
    this.#waiting.push(new Uint8Array(datagram));
    this.#bytes += datagram.length;
    this.#tally.bytes += datagram.length;
    let dropped = 0;
    while (this.#waiting.length > DATAGRAMS_WAITING_MAX || this.#bytes > DATAGRAM_BYTES_WAITING_MAX) {
      this.shift();
      dropped++;
    }
    return dropped;
  }

  shift(): void {
    const length = this.#waiting.shift()?.length ?? 0;
    this.#bytes -= length;
    this.#tally.bytes -= length;
  }

  clear(): void {
    this.#waiting = [];
    this.#tally.bytes -= this.#bytes;
    this.#bytes = 0;
  }
}
