import type { ConnectionLedger } from "../../guard/connection-ledger.ts";
import type { AckDelay } from "../ack-delay.ts";
import type { NativeConnection } from "./native-connection.ts";

/**
 * The DATAGRAM frames of a quiche connection. Whether quiche still holds some is asked only once it has said that it has no more packets.
 *
 *     none ──one is sent──▶ given ──no more packets, and some are left──▶ backlogged
 *      ▲                      └── none is left ──┐                            │
 *      └─────────────────────────────────────────┴────────────────────────────┘
 */
export class QuicheDatagrams {
  native: NativeConnection;
  readonly #acks: AckDelay;
  readonly #ledger: ConnectionLedger;
  #unsent: "none" | "given" | "backlogged" = "none";

  constructor(native: NativeConnection, acks: AckDelay, ledger: ConnectionLedger) {
    this.native = native;
    this.#acks = acks;
    this.#ledger = ledger;
  }

  /** The congestion window has no room for those that quiche holds. */
  get isBacklogged(): boolean {
    return this.#unsent === "backlogged";
  }

  get sizeMax(): number {
    return this.native.dgramMaxWritableLen() ?? 0;
  }

  get sendQueueLength(): number {
    return this.native.dgramSendQueueLen();
  }

  /** False: it is too large, or quiche's queue is full. */
  send(datagram: Uint8Array): boolean {
    this.#acks.handleWork();
    if (this.#unsent === "none") this.#unsent = "given";
    try {
      return this.native.dgramSend(datagram) !== null;
    } catch {
      return false;
    }
  }

  /** Copies the oldest into `out`; returns its length, or -1 when there is none that fits. */
  receive(out: Uint8Array): number {
    try {
      const length = this.native.dgramRecv(out) ?? -1;
      this.#ledger.handleDelivered(length);
      return length;
    } catch {
      // Larger than `out`: quiche has dropped it. The next one may fit.
      return this.native.dgramRecvQueueLen() > 0 ? this.receive(out) : -1;
    }
  }

  /** quiche has no more packets for now. */
  handleDrained(): void {
    if (this.#unsent === "none") return;
    this.#unsent = this.native.dgramSendQueueLen() > 0 ? "backlogged" : "none";
  }
}
