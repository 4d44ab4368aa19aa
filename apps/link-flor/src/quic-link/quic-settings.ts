import type { QuicConfig } from "@florenetes/quic";
import type { LinkCredentials } from "../link-protocol.ts";
import { applicationProtocol, engineQueueMax, engineReceiveQueueMax, idleTimeoutMs } from "./limits.ts";

/** QUIC settings that all connections of links share. */
export type CommonConfig = Omit<QuicConfig, "receivePayloadMax" | "sendPayloadMax">;

/** The settings with that size of packets. They are made for no larger ones: quiche would take round trips for longer than they are. */
export function sizedConfig(config: CommonConfig, payloadMax: number): QuicConfig {
  return { ...config, receivePayloadMax: payloadMax, sendPayloadMax: payloadMax };
}

export function quicConfig(credentials: LinkCredentials): CommonConfig {
  return {
    credentials,
    applicationProtocol,
    idleTimeoutMs,
    // One more than we put in: an answer to a probe may come on top.
    datagrams: { receiveQueueMax: engineReceiveQueueMax, sendQueueMax: 2 * engineQueueMax },
    // The control stream is all there is.
    streams: { connectionWindow: 16_384, streamWindow: 16_384, streamWindowMax: 16_384, bidirectionalMax: 1 },
    // With the others, round trips are mistaken after losses (docs/quic.md).
    congestionControl: "bbr",
  };
}
