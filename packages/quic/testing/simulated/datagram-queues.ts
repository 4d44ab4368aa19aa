import type { QuicConfig } from "../../src/engine.ts";
import { DATAGRAM_FRAME_HEAD, type FrameWriter } from "./frames.ts";

/** DATAGRAM frames on their way in and out (RFC 9221). */
export class DatagramQueues {
  readonly #limits: QuicConfig["datagrams"];
  readonly #out: Uint8Array[] = [];
  /** Since when the oldest datagrams have waited, as far as a packet was asked for. */
  readonly #since: number[] = [];
  /** How many datagrams were dropped because they had waited for too long. */
  late = 0;
  /** Whether the packet that was written last has datagrams. */
  haveLeft = false;
  readonly #in: Uint8Array[] = [];

  constructor(limits: QuicConfig["datagrams"]) {
    this.#limits = limits;
  }

  get sendLength(): number {
    return this.#out.length;
  }

  /** False: the queue is full. */
  send(datagram: Uint8Array): boolean {
    if (this.#out.length >= (this.#limits?.sendQueueMax ?? 0)) return false;
    this.#out.push(new Uint8Array(datagram)); // a Buffer's `slice` would share its memory
    return true;
  }

  /** Writes as many datagrams as there is room for, without those that never fit; returns whether there was any. */
  write(writer: FrameWriter, sizeMax: number): boolean {
    let hasWritten = false;
    for (let next = this.#out[0]; next !== undefined; next = this.#out[0]) {
      if (next.length <= sizeMax && DATAGRAM_FRAME_HEAD + next.length > writer.left) break;
      if (writer.write({ kind: "datagram", bytes: next })) hasWritten = true;
      this.#out.shift();
      this.#since.shift();
    }
    this.haveLeft ||= hasWritten;
    return hasWritten;
  }

  /** A packet is asked for: drops the datagrams that have waited for too long. */
  dropLate(ageMaxMs: number, now: number): void {
    while (this.#since.length < this.#out.length) this.#since.push(now);
    for (; this.#since.length > 0 && now > this.#since[0]! + ageMaxMs; this.late++) {
      this.#out.shift();
      this.#since.shift();
    }
  }

  /** When the queue is full, the oldest makes room. */
  handleFrame(datagram: Uint8Array): void {
    const max = this.#limits?.receiveQueueMax ?? 0;
    if (this.#in.length >= max) this.#in.shift();
    if (max > 0) this.#in.push(new Uint8Array(datagram));
  }

  /** Copies the oldest datagram that fits into `out`; returns its length, or -1. A datagram that does not fit is dropped. */
  receive(out: Uint8Array): number {
    for (let next = this.#in.shift(); next !== undefined; next = this.#in.shift()) {
      if (next.length > out.length) continue;
      out.set(next);
      return next.length;
    }
    return -1;
  }
}
