export { AdvancingCounts } from "./advancing-counts.ts";
export {
  CIRCLING,
  FORWARDING_DROP_NAMES,
  LINK_DOWN,
  LINK_FULL,
  LOOPBACK_FULL,
  TOO_LARGE,
  TRANSIT_LIMIT,
} from "./drops.ts";
export { LinkCounters } from "./link-counters.ts";
export { PASSED_PACKETS } from "./limits.ts";
export { grown } from "./grown.ts";
export { mix } from "./mix.ts";
export { PassedPackets } from "./passed-packets.ts";
export { TransitLimit } from "./transit-limit.ts";
export type { TransitLimits } from "./transit-limit.ts";
export { OffloadedTransit } from "./offloaded-transit.ts";
export { DelegatedTransit } from "./delegated-transit.ts";
export type { NumberedChange, TransitThread, TransitThreadHandlers } from "./delegated-transit.ts";
export type { OpenTransit, Transit, TransitHost } from "./transit.ts";
export type { TransitRefusal } from "./transit-hand-over.ts";
export type { TransitLinkRow } from "./transit-links.ts";
