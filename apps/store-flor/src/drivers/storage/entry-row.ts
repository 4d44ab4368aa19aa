/** Entries as rows of the file of names: shards as 36 octets each. Pure. */
import { type HeldEntry, type ShardRef, sizeOf } from "@florenetes/blobs";

export interface EntryRow {
  readonly change: number;
  readonly name: string;
  readonly turn: number;
  readonly gone: number;
  readonly shards: Uint8Array;
  readonly octets: number;
  readonly note: string | null;
  readonly written: number;
  readonly by: string;
}

const HASH_SIZE = 32;
const SHARD_SIZE = HASH_SIZE + 4;

export function rowOf(entry: HeldEntry): Omit<EntryRow, "change"> {
  const { name, turn, isGone, shards, note, written, by } = entry;
  const octets = Buffer.alloc(shards.length * SHARD_SIZE);
  for (const [at, { hash, size }] of shards.entries()) {
    octets.write(hash, at * SHARD_SIZE, "hex");
    octets.writeUInt32BE(size, at * SHARD_SIZE + HASH_SIZE);
  }
  return { name, turn, gone: Number(isGone), shards: octets, octets: sizeOf(entry), note: note ?? null, written, by };
}

export function entryOf({ name, turn, gone, shards, note, written, by }: EntryRow): HeldEntry {
  return {
    name,
    turn,
    isGone: gone !== 0,
    shards: readShards(shards),
    ...(note === null ? {} : { note }),
    written,
    by,
  };
}

export function readShards(octets: Uint8Array): ShardRef[] {
  const view = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  const shards: ShardRef[] = [];
  for (let at = 0; at + SHARD_SIZE <= view.length; at += SHARD_SIZE) {
    shards.push({ hash: view.toString("hex", at, at + HASH_SIZE), size: view.readUInt32BE(at + HASH_SIZE) });
  }
  return shards;
}
