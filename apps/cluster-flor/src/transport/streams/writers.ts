import type { QuicConnection } from "@florenetes/quic";
import { Fifo } from "../fifo.ts";
import type { Pacer } from "./pacer.ts";
import { PushResult } from "./relay-host.ts";
import type { StreamRelay } from "./stream-relay.ts";

/** A relay, as its turns to write need it. */
export type Writer = Pick<StreamRelay, "id" | "isQueued" | "push" | "checkWorkload">;

/** Smaller pieces would make packets that are not full. */
const QUANTUM_MIN = 4_096;

/**
 * The relays of one connection with bytes that QUIC did not take, or was not given: bytes that a long path does not carry wait
 * here and not in the path's queues. Relays that wait for the connection's credit, or the pacer's, take turns. Relays that wait
 * for the credit of their own stream (its reader has stopped) may be many and may wait for long: a few of them are asked in a
 * turn, and all of them once after a packet came in, so that they cost the others nothing.
 */
export class Writers {
  readonly #quic: Pick<QuicConnection, "streamCapacity" | "stats">;
  readonly #controlStream: number;
  readonly #stuckPerTurn: number;
  readonly #pacer: Pacer;
  readonly #waiting = new Fifo<Writer>();
  readonly #stuck = new Fifo<Writer>();
  #stuckUnasked = 0;
  #pacedUntil = Number.POSITIVE_INFINITY;

  /** @param controlStream carries next to nothing, so that its credit is the connection's. */
  constructor(
    quic: Pick<QuicConnection, "streamCapacity" | "stats">,
    controlStream: number,
    stuckPerTurn: number,
    pacer: Pacer,
  ) {
    this.#quic = quic;
    this.#controlStream = controlStream;
    this.#stuckPerTurn = stuckPerTurn;
    this.#pacer = pacer;
  }

  add(relay: Writer): void {
    if (relay.isQueued) return;
    relay.isQueued = true;
    this.#waiting.push(relay);
  }

  /** A packet came in, which may have brought credit. */
  handlePacket(): void {
    this.#stuckUnasked = this.#stuck.size;
  }

  /** Whether any workload is kept waiting, so that `checkWorkloads` is worth a call now and then. */
  get isAnyStuck(): boolean {
    return this.#stuck.size > 0;
  }

  /** Checks some of the workloads that are kept waiting: whether they are still there. */
  checkWorkloads(): void {
    for (let looks = Math.min(this.#stuckPerTurn, this.#stuck.size); looks > 0; looks--) {
      const relay = this.#stuck.shift()!;
      relay.checkWorkload();
      this.#stuck.push(relay);
    }
  }

  /** When `serve` is due again though nothing else happens. */
  nextTimeout(): number {
    return this.#pacedUntil;
  }

  /**
   * Gives relays their turns. Returns whether stuck relays are left to be asked in the next turn; while QUIC's window
   * is full, they wait.
   */
  serve(now: number): boolean {
    const credit = this.#creditAt(now);
    this.#pacedUntil = Number.POSITIVE_INFINITY;
    if (this.#waiting.size === 0 && this.#stuckUnasked === 0) return false;
    const capacity = this.#quic.streamCapacity(this.#controlStream);
    if (capacity <= 0) return false;
    this.#askStuck();
    const share = Math.floor(Math.min(capacity, credit) / Math.max(1, this.#waiting.size));
    this.#push(capacity, Math.max(QUANTUM_MIN, share));
    if (this.#waiting.size > 0 && !this.#pacer.hasCredit) this.#pacedUntil = this.#pacer.nextTime(now);
    return this.#stuckUnasked > 0;
  }

  #creditAt(now: number): number {
    if (this.#pacer.isSampleDue(now)) {
      const { rttMs, deliveryRate } = this.#quic.stats();
      this.#pacer.handleSample(rttMs, deliveryRate, now);
    }
    return this.#pacer.earn(now);
  }

  #push(capacity: number, quantum: number): void {
    for (let served = 0; capacity > 0 && this.#pacer.hasCredit; served++) {
      const relay = this.#waiting.shift();
      if (relay === undefined) return;
      const result = relay.push(quantum);
      if (result === PushResult.more) {
        this.#waiting.push(relay);
      } else if (result !== PushResult.blocked) {
        relay.isQueued = false;
      } else {
        capacity = this.#quic.streamCapacity(this.#controlStream);
        if (capacity > 0) this.#stuck.push(relay);
        // The first relay of this turn has used the window up; a later one may have sent nothing, and is the next.
        else if (served > 0) this.#waiting.unshift(relay);
        else this.#waiting.push(relay);
      }
    }
  }

  #askStuck(): void {
    let looks = Math.min(this.#stuckPerTurn, this.#stuckUnasked);
    this.#stuckUnasked -= looks;
    for (; looks > 0; looks--) {
      const relay = this.#stuck.shift()!;
      // `push` finds out about anything but missing credit.
      if (this.#quic.streamCapacity(relay.id) === 0) this.#stuck.push(relay);
      else this.#waiting.push(relay);
    }
  }
}
