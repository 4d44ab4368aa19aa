import type { TrafficClass } from "@florenetes/forwarding";
import type { Way } from "../packets/packet-sender.ts";

/** The end of a connection that a stream was on, as far as an access record tells it. */
export interface AccessConnection {
  readonly idHigh: number;
  readonly idLow: number;
  readonly own: { readonly principal: string };
  /** The principal that the peer has proven to be. */
  readonly peer: string | undefined;
  readonly trafficClass: TrafficClass;
  readonly way: Way;
}

/** The way of a workload's stream that never was. */
export interface AccessRoute {
  /** Principal that it would have spoken as, `<kind>/<name>`. */
  readonly as: string;
  /** Name of the path. */
  readonly path: string;
  readonly trafficClass: TrafficClass;
}

/** A stream or flow of a workload that is over. */
export interface StreamOver {
  /** Its number on the connection: both ends have the same one. Of one that never was it means nothing. */
  readonly stream: number;
  /** The names of its account: a tunnel, a socket of data sessions or a service. */
  readonly names: Readonly<Record<string, string>>;
  readonly isFlow: boolean;
  /** The peer had not accepted it. */
  readonly isRefused: boolean;
  /** When it was opened, by the monotonic clock. */
  readonly startedMs: number;
  /** Bytes of the workload here that were given to the connection, and bytes for it that came out. */
  readonly sent: number;
  readonly received: number;
  /** Why it is over. */
  readonly code: number;
}

/** Hears of each stream and flow that is over, and of each that never was. */
export type AccessSink = (place: AccessConnection | AccessRoute, over: StreamOver) => void;
