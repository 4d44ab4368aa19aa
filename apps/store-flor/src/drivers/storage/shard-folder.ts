import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { SHARD_SIZE_MAX } from "@florenetes/blobs";
import type { KeptShard, ShardDisk } from "@florenetes/blobs/holder";
import { BLOCK_SIZE } from "../limits.ts";
import type { DiskAct, DiskBudget } from "./disk-budget.ts";

const HASH = /^[0-9a-f]{64}$/;
const READ_ONLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * The shards of one collection as files: `shards/ab/ab…`, whose time of change is when they were last put. A file is whole from the moment that it has its
 * name, also when the machine stops: until then it lies in `incoming/`, which is emptied at each start.
 */
export class ShardFolder implements ShardDisk, Disposable {
  readonly #shards: string;
  readonly #incoming: string;
  readonly #budget: DiskBudget;
  /** The last change of each shard that is being changed: the next one waits for it. */
  readonly #turns = new Map<string, Promise<unknown>>();
  #octets = 0;

  private constructor(folder: string, budget: DiskBudget) {
    this.#shards = join(folder, "shards");
    this.#incoming = join(folder, "incoming");
    this.#budget = budget;
  }

  /** Opens a folder, or makes it, and counts what is in it. @throws the system's error */
  static async open(folder: string, budget: DiskBudget): Promise<ShardFolder> {
    const shards = new ShardFolder(folder, budget);
    await rm(shards.#incoming, { recursive: true, force: true });
    await mkdir(shards.#incoming, { recursive: true, mode: 0o700 });
    await mkdir(shards.#shards, { recursive: true, mode: 0o700 });
    for (const below of await shards.#folders()) {
      const found = await Promise.all((await shards.#hashes(below)).map((hash) => shards.#stat(hash)));
      for (const shard of found) shards.#count(shards.#sizeOf(shard));
    }
    return shards;
  }

  /** Its octets are none of the budget's any more. */
  [Symbol.dispose](): void {
    this.#count(-this.#octets);
  }

  get octets(): number {
    return this.#octets;
  }

  footprint(size: number): number {
    return Math.max(1, Math.ceil(size / BLOCK_SIZE)) * BLOCK_SIZE;
  }

  room(): Promise<number> {
    return this.#budget.room();
  }

  find(hash: string): Promise<KeptShard | undefined> {
    return this.#budget.watch("find", () => this.#stat(hash));
  }

  read(hash: string): Promise<Uint8Array | undefined> {
    return this.#budget.watch("read", () =>
      this.#withFile(hash, async (handle) => {
        const { size } = await handle.stat();
        const octets = Buffer.allocUnsafe(Math.min(size, SHARD_SIZE_MAX + 1));
        let at = 0;
        while (at < octets.length) {
          const { bytesRead } = await handle.read(octets, at, octets.length - at, at);
          if (bytesRead === 0) break;
          at += bytesRead;
        }
        return octets.subarray(0, at);
      }),
    );
  }

  async write(hash: string, octets: Uint8Array, now: number): Promise<void> {
    const size = this.footprint(octets.length);
    if (this.#budget.used + size > this.#budget.budget) throw new Error("the budget of the disk is spent");
    // Counted before it is there, so that those who write at once do not go beyond the budget together.
    this.#count(size);
    return this.#inTurn("write", hash, async () => {
      const former = await this.#stat(hash).catch(() => undefined);
      const incoming = join(this.#incoming, `${hash}.${randomBytes(4).toString("hex")}`);
      try {
        const handle = await open(incoming, NEW, 0o600);
        try {
          await handle.writeFile(octets);
          await handle.utimes(now / 1_000, now / 1_000);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await mkdir(this.#below(hash), { mode: 0o700 }).then(() => syncFolder(this.#shards), ignoreExisting);
        await rename(incoming, this.#path(hash));
      } catch (error) {
        this.#count(-size);
        await unlink(incoming).catch(() => undefined);
        throw error;
      }
      this.#count(-this.#sizeOf(former));
      await syncFolder(this.#below(hash));
    });
  }

  async touch(hash: string, now: number): Promise<void> {
    await this.#inTurn("touch", hash, () =>
      this.#withFile(hash, async (handle) => {
        await handle.utimes(now / 1_000, now / 1_000);
        await handle.sync();
      }),
    );
  }

  remove(hash: string): Promise<void> {
    return this.#inTurn("remove", hash, async () => {
      const former = await this.#stat(hash);
      await rm(this.#path(hash), { force: true });
      this.#count(-this.#sizeOf(former));
    });
  }

  list(after: string, limit: number): Promise<readonly KeptShard[]> {
    return this.#budget.watch("list", async () => {
      const found: KeptShard[] = [];
      for (const below of await this.#folders()) {
        if (below < after.slice(0, below.length)) continue;
        for (const hash of await this.#hashes(below)) {
          if (hash <= after) continue;
          const shard = await this.#stat(hash);
          if (shard === undefined) continue;
          found.push(shard);
          if (found.length >= limit) return found;
        }
      }
      return found;
    });
  }

