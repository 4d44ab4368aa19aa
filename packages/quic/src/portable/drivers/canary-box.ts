import { CANARY_TRIES_MAX } from "../../limits.ts";
import type { NativeConnection } from "./native-connection.ts";
import type { PacketGuard } from "../../guard/drivers/packet-guard.ts";

/** Room for a PING, or for some bytes of a stream, which the engine will send again. */
const buffer = new Uint8Array(96);

/** Takes small packets from the engine now and then, and never sends one of them, the canary: see guard/acknowledgements.ts. */
export class CanaryBox {
  /** Packets that were to be canaries, but hold something that must not be lost. */
  readonly #held: Uint8Array[] = [];

  /** `transmit` writes the next packet, if any. What the engine owes the peer is in the first ones, which are sent. */
  fill(native: NativeConnection, guard: PacketGuard, transmit: (out: Uint8Array) => number): void {
    for (let i = 0; i < CANARY_TRIES_MAX; i++) {
      native.sendAckEliciting();
      const length = transmit(buffer);
      const packet = buffer.subarray(0, length);
      if (length === 0 || guard.keepBack(packet, native.destinationId().length)) return;
      this.#held.push(packet.slice());
    }
  }

  /** Writes the next packet that has to be sent after all; 0 when there is none. */
  transmit(out: Uint8Array): number {
    const packet = this.#held.shift();
    if (packet === undefined) return 0;
    out.set(packet);
    return packet.length;
  }
}
