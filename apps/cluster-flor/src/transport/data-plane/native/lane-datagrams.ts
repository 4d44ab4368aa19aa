import { OWN_DATAGRAMS_SIZE_MAX } from "@florenetes/data-plane";
import { writeUint16, writeUint32 } from "@florenetes/wire-values";
import type { DatagramDrops } from "../../datagrams/flow-account.ts";

/** The number of the flow, and the length, before each datagram. */
const HEAD_SIZE = 6;

export interface DatagramOrders {
  /** Gives the thread datagrams that stand one behind the other; the bytes are copied. False: all of them were dropped. */
  sendDatagrams(bytes: Uint8Array): boolean;
}

/**
 * Datagrams for flows of the data thread, which get them in one order at the end of the turn: each order costs as much as it does to wake the
 * thread.
 */
export class LaneDatagrams {
  readonly #orders: DatagramOrders;
  readonly #soon: (call: () => void) => void;
  readonly #bytes = new Uint8Array(OWN_DATAGRAMS_SIZE_MAX);
  #length = 0;
  /** The counters of the waiting datagrams' flows, one for each datagram. */
  #drops: DatagramDrops[] = [];

  /** @param soon Calls once, after the caller's turn. */
  constructor(orders: DatagramOrders, soon: (call: () => void) => void) {
    this.#orders = orders;
    this.#soon = soon;
  }

  /**
   * Has a datagram of DATAGRAM_SIZE_MAX bytes at most wait for the end of the turn. The bytes are copied.
   *
   * @param drops Counts the datagram if the thread does not take it.
   */
  send(flow: number, bytes: Uint8Array, drops: DatagramDrops): void {
    const size = HEAD_SIZE + bytes.length;
    if (this.#length + size > this.#bytes.length) this.flush();
    if (this.#length === 0) this.#soon(() => this.flush());
    const at = this.#length;
    writeUint32(this.#bytes, at, flow);
    writeUint16(this.#bytes, at + 4, bytes.length);
    this.#bytes.set(bytes, at + HEAD_SIZE);
    this.#length = at + size;
    this.#drops.push(drops);
  }

  /** Gives the thread all that wait, before an order that must not overtake them. */
  flush(): void {
    if (this.#length === 0) return;
    const isTaken = this.#orders.sendDatagrams(this.#bytes.subarray(0, this.#length));
    if (!isTaken) for (const drops of this.#drops) drops.queue++;
    this.#length = 0;
    this.#drops = [];
  }
}
