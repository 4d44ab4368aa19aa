export type { CheckOptions, CheckReport, CheckedHolder, DifferingName, ShortShard } from "./check.ts";
export type { HolderStanding } from "./holder-ranking.ts";
export { openStoreClient } from "./store-client.ts";
export type { PutOptions, ReadOptions, StoreClient, StoreClientOptions } from "./store-client.ts";
