export { quicheEngine } from "./drivers/quiche-engine.ts";
export { StreamResult } from "./engine.ts";
export type {
  QuicAddress,
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
