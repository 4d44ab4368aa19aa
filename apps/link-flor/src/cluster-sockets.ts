import type { FlorioPort, FlorioPortOptions } from "@florenetes/florio";
import type { TransitThread, TransitThreadHandlers } from "@florenetes/forwarding";
import type { SessionLane } from "./quic-link/lane/session-lane.ts";
import type { OpenUdp } from "./quic-link/link-surroundings.ts";

/** A FlorIO port, as far as a portal uses it. */
export interface PortalPort extends Pick<
  FlorioPort,
  "waitingFor" | "sendControl" | "sendPacket" | "flush" | "counters" | "close"
> {
  /** There is one where the data thread has the port: signs of life then wake this one up only when they are news. */
  readonly heartbeats?: PortHeartbeats;
}

/** The signs of life of a portal, while they are no news. */
export interface PortHeartbeats {
  /** Sends a message now, and again each interval while the partner is there, until another one is given. */
  repeat(message: Uint8Array, intervalMs: number): void;
  /** The partner's message that is not told any more when it comes again; undefined: all are told. */
  setKnown(message: Uint8Array | undefined): void;
  /** When that message came last, by the monotonic clock; undefined: it did not. */
  readonly heardAt: number | undefined;
}

/** The sockets of one cluster: those of this thread, or those of the data thread. */
export interface ClusterSockets {
  readonly openUdp: OpenUdp;
  /** Rejects with FlorioError, as `openFlorioPort` throws it. */
  readonly openPort: (options: FlorioPortOptions) => Promise<PortalPort>;
  /** The thread that takes sessions over once they are up, if it has the sockets. */
  readonly lane?: SessionLane;
  /** Has that thread forward what only passes through. */
  readonly openTransit?: (handlers: TransitThreadHandlers) => TransitThread;
}
