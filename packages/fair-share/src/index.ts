export { FairPlaces } from "./fair-places.ts";
export type { FairPlace, FairPlacesOptions } from "./fair-places.ts";
export { FairRate, SharedRate } from "./fair-rate.ts";
export { FairShare } from "./fair-share.ts";
export { FairTurns } from "./fair-turns.ts";
export { KnownGroups } from "./known-groups.ts";
export { FairQueue } from "./fair-queue.ts";
export { SharedPlaces } from "./shared-places.ts";
export type { PlaceHolder } from "./shared-places.ts";
