import { quiche } from "@matrixai/quic/native/index.js";
import type { AckDelay } from "../ack-delay.ts";
import { StreamResult } from "../../engine.ts";
import type { ConnectionLedger } from "../../guard/connection-ledger.ts";
import type { NativeConnection } from "./native-connection.ts";
import { streamFailure } from "./quiche-errors.ts";

const noStreams: readonly number[] = [];

/** The streams of a quiche connection, and what its ledger has to know of them. */
export class QuicheStreams {
  /** Whether the last `receive` reached the peer's clean end. */
  ended = false;
  /** The peer's code behind the last `stopped` or `reset`. */
  errorCode = 0;
  native: NativeConnection;
  readonly #acks: AckDelay;
  readonly #ledger: ConnectionLedger;

  constructor(native: NativeConnection, acks: AckDelay, ledger: ConnectionLedger) {
    this.native = native;
    this.#acks = acks;
    this.#ledger = ledger;
  }

  readable(): readonly number[] {
    return this.native.isReadable() ? [...this.native.readable()] : noStreams;
  }

  send(id: number, bytes: Uint8Array, fin: boolean): number {
    this.#acks.handleWork();
    this.#ledger.handleSent(id);
    try {
      const taken = this.native.streamSend(id, bytes, fin);
      if (taken !== null) return taken;
    } catch (error) {
      return this.#failed(error);
    }
    // "Done" is said of a stream without credit and of one that is over.
    const capacity = this.capacity(id);
    return capacity < 0 ? capacity : StreamResult.blocked;
  }

  receive(id: number, out: Uint8Array, now: number): number {
    this.ended = false;
    try {
      const received = this.native.streamRecv(id, out);
      if (received === null) return StreamResult.blocked;
      const [length, isEnd] = received;
      this.ended = isEnd;
      this.#acks.handleRead(now);
      this.#ledger.handleRead(id, length);
      if (isEnd) this.#ledger.handleStreamOver(id);
      return length;
    } catch (error) {
      this.#ledger.handleStreamOver(id);
      return this.#failed(error);
    }
  }

  capacity(id: number): number {
    try {
      return this.native.streamCapacity(id);
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** Gives up what we send. */
  reset(id: number, code: number): void {
    this.#shutdown(id, quiche.Shutdown.Write, code);
  }

  /** Gives up what the peer sends. */
  stop(id: number, code: number): void {
    this.#ledger.handleStreamOver(id);
    this.#shutdown(id, quiche.Shutdown.Read, code);
  }

  #shutdown(id: number, direction: Parameters<NativeConnection["streamShutdown"]>[1], code: number): void {
    this.#acks.handleWork();
    try {
      this.native.streamShutdown(id, direction, code);
    } catch {
      // The stream is over: there is nothing left to give up.
    }
  }

  #failed(error: unknown): StreamResult {
    const { result, code } = streamFailure(error);
    this.errorCode = code;
    return result;
  }
}
