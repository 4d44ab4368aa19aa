import { type Entry, type HeldEntry, isNote, isObjectName, type ShardRef } from "../entry.ts";
import { isHash } from "../hash.ts";
import { OBJECT_SHARDS_MAX, SHARD_SIZE_MAX } from "../limits.ts";

/** Characters of a principal. */
const PRINCIPAL_MAX = 512;

/** Says what is wrong with an entry, as the end of a sentence; undefined: nothing. */
export function faultOf({ name, turn, isGone, shards, note }: Entry): string | undefined {
  if (!isObjectName(name)) return "its name is none";
  if (!Number.isSafeInteger(turn) || turn < 1) return "its turn is none";
  if (isGone && (shards.length > 0 || note !== undefined)) return "it is gone and has content";
  if (!isGone && shards.length === 0) return "it has no shards";
  if (shards.length > OBJECT_SHARDS_MAX) return "it has too many shards";
  if (note !== undefined && !isNote(note)) return "its note is not base64 of the allowed length";
  return shards.every((shard, at) => isRef(shard, at === shards.length - 1))
    ? undefined
    : "a shard has no right hash or size";
}

/** Whether an entry of another holder has its form. */
export function isHeldEntry(entry: HeldEntry): boolean {
  const { written, by } = entry;
  return faultOf(entry) === undefined && Number.isSafeInteger(written) && written >= 0 && by.length <= PRINCIPAL_MAX;
}

/** All shards of an object but the last are full. */
function isRef({ hash, size }: ShardRef, isLast: boolean): boolean {
  if (!isHash(hash) || !Number.isSafeInteger(size)) return false;
  return isLast ? size >= 1 && size <= SHARD_SIZE_MAX : size === SHARD_SIZE_MAX;
}
