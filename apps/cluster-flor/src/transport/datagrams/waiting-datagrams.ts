import type { DatagramDrops } from "./flow-account.ts";
import { WAITING_BYTES_MAX, WAITING_MAX } from "./limits.ts";

/** The first datagrams of a flow that cannot send them yet. */
export class WaitingDatagrams {
  readonly #drops: DatagramDrops;
  #kept: Uint8Array[] = [];
  #bytes = 0;

  constructor(drops: DatagramDrops) {
    this.#drops = drops;
  }

  /** Takes a datagram, and keeps its bytes, unless too many wait. */
  add(bytes: Uint8Array): void {
    if (this.#kept.length >= WAITING_MAX || this.#bytes + bytes.length > WAITING_BYTES_MAX) {
      this.#drops.noRoom++;
      return;
    }
    this.#kept.push(bytes);
    this.#bytes += bytes.length;
  }

  takeAll(): readonly Uint8Array[] {
    const taken = this.#kept;
    this.#kept = [];
    this.#bytes = 0;
    return taken;
  }

  /** Drops and counts all: they cannot be sent any more. */
  drop(): void {
    this.#drops.noRoom += this.takeAll().length;
  }
}
