import type { QuicConnection } from "@florenetes/quic";
import { Fifo } from "./fifo.ts";
import { PushResult } from "./stream-relay.ts";
import type { StreamRelay } from "./stream-relay.ts";

/** Smaller pieces would make packets that are not full. */
const quantumMin = 4_096;

/**
 * The relays of one connection that have bytes which QUIC did not take. Those that wait for the connection's credit take
 * turns. Those that wait for the credit of their own stream (their reader has stopped) may be many and may wait for long:
 * a few of them are asked in a turn, and all of them once after a packet came in, so that they cost the others nothing.
 */
export class Writers {
  readonly #quic: QuicConnection;
  readonly #controlStream: number;
  readonly #stuckPerTurn: number;
  readonly #waiting = new Fifo<StreamRelay>();
  readonly #stuck = new Fifo<StreamRelay>();
  #stuckUnasked = 0;

  /** @param controlStream one that carries next to nothing, so that its credit is the connection's. */
  constructor(quic: QuicConnection, controlStream: number, stuckPerTurn: number) {
    this.#quic = quic;
    this.#controlStream = controlStream;
    this.#stuckPerTurn = stuckPerTurn;
  }

  /** Whether stuck relays are still to be asked. */
  get isUnfinished(): boolean {
    return this.#stuckUnasked > 0;
  }

  add(relay: StreamRelay): void {
    if (relay.isQueued) return;
    relay.isQueued = true;
    this.#waiting.push(relay);
  }

  /** A packet came in, which may have brought credit. */
  handlePacket(): void {
    this.#stuckUnasked = this.#stuck.size;
  }

  /** Whether workloads are kept waiting, so that `probe` is worth a call now and then. */
  get isAnyStuck(): boolean {
    return this.#stuck.size > 0;
  }

  /** Finds out of some workloads that are kept waiting whether they are still there. */
  probe(): void {
    for (let looks = Math.min(this.#stuckPerTurn, this.#stuck.size); looks > 0; looks--) {
      const relay = this.#stuck.shift()!;
      relay.probe();
      this.#stuck.push(relay);
    }
  }

  /** One turn. */
  serve(): void {
    if (this.#waiting.size === 0 && this.#stuckUnasked === 0) return;
    let capacity = this.#quic.streamCapacity(this.#controlStream);
    if (capacity <= 0) return;
    this.#askStuck();
    const quantum = Math.max(quantumMin, Math.floor(capacity / Math.max(1, this.#waiting.size)));
    while (capacity > 0) {
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
        else this.#waiting.push(relay);
      }
    }
  }

  #askStuck(): void {
    let looks = Math.min(this.#stuckPerTurn, this.#stuckUnasked);
    this.#stuckUnasked -= looks;
    for (; looks > 0; looks--) {
      const relay = this.#stuck.shift()!;
      // Anything but "no credit" is for `push` to find out.
      if (this.#quic.streamCapacity(relay.id) === 0) this.#stuck.push(relay);
      else this.#waiting.push(relay);
    }
  }
}
