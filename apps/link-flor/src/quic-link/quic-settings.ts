import type { QuicConfig } from "@florenetes/quic";
import type { LinkCredentials } from "../link-protocol.ts";
import { APPLICATION_PROTOCOL, ENGINE_QUEUE_MAX, ENGINE_RECEIVE_QUEUE_MAX } from "./limits.ts";

/** QUIC settings that all connections of links share. */
export type CommonConfig = Omit<QuicConfig, "receivePayloadMax" | "sendPayloadMax">;

/** The settings for packets of that size. A connection is made for no larger packets than it sends: else quiche would overestimate round trips. */
export function sizedConfig(config: CommonConfig, payloadMax: number): QuicConfig {
  return { ...config, receivePayloadMax: payloadMax, sendPayloadMax: payloadMax };
}

export function quicConfig(credentials: LinkCredentials): CommonConfig {
  return {
    credentials,
    applicationProtocol: APPLICATION_PROTOCOL,
    // Signs of life end what is silent. Without this timer, that of a connection tells whether something is unacknowledged.
    idleTimeoutMs: 0,
    // `DatagramSender` puts in up to ENGINE_QUEUE_MAX; the pieces of a packet, a probe and its answer may come on top.
    datagrams: { receiveQueueMax: ENGINE_RECEIVE_QUEUE_MAX, sendQueueMax: 2 * ENGINE_QUEUE_MAX },
    carriesOthers: true,
    // The control stream is the only stream.
    streams: { connectionWindow: 16_384, streamWindow: 16_384, streamWindowMax: 16_384, bidirectionalMax: 1 },
    // quiche takes BBR for this: its other algorithms mistake round trips after losses (docs/develop/quic.md).
    congestionControl: "steady",
  };
}
