export { quicheEngine } from "./portable/drivers/quiche-engine.ts";
export { ResetTokens, RetryTokens } from "./drivers/tokens.ts";
export { StreamResult } from "./engine.ts";
export type {
  PeerRefusal,
  QuicCloseCause,
  QuicConfig,
  QuicConnection,
  QuicCredentials,
  QuicEngine,
  QuicEvent,
  QuicPacketHeader,
  QuicStats,
} from "./engine.ts";
export { QuicConfigError } from "./errors.ts";
export { CONNECTION_ID_MAX, INITIAL_DATAGRAM_MIN, STATELESS_RESET_MIN } from "./limits.ts";
export { certificateAlert } from "./tls-alert.ts";
