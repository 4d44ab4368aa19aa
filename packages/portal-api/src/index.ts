export { PortalClient } from "./portal-client.ts";
export type { PortalAttached, PortalClientEvent } from "./portal-client-events.ts";
export type { PortalClientOptions } from "./portal-client-options.ts";
export { PortalServer } from "./portal-server.ts";
export type { DetachCode, PortalServerEvent } from "./portal-server-events.ts";
export type { PortalServerOptions } from "./portal-server-options.ts";
export { PortalCode, QUIC_PROTOCOL } from "./codes.ts";
export type { Knock, LinkKey, LinkStateKind, LinkStats, LinkStatus, LinkWish } from "./link.ts";
export type { PeerAccepted, PeerJudge, PeerQuestion, PeerRefused } from "./judge.ts";
export { SIGN_CONTEXT, SIGN_FEATURE, type VertexSignature, type VertexSigner } from "./sign.ts";
export { TransitOffer } from "./transit-offer.ts";
export { PeerPins } from "./peer-pins.ts";
export { PINS_FEATURE } from "./pins.ts";
export { CALL_LIMIT_FEATURE } from "./wish.ts";
export { PERMITS_FEATURE, SHARES_FEATURE, TRANSIT_FEATURE } from "./transit.ts";
export type {
  HeededPermits,
  TransitAllowance,
  TransitChange,
  TransitChanges,
  TransitClassCounts,
  TransitDrops,
  TransitLabelCounts,
  TransitLinkCounts,
  TransitPairCounts,
  TransitProgress,
  TransitReport,
  TransitTable,
  TransitTaker,
} from "./transit.ts";
export { keyText, noLink } from "./wish.ts";
export { decodeMessage, encodeMessage } from "./messages.ts";
export type { GenerationStatus, PortalBody, PortalMessage } from "./messages.ts";
export {
  ABANDONED_AFTER_MS,
  ADDRESS_LENGTH_MAX,
  HEARTBEAT_INTERVAL_MS,
  PROTOCOL_VERSION_MAX,
  PROTOCOL_VERSION_MIN,
  LINKS_MAX,
  SILENT_AFTER_MS,
  TRANSIT_CHANGES_MAX,
  TRANSIT_ROWS_PER_REPORT,
  UNCLAIMED_AFTER_MS,
} from "./limits.ts";
