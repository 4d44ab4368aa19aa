import type { SessionReaders } from "./session-readers.ts";

/**
 * A flow of datagrams whose workload is this process. Datagrams may be lost and overtake each other; waiting ones have
 * the bounds of a UDP client's flow (datagrams/limits.ts).
 */
export interface OwnFlow {
  /** The readers of sessions' sockets that can read for the flow, and their number of it; undefined: this thread alone can. */
  readonly carried?: { readonly number: number; readonly readers: SessionReaders };
  /** Sends a datagram of DATAGRAM_SIZE_MAX bytes at most; the bytes are copied. */
  send(bytes: Uint8Array): void;
  /** Ends the flow, by a code of the transport; default `done`, the normal end. `handleReset` follows. */
  reset(code?: number): void;
}

/** Gets the events of an `OwnFlow`, never during a call of one of its methods. */
export interface OwnFlowUser {
  /** The bytes are a view that is valid in this call alone. */
  handleDatagram(bytes: Uint8Array): void;
  /**
   * The flow is over, by this code of the transport (`done`: one of the ends has ended it normally), with a text for
   * people. No event follows.
   */
  handleReset(code: number, text: string): void;
}

/** The user of a flow that this process has opened. */
export interface FlowOpener extends OwnFlowUser {
  /** The far end has accepted the flow. Called once, before the first datagram. */
  handleAnswered(): void;
}

/** A workload that is given a flow. */
export type OwnFlowWorkload = (flow: OwnFlow) => OwnFlowUser;

/**
 * A workload that is given a flow which it opens. The flow is not answered yet: datagrams wait for that only as a UDP
 * client's do.
 */
export type OpeningFlowWorkload = (flow: OwnFlow) => FlowOpener;
