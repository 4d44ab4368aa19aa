import type { FlorioPort, FlorioPortOptions } from "@florenetes/florio";
import type { OpenTransit } from "@florenetes/forwarding";
import type { OpenSessionPlane } from "./quic-link/data-plane/session-plane.ts";
import type { OpenUdp } from "./quic-link/link-surroundings.ts";

/** A FlorIO port, as far as a portal uses it. */
export type PortalPort = Pick<
  FlorioPort,
  "waitingFor" | "sendControl" | "sendPacket" | "flush" | "counters" | "heartbeats" | "close"
>;

/** The part of a data plane that serves one cluster: its sockets, and the carrier of its sessions. */
export interface ClusterPlane {
  readonly openUdp: OpenUdp;
  /** Rejects with FlorioError, as `openFlorioPort` throws it. */
  readonly openPort: (options: FlorioPortOptions) => Promise<PortalPort>;
  /** Whether the ports repeat heartbeats by themselves. */
  readonly isPortRepeating: boolean;
  /** Makes the carrier of the cluster's sessions that are up. */
  readonly openSessions: OpenSessionPlane;
  /** Makes the forwarder of packets that only pass through. */
  readonly openTransit: OpenTransit;
  /** Lets go of what is left of this part. To be called once, when sockets and ports are closed or could not be opened. */
  readonly release: () => Promise<void>;
}
