export type { PutOptions, ReadOptions, StoreClient } from "./store-client.ts";
