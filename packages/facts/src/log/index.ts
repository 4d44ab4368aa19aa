export { openEtcdStore } from "./drivers/etcd-store.ts";
export type { EtcdStoreOptions } from "./drivers/etcd-store.ts";
export { openSqliteStore } from "./drivers/sqlite-store.ts";
export type { SqliteStoreOptions } from "./drivers/sqlite-store.ts";
export { entriesAfter, originOf, readEntry } from "./entry.ts";
export type { Entry, LogHead } from "./entry.ts";
export { LogError } from "./errors.ts";
export type { LogErrorCode } from "./errors.ts";
export type { HeadAnswer, LogStore, ReadAnswer } from "./store.ts";
