import type { DatagramRun } from "@florenetes/data-session/workload";
import type { PacketFlow } from "../src/flows/packet-flows.ts";

/** A flow that keeps what it sends. */
export class Sent implements PacketFlow {
  readonly datagrams: Uint8Array[] = [];
  /** Datagrams that it says it has dropped. */
  dropped = 0;
  /** Bytes that it says wait in it, and in all flows of its data session. */
  bytesWaiting = 0;
  sessionBytesWaiting = 0;
  sendRun({ bytes, lengths, count }: DatagramRun): void {
    for (let i = 0, at = 0; i < count; i++) {
      this.datagrams.push(bytes.slice(at, at + lengths[i]!));
      at += lengths[i]!;
    }
  }
  close(): void {}
}
