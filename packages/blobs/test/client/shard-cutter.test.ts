import { expect, test } from "vitest";
import { type CutShard, cutShards } from "../../src/client/shard-cutter.ts";
import { hashOf } from "../../src/hash.ts";
import { SHARD_SIZE_MAX } from "../../src/index.ts";
import { octetsOf, pieces } from "./played-holders.ts";

test.each([
  [0, 1_000, []],
  [1, 1_000, [1]],
  [65_537, 7, [65_537]],
  [SHARD_SIZE_MAX, SHARD_SIZE_MAX * 2, [SHARD_SIZE_MAX]],
  [SHARD_SIZE_MAX + 1, 99_991, [SHARD_SIZE_MAX, 1]],
  [2 * SHARD_SIZE_MAX + 9, 3 * SHARD_SIZE_MAX, [SHARD_SIZE_MAX, SHARD_SIZE_MAX, 9]],
] as const)("%i octets in pieces of %i are cut into %j", async (size, piece, sizes) => {
  const octets = octetsOf(size, size);
  const shards: CutShard[] = [];
  for await (const shard of cutShards(pieces(octets, piece))) shards.push(shard);
  expect(shards.map((shard) => shard.size)).toEqual(sizes);
  expect(Buffer.concat(shards.map((shard) => shard.octets)).equals(octets)).toBe(true);
  for (const shard of shards) expect(hashOf(shard.octets)).toBe(shard.hash);
});
