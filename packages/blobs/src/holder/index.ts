export type {
  CollectionKeeper,
  KeeperCounters,
  KeeperOptions,
  KeeperPeer,
  KeeperStatus,
  KeeperTurns,
} from "./collection-keeper.ts";
export { Holder } from "./holder.ts";
export { UNNAMED_MAX } from "./limits.ts";
export type { BookSums, Change, NameBook, Report } from "./name-book.ts";
export type { KeptShard, ShardDisk } from "./shard-disk.ts";
