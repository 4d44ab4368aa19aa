export { openDataPlane } from "./addon.ts";
export type { DataPlane, DataPlaneAddon } from "./addon.ts";
export { DataThread } from "./drivers/data-thread.ts";
export { RecentFigures } from "./recent-figures.ts";
export type { NativeConnection, NativeCredentials, NativeQlogFolder, NativeQuic, NativeSettings } from "./quic.ts";
export type { NativeLane, NativeLiveCounts } from "./lane.ts";
export type { NativeSegments } from "./segments.ts";
export { allowanceNumbers } from "./allowance-numbers.ts";
export { TRANSIT_CHANGE_NUMBERS, TRANSIT_OPERATIONS } from "./lane-transit.ts";
export type { NativeTransitRows } from "./lane-transit.ts";
export { CLUSTER_LIMITS, OWN_DATAGRAMS_SIZE_MAX, OWN_NUMBERS_MIN, SESSION_EVENT_SIZE } from "./generated/limits.ts";
export type { NativeClusterLimits } from "./generated/limits.ts";
export { TableEntry } from "./cluster.ts";
export type { NativeCluster } from "./cluster.ts";
export type {
  NativeAdoption,
  NativeClusterSettings,
  NativeEndAdoption,
  NativeStreamAddress,
} from "./generated/orders.ts";
export { readClusterEvents, readClusterFigures, readLaneEvents, readLaneFigures } from "./told.ts";
export type {
  NativeAccountFigures,
  NativeClusterEvent,
  NativeClusterFigures,
  NativeEndEvent,
  NativeEndFigures,
  NativeFlowFigures,
  NativeLaneEvent,
  NativeLaneFigures,
  NativePortEvent,
  NativePortFigures,
  NativeSessionEvent,
  NativeSessionFigures,
  NativeStreamEvent,
  NativeStreamOver,
  NativeUdpFigures,
} from "./generated/told.ts";
