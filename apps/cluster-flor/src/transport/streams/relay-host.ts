import type { QuicConnection } from "@florenetes/quic";
import type { TransportLimits } from "../limits.ts";
import { CHUNK_SIZE } from "../limits.ts";
import type { StreamOver } from "./access-sink.ts";
import type { LocalSocket } from "./local-network.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import type { Offer } from "./offer.ts";
import type { Pacer } from "./pacer.ts";
import type { StreamAccount } from "./stream-account.ts";

/**
 * Ends a half together with the FIN. quiche 0.18 forgets a FIN without bytes when all bytes before it are acknowledged
 * ahead of it and the other half has ended.
 */
export const END_MARK: Uint8Array = Uint8Array.of(0);

/** The half of a relay from the socket to the stream. */
export type Sending = "open" | "ending" | "ended" | "over";
/** The half from the stream to the socket. */
export type Receiving = "answer" | "open" | "ended" | "over";

/** The buffer for all reads. A socket that cannot send at once keeps the buffer; a new one then takes its place. */
export class ChunkBuffer {
  bytes: Uint8Array = new Uint8Array(CHUNK_SIZE);

  renew(): void {
    this.bytes = new Uint8Array(CHUNK_SIZE);
  }
}

export interface RelayHost<Relay> {
  readonly quic: QuicConnection;
  readonly limits: Pick<TransportLimits, "streamWindow" | "streamWindowMax" | "bytesPerStreamTurn" | "memoryPerStream">;
  readonly budget: MemoryBudget;
  readonly chunk: ChunkBuffer;
  readonly pacer: Pacer;
  /** Marks the connection: bytes were given to QUIC or taken from it, so there may be packets to send. */
  touch(): void;
  /** Calls `push` when QUIC and the pacer accept bytes again: the relay has some. */
  waitToWrite(relay: Relay): void;
  /** Calls `pull` again: more than one turn's share waits to be read. */
  readAgain(): void;
  /** Calls `takeNews` when the control stream accepts messages. */
  waitToTell(relay: Relay): void;
  /** Tells the peer on the control stream that nothing is read from now on: STOP_SENDING alone may be lost. */
  repeatStop(relay: Relay, code: number): void;
  handleReset(relay: Relay): void;
  /** The workload's connection is over, for the access log. */
  handleOver(over: StreamOver): void;
  /** Forgets the relay: its stream has nothing left to do. */
  removeRelay(relay: Relay): void;
}

export interface RelayOptions {
  readonly socket: LocalSocket;
  readonly account: StreamAccount;
  /** The workload's offer until the peer accepts the stream; undefined at an acceptor, which answers it. */
  readonly offer?: Offer;
  /** Whether OPEN asks both ends to tell what their workloads have taken. */
  readonly asksTaken: boolean;
  readonly now: number;
}

export const PushResult = {
  /** All waiting bytes were sent. */
  empty: 0,
  /** The quantum is used up. */
  more: 1,
  /** QUIC accepts no more. */
  blocked: 2,
  over: 3,
} as const;
export type PushResult = (typeof PushResult)[keyof typeof PushResult];
