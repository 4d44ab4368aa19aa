/**
 * A flow of datagrams of which this process is the workload. They come in any order, and some not at all; the bounds of what waits are those
 * of a UDP client's flow (datagrams/limits.ts).
 */
export interface OwnFlow {
  /** Sends a datagram of DATAGRAM_SIZE_MAX bytes at most, which are the flow's to keep. */
  send(bytes: Uint8Array): void;
  /** Ends the flow, by a code of the transport: `done`, in peace, where none is given. `handleReset` follows. */
  reset(code?: number): void;
}

/** Is told what happens to an `OwnFlow`, never while it calls one of its methods. */
export interface OwnFlowUser {
  /** The bytes are the user's to keep. */
  handleDatagram(bytes: Uint8Array): void;
  /** The flow is over, by this code of the transport (`done`: one of the ends has ended it in peace), with more about it for people. Nothing
   *  follows. */
  handleReset(code: number, text: string): void;
}

/** The user of a flow that this process has opened. */
export interface FlowOpener extends OwnFlowUser {
  /** The far end has accepted it. Called once, before the first datagram. */
  handleAnswered(): void;
}

/** Takes a flow of its own. */
export type OwnFlowWorkload = (flow: OwnFlow) => OwnFlowUser;

/** Takes a flow that was opened for it, and has not been answered. What is sent before waits for that only as a UDP client's would. */
export type OpeningFlowWorkload = (flow: OwnFlow) => FlowOpener;
