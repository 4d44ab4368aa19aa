import type { QuicStats } from "../../engine.ts";
import type { NativeConnection } from "./native-connection.ts";

/** `canaries`: packets that never left, which quiche takes for lost. Counts of the whole connection, and what is known of its path: quiche knows no second one. */
export function statsOf(native: NativeConnection, canaries: number): QuicStats {
  const all = native.stats();
  const [path] = native.pathStats();
  return {
    rttMs: path?.rtt ?? 0,
    minRttMs: path?.rtt ?? 0,
    congestionWindow: path?.cwnd ?? 0,
    deliveryRate: path?.deliveryRate ?? 0,
    packetsSent: all.sent,
    packetsReceived: all.recv,
    packetsLost: Math.max(0, all.lost - canaries),
    bytesSent: all.sentBytes,
    bytesReceived: all.recvBytes,
  };
}
