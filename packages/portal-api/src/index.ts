export { PortalClient } from "./portal-client.ts";
export type { PortalAttached, PortalClientEvent, PortalClientOptions } from "./portal-client.ts";
export { PortalServer } from "./portal-server.ts";
export type { DetachCode, PortalServerEvent, PortalServerOptions } from "./portal-server.ts";
export { PortalCode } from "./codes.ts";
export type { LinkKey, LinkStateKind, LinkStats, LinkStatus, LinkWish } from "./link.ts";
export { keyText } from "./wish.ts";
export { decodeMessage, encodeMessage } from "./messages.ts";
export type { GenerationStatus, PortalBody, PortalMessage } from "./messages.ts";
export {
  ABANDONED_AFTER_MS,
  HEARTBEAT_INTERVAL_MS,
  PROTOCOL_VERSION_MAX,
  PROTOCOL_VERSION_MIN,
  SILENT_AFTER_MS,
} from "./limits.ts";
