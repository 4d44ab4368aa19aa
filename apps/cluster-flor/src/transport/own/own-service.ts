import type { TrafficClass } from "@florenetes/forwarding";
import type { OwnFlowWorkload } from "./own-flow.ts";
import type { OwnWorkload } from "./own-stream.ts";

/** The peer that has opened a stream or flow, and how. */
export interface OwnCaller {
  /** The principal that the peer has proven to be, as `<kind>/<name>`. */
  readonly peer: string;
  /** Its connection's. */
  readonly trafficClass: TrafficClass;
}

/** Is told by an own service what becomes of a stream: one of the two, once, at once or later. */
export interface OwnDialled<Workload> {
  /** The peer is answered, and the workload gets the stream, within this call. */
  handleConnected(workload: Workload): void;
  /** The peer gets a reset by this code of the transport, such as `targetDown`; the text is for the log here. */
  handleFailed(code: number, text: string): void;
}

/**
 * A service that this process has itself. It is asked for each stream that a peer opens, and may take its time to answer: up to the time that
 * any target has (`dialMs`). The bytes or datagrams that come meanwhile wait in the transport.
 *
 *     asked ──handleConnected──▶ a workload with its stream
 *       ├─────handleFailed─────▶ over
 *       └──the peer gives it up, or the time is over──▶ what `dial…` has returned is called
 */
export interface OwnService {
  /** Returns what gives it up, which is not called once it has told `dialled` what became of it. */
  dialStream(caller: OwnCaller, dialled: OwnDialled<OwnWorkload>): () => void;
  /** Does so for a flow of datagrams. A service without it takes streams alone. */
  dialFlow?(caller: OwnCaller, dialled: OwnDialled<OwnFlowWorkload>): () => void;
}
