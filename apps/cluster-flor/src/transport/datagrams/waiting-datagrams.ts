import type { DatagramDrops } from "./flow-account.ts";
import { WAITING_BYTES_MAX, WAITING_MAX } from "./limits.ts";

/** The first datagrams of one flow, which has nowhere to send them yet. */
export class WaitingDatagrams {
  readonly #drops: DatagramDrops;
  #kept: Uint8Array[] = [];
  #bytes = 0;

  constructor(drops: DatagramDrops) {
    this.#drops = drops;
  }

  /** Takes one, whose bytes it keeps, unless there are too many. */
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

  /** Nothing will take them. */
  drop(): void {
    this.#drops.noRoom += this.takeAll().length;
  }
}
