import type { QuicConnection } from "@florenetes/quic";
import { engineQueueMax } from "./limits.ts";
import { PacketQueue } from "./packet-queue.ts";

/**
 * Gives the packets of a link to its engine: at once while that holds few, through the link's own queue otherwise, since what is
 * inside the engine can neither be timed nor dropped.
 */
export class PacketSender {
  readonly queue: PacketQueue = new PacketQueue();
  packetsSent = 0;
  bytesSent = 0;
  /** The engine did not take them: larger than its packets. */
  droppedByEngine = 0;
  readonly #connection: QuicConnection;
  #engineQueued = 0;

  constructor(connection: QuicConnection) {
    this.#connection = connection;
  }

  /** Returns false when the packet was dropped. */
  send(packet: Uint8Array, start: number, end: number, now: number): boolean {
    if (this.queue.length > 0 || this.#engineQueued >= engineQueueMax) return this.queue.push(packet, start, end, now);
    return this.#sendNow(packet, start, end);
  }

  /** To be called before the engine is asked for a QUIC packet. */
  refill(now: number): void {
    while (this.#engineQueued < engineQueueMax && this.queue.length > 0 && this.queue.pollPacket(now)) {
      this.#sendNow(this.queue.packet, this.queue.start, this.queue.end);
    }
  }

  /** The engine gave a QUIC packet. */
  handleTransmitted(): void {
    if (this.#engineQueued > 0) this.#engineQueued = this.#connection.datagramSendQueueLength();
  }

  #sendNow(packet: Uint8Array, start: number, end: number): boolean {
    if (!this.#connection.sendDatagram(packet.subarray(start, end))) {
      this.droppedByEngine++;
      return false;
    }
    this.#engineQueued++;
    this.packetsSent++;
    this.bytesSent += end - start;
    return true;
  }
}
