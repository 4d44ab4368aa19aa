import type { QuicStats } from "../engine.ts";
import type { NativeConnection } from "./native-connection.ts";

/** Counts of the whole connection, and what is known of its path: quiche knows no second one. */
export function statsOf(native: NativeConnection): QuicStats {
  const all = native.stats();
  const [path] = native.pathStats();
  return {
    rttMs: path?.rtt ?? 0,
    congestionWindow: path?.cwnd ?? 0,
    deliveryRate: path?.deliveryRate ?? 0,
    packetsSent: all.sent,
    packetsReceived: all.recv,
    packetsLost: all.lost,
    bytesSent: all.sentBytes,
    bytesReceived: all.recvBytes,
  };
}
