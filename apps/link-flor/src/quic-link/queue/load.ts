import { QUEUE_PACKET_LOAD } from "../limits.ts";

/** Packets that wait in a part of a queue, and their bytes. */
export class Load {
  packets = 0;
  bytes = 0;

  /** How much of the queue these packets take: small ones use up the places, large ones the bytes. */
  get size(): number {
    return this.bytes + this.packets * QUEUE_PACKET_LOAD;
  }

  add(length: number): void {
    this.packets++;
    this.bytes += length;
  }

  remove(length: number): void {
    this.packets--;
    this.bytes -= length;
  }

  clear(): void {
    this.packets = 0;
    this.bytes = 0;
  }
}

/** How much of the queue a packet of that length takes. */
export function loadOf(length: number): number {
  return length + QUEUE_PACKET_LOAD;
}
