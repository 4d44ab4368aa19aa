import { openFlorioPort } from "@florenetes/florio";
import type { ClusterSockets } from "../cluster-sockets.ts";
import { UdpSocket } from "../quic-link/drivers/udp-socket.ts";

/** The sockets of this thread. */
export const nodeSockets: ClusterSockets = {
  openUdp: (listen, handlers) => UdpSocket.open(listen, handlers),
  openPort: async (options) => openFlorioPort(options),
  release: () => Promise.resolve(),
};
