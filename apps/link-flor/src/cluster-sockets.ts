import type { FlorioPort, FlorioPortOptions } from "@florenetes/florio";
import type { TransitThread, TransitThreadHandlers } from "@florenetes/forwarding";
import type { SessionLane } from "./quic-link/data-plane/native/session-lane.ts";
import type { OpenUdp } from "./quic-link/link-surroundings.ts";

/** A FlorIO port, as far as a portal uses it. */
export type PortalPort = Pick<
  FlorioPort,
  "waitingFor" | "sendControl" | "sendPacket" | "flush" | "counters" | "heartbeats" | "close"
>;

/** The sockets of one cluster: those of this thread, or those of the data thread. */
export interface ClusterSockets {
  readonly openUdp: OpenUdp;
  /** Rejects with FlorioError, as `openFlorioPort` throws it. */
  readonly openPort: (options: FlorioPortOptions) => Promise<PortalPort>;
  /** Lets go of all that is left of them. To be called once, when sockets and ports are closed or could not be opened. */
  readonly release: () => Promise<void>;
  /** The thread that takes sessions over once they are up, if it has the sockets. */
  readonly lane?: SessionLane;
  /** Has that thread forward what only passes through. */
  readonly openTransit?: (handlers: TransitThreadHandlers) => TransitThread;
}
