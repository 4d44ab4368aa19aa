import type { QuicConfig, QuicCredentials } from "@florenetes/quic";
import { ENGINE_RECEIVE_MAX, ENGINE_SEND_MAX } from "../datagrams/limits.ts";
import { APPLICATION_PROTOCOL, CONNECTION_WINDOW } from "../limits.ts";
import type { TransportLimits } from "../limits.ts";

/**
 * Makes the QUIC settings of a connection, for either end. A connection is made for one size of packets, both ways: an
 * originator chooses it, and an acceptor takes whatever was chosen. Later it can only become smaller.
 *
 * @param streamsMax How many streams the other end may have open.
 */
export function quicConfig(
  credentials: QuicCredentials,
  payloadMax: number,
  streamsMax: number,
  limits: TransportLimits,
): QuicConfig {
  return {
    credentials,
    applicationProtocol: APPLICATION_PROTOCOL,
    idleTimeoutMs: 0,
    receivePayloadMax: payloadMax,
    sendPayloadMax: payloadMax,
    datagrams: { receiveQueueMax: ENGINE_RECEIVE_MAX, sendQueueMax: ENGINE_SEND_MAX },
    streams: {
      connectionWindow: CONNECTION_WINDOW,
      streamWindow: limits.streamWindow,
      streamWindowMax: limits.streamWindowMax,
      bidirectionalMax: streamsMax,
    },
    // quiche takes BBR: with its other algorithms, round trips are measured wrongly after losses (docs/develop/quic.md).
    congestionControl: "steady",
  };
}
