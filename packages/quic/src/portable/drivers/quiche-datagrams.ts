import type { ConnectionLedger } from "../../guard/connection-ledger.ts";
import type { AckDelay } from "../ack-delay.ts";
import { DATAGRAM_AGE_MIN_MS, datagramAgeMaxMs } from "../../datagram-age.ts";
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
  /** While quiche holds datagrams back: how many at the last look, and since when none has left. */
  #left = 0;
  #since = 0;
  /** The shortest of the smoothed round trips that were looked at: quiche tells no shortest one. */
  #shortestRttMs = Number.POSITIVE_INFINITY;
  /** How many datagrams were dropped because they had waited for too long. */
  late = 0;
  /** Whether the packet that was made last may have datagrams. */
  haveLeft = false;

  constructor(native: NativeConnection, acks: AckDelay, ledger: ConnectionLedger) {
    this.native = native;
    this.#acks = acks;
    this.#ledger = ledger;
  }

  /** Whether the congestion window has no room for the datagrams that quiche holds. */
  get isBacklogged(): boolean {
    return this.#unsent === "backlogged";
  }

  get sizeMax(): number {
    return this.native.dgramMaxWritableLen() ?? 0;
  }

  get sendQueueLength(): number {
    return this.native.dgramSendQueueLen();
  }

  /** False: the datagram is too large, or quiche's queue is full. */
  send(datagram: Uint8Array): boolean {
    this.#acks.handleWork();
    if (this.#unsent === "none") this.#unsent = "given";
    else this.#left++;
    try {
      return this.native.dgramSend(datagram) !== null;
    } catch {
      return false;
    }
  }

  /** Copies the oldest datagram into `out`; returns its length, or -1 when there is none that fits. */
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

  /** quiche is about to be asked for a packet, or has taken one. */
  handleTime(now: number): void {
    this.haveLeft = this.#unsent !== "none";
    if (this.#unsent !== "backlogged" || now <= this.#since + DATAGRAM_AGE_MIN_MS) return;
    const rttMs = this.native.pathStats()[0]?.rtt ?? 0;
    this.#shortestRttMs = Math.min(this.#shortestRttMs, rttMs);
    if (now <= this.#since + datagramAgeMaxMs({ rttMs, minRttMs: this.#shortestRttMs })) return;
    this.late += this.native.dgramSendQueueLen();
    this.native.dgramPurgeOutgoing(() => true);
    this.#unsent = "none";
    this.haveLeft = false;
  }

  /** quiche has no more packets for now. */
  handleDrained(now: number): void {
    if (this.#unsent === "none") return;
    const left = this.native.dgramSendQueueLen();
    if (this.#unsent !== "backlogged" || left < this.#left) this.#since = now;
    this.#left = left;
    this.#unsent = left > 0 ? "backlogged" : "none";
  }
}
