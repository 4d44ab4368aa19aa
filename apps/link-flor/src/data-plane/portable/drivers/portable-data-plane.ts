import { randomBytes } from "node:crypto";
import { openFlorioPort } from "@florenetes/florio";
import { OffloadedTransit } from "@florenetes/forwarding";
import type { ClusterPlane } from "../../../cluster-plane.ts";
import { PortableSessions } from "../../../quic-link/data-plane/portable/portable-sessions.ts";
import { UdpSocket } from "../../../quic-link/drivers/udp-socket.ts";
import type { DataPlane } from "../../data-plane.ts";

/** The part of every cluster. Nothing is kept for a cluster besides its sockets, which this thread has. */
export const portableCluster: ClusterPlane = {
  openUdp: (listen, handlers) => UdpSocket.open(listen, handlers),
  openPort: async (options) => openFlorioPort(options),
  isPortRepeating: false,
  openSessions: () => new PortableSessions(),
  openTransit: (host) => new OffloadedTransit({ ...host, seed: randomBytes(4).readUInt32LE() }),
  release: () => Promise.resolve(),
};

/** Carries packets in this thread. */
export class PortableDataPlane implements DataPlane {
  addCluster(): ClusterPlane {
    return portableCluster;
  }

  /** Always true: the thread that asks is the one that carries. */
  isAnswering(): boolean {
    return true;
  }

  [Symbol.dispose](): void {}
}
