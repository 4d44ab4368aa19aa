import type { TrafficClass } from "@florenetes/forwarding";
import type { Way } from "../packets/packet-sender.ts";

/** The end of a stream's connection, for its access record. */
export interface AccessConnection {
  readonly idHigh: number;
  readonly idLow: number;
  readonly own: { readonly principal: string };
  /** The proven principal of the peer. */
  readonly peer: string | undefined;
  readonly trafficClass: TrafficClass;
  readonly way: Way;
}

/** The route of a workload's stream that was never opened. */
export interface AccessRoute {
  /** The principal that it would have had, `<kind>/<name>`. */
  readonly as: string;
  readonly path: string;
  readonly trafficClass: TrafficClass;
}

/** A stream or flow of a workload that is over. */
export interface StreamOver {
  /** The stream's number on the connection, equal at both ends. Meaningless for a stream that was never opened. */
  readonly stream: number;
  /** The names of its account: a tunnel, a socket of data sessions or a service. */
  readonly names: Readonly<Record<string, string>>;
  readonly isFlow: boolean;
  /** Whether the stream ended before the peer accepted it. */
  readonly isRefused: boolean;
  /** When the stream was opened, by the monotonic clock. */
  readonly startedMs: number;
  /** Bytes of the local workload that were given to the connection, and bytes for it that came out. */
  readonly sent: number;
  readonly received: number;
  /** Why it is over. */
  readonly code: number;
}

/** Gets each stream and flow that is over, and each that was never opened. */
export type AccessSink = (place: AccessConnection | AccessRoute, over: StreamOver) => void;
