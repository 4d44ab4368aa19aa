import type { ShardRef } from "../entry.ts";
import { hashOf } from "../hash.ts";
import { SHARD_SIZE_MAX } from "../limits.ts";

const PIECE_SIZE = 65_536;

/** A shard with its octets. */
export interface CutShard extends ShardRef {
  readonly octets: Uint8Array;
}

/** Cuts octets into shards. All but the last have `SHARD_SIZE_MAX` octets; no octets are no shards. However small the pieces are, one shard is in memory. */
export async function* cutShards(octets: AsyncIterable<Uint8Array>): AsyncGenerator<CutShard> {
  let room = Buffer.allocUnsafe(PIECE_SIZE);
  let length = 0;
  for await (const piece of octets) {
    let rest = piece;
    while (rest.length > 0) {
      const taken = rest.subarray(0, SHARD_SIZE_MAX - length);
      if (length + taken.length > room.length) room = grown(room, length, length + taken.length);
      room.set(taken, length);
      length += taken.length;
      rest = rest.subarray(taken.length);
      if (length < SHARD_SIZE_MAX) continue;
      yield shardOf(room);
      // More than one shard is a large object: its next one is as large.
      room = Buffer.allocUnsafe(SHARD_SIZE_MAX);
      length = 0;
    }
  }
  if (length > 0) yield shardOf(room.subarray(0, length));
}

function grown(room: Buffer, length: number, needed: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafe(Math.min(SHARD_SIZE_MAX, Math.max(needed, room.length * 2)));
  room.copy(larger, 0, 0, length);
  return larger;
}

function shardOf(octets: Buffer): CutShard {
  return { hash: hashOf(octets), size: octets.length, octets };
}
