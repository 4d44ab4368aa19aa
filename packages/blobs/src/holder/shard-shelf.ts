/** The shards here: taken, given, proved, set aside. */
import { createHash } from "node:crypto";
import { hashOf, isHash } from "../hash.ts";
import { CHALLENGED_SHARDS_MAX, ASKED_SHARDS_MAX, SHARD_SIZE_MAX } from "../limits.ts";
import type { Answer } from "../requests.ts";
import type { CollectionTerms } from "../terms.ts";
import type { KeeperCounters, KeeperOptions } from "./collection-keeper.ts";
import { HashLocks } from "./hash-locks.ts";
import type { Notices } from "./notices.ts";
import { refusal } from "./refuse.ts";
import type { ShardDisk } from "./shard-disk.ts";
import type { WantedShards } from "./wanted-shards.ts";

interface Parts {
  readonly counters: KeeperCounters;
  readonly wanted: WantedShards;
  readonly notices: Notices;
}

export class ShardShelf {
  readonly #options: KeeperOptions;
  readonly #parts: Parts;
  readonly #locks = new HashLocks();
  /** Octets that are being written. */
  #coming = 0;

  constructor(options: KeeperOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
  }

  /**
   * Takes a shard.
   *
   * @param budget by whose budget: undefined for what an entry names already, which has been counted
   * @throws HolderError
   */
  async put(hash: string, octets: Uint8Array, budget: CollectionTerms | undefined): Promise<Answer<"put-shard">> {
    if (octets.length < 1 || octets.length > SHARD_SIZE_MAX || hashOf(octets) !== hash) {
      throw refusal("ERR_STORAGE_HASH", `The ${octets.length} octets are not those of shard ${hash}.`);
    }
    return this.#locks.run(hash, async () => {
      const { disk, now } = this.#options;
      if ((await this.#intact(hash)) !== undefined) {
        await disk.touch(hash, now());
        return { isNew: false };
      }
      const size = disk.footprint(octets.length);
      if (budget !== undefined) this.#checkBudget(size, budget);
      this.#coming += size;
      try {
        const room = (await disk.room()) - this.#coming + size;
        if (size > room) throw refusal("ERR_STORAGE_DISK", this.#noRoom(size, room));
        await disk.write(hash, octets, now());
      } finally {
        this.#coming -= size;
      }
      this.#parts.counters.shardsTaken++;
      return { isNew: true };
    });
  }

  /**
   * The octets of a shard, verified; undefined: it is not here.
   *
   * @throws HolderError ERR_STORAGE_DAMAGED: it was, and is set aside now
   */
  async get(hash: string): Promise<Uint8Array | undefined> {
    const kept = await readOf(this.#options.disk, hash);
    if (kept === undefined || hashOf(kept) === hash) return kept;
    // A put of the same shard may have been under way.
    return this.#locks.run(hash, async () => {
      const octets = await this.#intact(hash);
      if (octets === undefined)
        throw refusal("ERR_STORAGE_DAMAGED", `Shard ${hash} was damaged on ${this.#options.node}.`);
      return octets;
    });
  }

  /** Which of the shards are here, whatever their octets are. */
  async have(hashes: readonly string[]): Promise<readonly boolean[]> {
    checkHashes(hashes, ASKED_SHARDS_MAX);
    const found: boolean[] = [];
    // oxlint-disable-next-line no-await-in-loop -- one look at the disk at a time
    for (const hash of hashes) found.push((await this.#options.disk.find(hash)) !== undefined);
    return found;
  }

  /** SHA-256 of the nonce and the octets of each shard. */
  async prove(nonce: string, hashes: readonly string[]): Promise<readonly (string | null)[]> {
    checkHashes(hashes, CHALLENGED_SHARDS_MAX);
    if (!isHash(nonce)) throw refusal("ERR_STORAGE_FORM", "A nonce is 32 octets in lower-case hex.");
    const digests: (string | null)[] = [];
    for (const hash of hashes) {
      // oxlint-disable-next-line no-await-in-loop -- one shard in memory at a time
      const octets = await this.getIntact(hash);
      digests.push(octets === undefined ? null : proofOf(nonce, octets));
    }
    return digests;
  }

  /** The octets of a shard, verified; undefined: it is not here, or was damaged and is set aside now. */
  async getIntact(hash: string): Promise<Uint8Array | undefined> {
    return this.#locks.run(hash, () => this.#intact(hash));
  }

  /** Removes a shard, unless something has changed that is asked for again. */
  async removeIf(hash: string, isStill: (touched: number) => boolean): Promise<void> {
    await this.#locks.run(hash, async () => {
      const kept = await this.#options.disk.find(hash);
      if (kept === undefined || !isStill(kept.touched)) return;
      await this.#options.disk.remove(hash);
      this.#parts.counters.shardsRemoved++;
    });
  }

  async #intact(hash: string): Promise<Uint8Array | undefined> {
    const { disk, node, collection } = this.#options;
    const octets = await readOf(disk, hash);
    if (octets === undefined || hashOf(octets) === hash) return octets;
    await disk.remove(hash);
    this.#parts.counters.shardsDamaged++;
    this.#parts.wanted.add(hash);
    const of = `${collection.scope}/${collection.name}`;
    this.#parts.notices.say(
      "damaged",
      `Shard ${hash} of ${of} was damaged on ${node}; another holder is asked for it.`,
    );
    return undefined;
  }

  #checkBudget(size: number, { budget, organizationBudget }: CollectionTerms): void {
    const held = this.#options.disk.octets + this.#coming;
    checkBudget("The collection", held, size, budget);
    checkBudget("The organization", this.#options.organizationOctets() + held, size, organizationBudget);
  }

  #noRoom(size: number, room: number): string {
    return `The disk of ${this.#options.node} has room for ${Math.max(room, 0)} octets, and the shard counts for ${size}.`;
  }
}

/** @throws HolderError ERR_STORAGE_QUOTA */
export function checkBudget(whose: string, held: number, size: number, budget: number | undefined): void {
  if (budget === undefined || held + size <= budget) return;
  throw refusal("ERR_STORAGE_QUOTA", `${whose} has ${held} of ${budget} octets: ${size} more do not fit.`);
}

/** Reads a shard. A medium that fails under it is as good as damaged octets: none at all. */
async function readOf(disk: ShardDisk, hash: string): Promise<Uint8Array | undefined> {
  try {
    return await disk.read(hash);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EIO") return new Uint8Array();
    throw error;
  }
}

/** The proof that a challenge asks for. */
export function proofOf(nonce: string, octets: Uint8Array): string {
  return createHash("sha256").update(Buffer.from(nonce, "hex")).update(octets).digest("hex");
}

function checkHashes(hashes: readonly string[], max: number): void {
  if (hashes.length <= max && hashes.every((hash) => isHash(hash))) return;
  throw refusal("ERR_STORAGE_FORM", `A question is about at most ${max} shards, by SHA-256 in lower-case hex.`);
}
