import { LOOPBACK_BYTES_MAX } from "./limits.ts";

/** A packet on its way from this vertex to itself. */
export interface LoopbackPacket {
  readonly packet: Uint8Array;
  /** Index of the service that the packet is for; -1: it is for the originator of its ConnectionId. */
  readonly service: number;
}

/**
 * Packets between a tunnel and a service of one node. They are delivered at the end of the turn, as packets for a
 * link leave then: so the transport is never called from within its own sending.
 */
export class Loopback {
  #packets: LoopbackPacket[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#packets.length === 0;
  }

  /** Copies a packet. False: there is no room. */
  push(packet: Uint8Array, start: number, end: number, service: number): boolean {
    if (this.#bytes + end - start > LOOPBACK_BYTES_MAX) return false;
    this.#bytes += end - start;
    this.#packets.push({ packet: packet.slice(start, end), service });
    return true;
  }

  takeAll(): readonly LoopbackPacket[] {
    const packets = this.#packets;
    this.#packets = [];
    this.#bytes = 0;
    return packets;
  }
}
