import type { QuicStats } from "../engine.ts";
import type { NativeConnection } from "./native-connection.ts";

/** Counts of the whole connection, and what is known of the path that is in use. */
export function statsOf(native: NativeConnection): QuicStats {
  const all = native.stats();
  const paths = native.pathStats();
  const path = paths.find((candidate) => candidate.active) ?? paths[0];
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
