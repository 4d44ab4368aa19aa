export { readBoard } from "./board.ts";
export type { BoardGrounds, PostedProposal } from "./board.ts";
export { isCheckpointDue, proposeCheckpoint } from "./checkpoint.ts";
export type { CheckpointContent, SignedCheckpoint, SignerState, SigningFault, SigningGrounds } from "./checkpoint.ts";
export { CheckpointWatch } from "./checkpoint-watch.ts";
export type { Checkpoint, CheckpointFault } from "./checkpoint-watch.ts";
export type { CompactionGrounds } from "./compaction.ts";
export { CheckpointSigner } from "./drivers/checkpoint-signer.ts";
export type { CheckpointKey, CheckpointSignerOptions } from "./drivers/checkpoint-signer.ts";
export { compactLog } from "./drivers/compact-log.ts";
export { endCopyLine, entryCopyLine, firstCopyLine, postCopyLine } from "./copy-lines.ts";
export { openEtcdStore } from "./drivers/etcd-store.ts";
export type { EtcdStoreOptions } from "./drivers/etcd-store.ts";
export { LogFollower } from "./drivers/log-follower.ts";
export type { LogFollowerOptions } from "./drivers/log-follower.ts";
export { SignerMemory } from "./drivers/signer-memory.ts";
export type { SignerMemoryOptions } from "./drivers/signer-memory.ts";
export { openSqliteStore } from "./drivers/sqlite-store.ts";
export type { SqliteStoreOptions } from "./drivers/sqlite-store.ts";
export { entriesAfter, originOf, readEntry } from "./entry.ts";
export type { Entry, LogHead } from "./entry.ts";
export { faultError, LogError } from "./errors.ts";
export type { LogErrorCode, LogFault } from "./errors.ts";
export {
  APPEND_ENTRIES_MAX,
  APPEND_SIZE_MAX,
  CHECKPOINT_MS,
  POSTS_READ_MAX,
  POST_PARTS_MAX,
  READ_ENTRIES_MAX,
  STALE_MS,
} from "./limits.ts";
export { heldOf, isWholeCopy, PASSED_REASONS } from "./entry-record.ts";
export { directoryOf, isLogged, LogDirectory } from "./log-directory.ts";
export { LogReader } from "./log-reader.ts";
export type { ForkEvidence, LogEvent, LogReaderOptions } from "./log-reader.ts";
export { joinsPlaceOf, readPost, releasesPlaceOf, renewalsPlaceOf, writePost } from "./programs-post.ts";
export type { HeadAnswer, LogStore, ReadAnswer } from "./store.ts";
export { differingSections, digestOfSection } from "./section-digest.ts";
export type { SectionDigest } from "./section-digest.ts";
