export { openDataPlane } from "./addon.ts";
export type { DataPlane, DataPlaneAddon } from "./addon.ts";
