import type { Credentials } from "@florenetes/identity";
import type { QuicConfig } from "@florenetes/quic";
import { applicationProtocol, connectionWindow } from "./limits.ts";
import type { TransportLimits } from "./limits.ts";

/** What an originator makes its connections with. A connection has one size of packets, both ways, for its life. */
export function originatorConfig(credentials: Credentials, payloadMax: number, limits: TransportLimits): QuicConfig {
  return {
    credentials,
    applicationProtocol,
    idleTimeoutMs: 0,
    receivePayloadMax: payloadMax,
    sendPayloadMax: payloadMax,
    streams: {
      connectionWindow,
      streamWindow: limits.streamWindow,
      streamWindowMax: limits.streamWindowMax,
      bidirectionalMax: 0,
    },
    // With the others, round trips are mistaken after losses (docs/quic.md).
    congestionControl: "bbr",
  };
}
