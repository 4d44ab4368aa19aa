export { openDataPlane } from "./addon.ts";
export type { DataPlane, DataPlaneAddon } from "./addon.ts";
export { DataThread } from "./drivers/data-thread.ts";
export { RecentFigures } from "./recent-figures.ts";
export type { NativeConnection, NativeCredentials, NativeQlogFolder, NativeQuic, NativeSettings } from "./quic.ts";
export type {
  NativeAdoption,
  NativeLane,
  NativeLaneFigures,
  NativePortFigures,
  NativeLiveCounts,
  NativeSessionFigures,
  NativeUdpFigures,
} from "./lane.ts";
export { TRANSIT_CHANGE_NUMBERS, TRANSIT_OPERATIONS } from "./lane-transit.ts";
export type { NativeTransitRows } from "./lane-transit.ts";
export { CLUSTER_LIMITS, OWN_NUMBERS_MIN } from "./generated/limits.ts";
export type { NativeClusterLimits } from "./generated/limits.ts";
export { TableEntry } from "./cluster.ts";
export type {
  NativeAccountFigures,
  NativeFlowFigures,
  NativeCluster,
  NativeClusterFigures,
  NativeClusterSettings,
  NativeEndAdoption,
  NativeEndFigures,
  NativeStreamAddress,
} from "./cluster.ts";
export { readClusterEvents } from "./cluster-events.ts";
export type {
  NativeClusterEvent,
  NativeEndEvent,
  NativePortEvent,
  NativeStreamEvent,
  NativeStreamOver,
} from "./cluster-events.ts";
export { readLaneEvents } from "./lane-events.ts";
export type { NativeLaneEvent } from "./lane-events.ts";