  /** Changes of one shard come one after the other. */
  #inTurn<Result>(act: DiskAct, hash: string, action: () => Promise<Result>): Promise<Result> {
    const turn = (this.#turns.get(hash) ?? Promise.resolve()).then(() => this.#budget.watch(act, action));
    const settled = turn
      .catch(() => undefined)
      .then(() => {
        if (this.#turns.get(hash) === settled) this.#turns.delete(hash);
      });
    this.#turns.set(hash, settled);
    return turn;
  }

  /** Octets that a shard counts for. */
  #sizeOf(shard: KeptShard | undefined): number {
    return shard === undefined ? 0 : this.footprint(shard.size);
  }

  #count(octets: number): void {
    this.#octets += octets;
    this.#budget.used += octets;
  }

  async #stat(hash: string): Promise<KeptShard | undefined> {
    try {
      const stats = await lstat(this.#path(hash));
      return stats.isFile() ? { hash, size: stats.size, touched: Math.round(stats.mtimeMs) } : undefined;
    } catch (error) {
      if (ABSENT.has((error as NodeJS.ErrnoException).code ?? "")) return undefined;
      throw error;
    }
  }

  /** Opens the file of a shard; undefined: there is none. Neither links nor pipes are shards. */
  async #withFile<Result>(hash: string, use: (handle: FileHandle) => Promise<Result>): Promise<Result | undefined> {
    let handle: FileHandle;
    try {
      handle = await open(this.#path(hash), READ_ONLY);
    } catch (error) {
      if (ABSENT.has((error as NodeJS.ErrnoException).code ?? "")) return undefined;
      throw error;
    }
    try {
      return (await handle.stat()).isFile() ? await use(handle) : undefined;
    } finally {
      await handle.close();
    }
  }

  /** Folders of shards, in the order of their names. */
  async #folders(): Promise<readonly string[]> {
    const names = await readdir(this.#shards);
    return names.filter((name) => /^[0-9a-f]{2}$/.test(name)).toSorted(compare);
  }

  async #hashes(below: string): Promise<readonly string[]> {
    const names = await readdir(join(this.#shards, below)).catch(ignoreAbsent);
    return names.filter((name) => HASH.test(name) && name.startsWith(below)).toSorted(compare);
  }

  #below(hash: string): string {
    return join(this.#shards, hash.slice(0, 2));
  }

  #path(hash: string): string {
    return join(this.#below(hash), hash);
  }
}

/** No such file, a link, a file where a folder should be, a socket. */
const ABSENT: ReadonlySet<string> = new Set(["ENOENT", "ELOOP", "ENOTDIR", "ENXIO"]);

/** Makes sure that names in a folder are there for good. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A folder that is none, or was removed, has no shards; one that cannot be read may have some. */
function ignoreAbsent(error: NodeJS.ErrnoException): readonly string[] {
  if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
  return [];
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1;
}
