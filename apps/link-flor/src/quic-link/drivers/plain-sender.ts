import type { Socket } from "node:dgram";
import { UDP_PAYLOAD_MAX } from "../limits.ts";
import type { UdpSender } from "./udp-sender.ts";

/** UDP payloads that may be on their way to the kernel at a time; each has a place of its own until it is there. */
const SLOT_COUNT = 512;
/** Sends that may wait inside Node while the kernel's buffer is full. */
const WAITING_MAX: number = SLOT_COUNT / 2;

/** Sends datagrams one by one, by Node alone. Sending costs no promise, and the buffers are used in turn. */
export class PlainSender implements UdpSender {
  readonly #socket: Socket;
  readonly #slots: Uint8Array[];
  #next = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    const slab = new Uint8Array(SLOT_COUNT * UDP_PAYLOAD_MAX);
    this.#slots = Array.from({ length: SLOT_COUNT }, (_, i) =>
      slab.subarray(i * UDP_PAYLOAD_MAX, (i + 1) * UDP_PAYLOAD_MAX),
    );
  }

  get slot(): Uint8Array {
    return this.#slots[this.#next]!;
  }

  get isWritable(): boolean {
    return this.#socket.getSendQueueCount() < WAITING_MAX;
  }

  send(length: number, host: string, port: number): boolean {
    const slot = this.#slots[this.#next]!;
    this.#next = (this.#next + 1) % SLOT_COUNT;
    this.#socket.send(slot, 0, length, port, host);
    return true;
  }

  flush(): void {}
}
