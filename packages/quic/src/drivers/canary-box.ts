import type { NativeConnection } from "./native-connection.ts";
import type { PacketGuard } from "./packet-guard.ts";

/** Room for a PING, or for some bytes of a stream, which the engine will send again. */
const buffer = new Uint8Array(96);

/** Takes small packets from the engine now and then, and sends none of them: see guard/acknowledgements.ts. */
export class CanaryBox {
  /** A packet that was to be a canary, and holds something. */
  #held: Uint8Array | undefined;

  /** Not to be called while datagrams wait: nobody sends them again. `transmit` writes the next packet, if any. */
  fill(native: NativeConnection, guard: PacketGuard, transmit: (out: Uint8Array) => number): void {
    native.sendAckEliciting();
    const length = transmit(buffer);
    const packet = buffer.subarray(0, length);
    if (length > 0 && !guard.keepBack(packet, native.destinationId().length)) this.#held = packet.slice();
  }

  /** Writes the packet that has to be sent after all; 0 when there is none. */
  transmit(out: Uint8Array): number {
    const packet = this.#held;
    if (packet === undefined) return 0;
    this.#held = undefined;
    out.set(packet);
    return packet.length;
  }
}
