/** Which shards a part of an object is of. Pure. */
import type { ShardRef } from "./entry.ts";

/** Octets of a shard that belong to a part of its object. */
export interface ShardPart {
  readonly shard: ShardRef;
  /** The shard begins here in the object. */
  readonly at: number;
  /** The octets of the shard from `from` to before `to`. */
  readonly from: number;
  readonly to: number;
}

/** The shards of the octets from `from` to before `to` of an object, in their order. */
export function partsOf(shards: readonly ShardRef[], from: number, to: number): readonly ShardPart[] {
  const parts: ShardPart[] = [];
  let at = 0;
  for (const shard of shards) {
    const part = { shard, at, from: Math.max(0, from - at), to: Math.min(shard.size, to - at) };
    if (part.from < part.to) parts.push(part);
    at += shard.size;
  }
  return parts;
}
