export { openDataPlane } from "./addon.ts";
export type { DataPlane, DataPlaneAddon } from "./addon.ts";
export type { NativeConnection, NativeCredentials, NativeQuic, NativeSettings } from "./quic.ts";
