export { checkEngine, chooseEngine, openEngine } from "./choice/drivers/open-engine.ts";
export type { EngineChoice, EngineSetting } from "./choice/engine-choice.ts";
export { ResetTokens, RetryTokens } from "./drivers/tokens.ts";
export { QlogFiles } from "./native/drivers/qlog-files.ts";
export { nativeClosedEvent } from "./native/native-closing.ts";
export { nativeConnectionOf } from "./native/native-connection.ts";
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
  TellSecrets,
} from "./engine.ts";
export { QuicConfigError, QuicEngineError } from "./errors.ts";
export { CONNECTION_ID_MAX, INITIAL_DATAGRAM_MIN, STATELESS_RESET_MIN } from "./limits.ts";
export { ACCESS_DENIED, alertCode, certificateAlert } from "./tls-alert.ts";
