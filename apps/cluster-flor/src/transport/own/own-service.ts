import type { TrafficClass } from "@florenetes/forwarding";
import type { OwnFlowWorkload } from "./own-flow.ts";
import type { OwnWorkload } from "./own-stream.ts";

/** The peer that has opened a stream or flow. */
export interface OwnCaller {
  /** The proven principal of the peer, as `<kind>/<name>`. */
  readonly peer: string;
  readonly trafficClass: TrafficClass;
}

/** Gets the answer of an own service to a stream: one of the two calls, once, at once or later. */
export interface OwnDialled<Workload> {
  /** Accepts: the peer is answered, and the workload gets the stream within this call. */
  handleConnected(workload: Workload): void;
  /** Refuses: the peer gets a reset by this code of the transport, such as `targetDown`; the text is for the log here. */
  handleFailed(code: number, text: string): void;
}

/**
 * A service that this process has itself. The transport asks the service for each stream that a peer opens, and the service
 * may answer later, within the time of any target (`dialMs`). Bytes and datagrams that come meanwhile wait in the transport.
 *
 *     asked ──handleConnected──▶ a workload with its stream
 *       ├─────handleFailed─────▶ over
 *       └──the peer resets it, or the time is over──▶ the function that `dial…` has returned is called
 */
export interface OwnService {
  /** Asks for a workload. Returns a function that cancels this, which is not called after `dialled` was. */
  dialStream(caller: OwnCaller, dialled: OwnDialled<OwnWorkload>): () => void;
  /** Asks for a workload for a flow of datagrams. A service without this method takes only streams. */
  dialFlow?(caller: OwnCaller, dialled: OwnDialled<OwnFlowWorkload>): () => void;
}
