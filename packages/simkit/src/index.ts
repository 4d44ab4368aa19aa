export { Random } from "./random.ts";
export { Scheduler } from "./scheduler.ts";
export { Life } from "./life.ts";
export { Channel } from "./channel.ts";
export type { ChannelCounters, ChannelFaults } from "./channel.ts";
export { Station } from "./station.ts";
export type { SimCore } from "./station.ts";
export { FUZZ_TIMEOUT_MS, fuzz } from "./drivers/fuzz.ts";
export { isSoak, runs } from "./drivers/runs.ts";
