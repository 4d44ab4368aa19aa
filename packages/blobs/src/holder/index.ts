export type { BookSums, Change, NameBook, Report } from "./name-book.ts";
export type { KeptShard, ShardDisk } from "./shard-disk.ts";
export type { CollectionKeeper, KeeperStatus, KeeperTurns } from "./collection-keeper.ts";
