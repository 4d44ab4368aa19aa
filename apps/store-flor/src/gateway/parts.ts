/** Which shards a part of an object is of. Pure. */
import type { Entry, ShardRef } from "@florenetes/blobs";

/** Octets of a shard that belong to a part of its object. */
export interface ShardPart {
  readonly shard: ShardRef;
  /** The shard begins here in the object. */
  readonly at: number;
  /** The octets of the shard from `from` to before `to`. */
  readonly from: number;
  readonly to: number;
}

/** The shards of the octets from `first` to `last` of an object, in their order. */
export function partsOf({ shards }: Pick<Entry, "shards">, first: number, last: number): readonly ShardPart[] {
  const parts: ShardPart[] = [];
  let at = 0;
  for (const shard of shards) {
    const from = Math.max(0, first - at);
    const to = Math.min(shard.size, last + 1 - at);
    if (from < to) parts.push({ shard, at, from, to });
    at += shard.size;
  }
  return parts;
}
