import { formatDuration } from "@florenetes/operator-text";
import type { ProcessTime } from "@florenetes/scheduling";
import type { HeldEntry, ShardRef } from "../entry.ts";
import { HolderError } from "../holder-error.ts";
import { OBJECT_SHARDS_MAX } from "../limits.ts";
import { partsOf } from "../parts.ts";
import type { HolderDoor } from "../requests.ts";
import type { CollectionTerms } from "../terms.ts";
import { checkCollection, type CheckOptions, type CheckReport } from "./check.ts";
import { HolderCalls } from "./holder-calls.ts";
import type { HolderStanding } from "./holder-ranking.ts";
import { PUT_MS_MAX, SHARDS_AHEAD } from "./limits.ts";
import { listNames } from "./merged-list.ts";
import { NameDesk } from "./name-desk.ts";
import { cutShards } from "./shard-cutter.ts";
import { ShardReader } from "./shard-reader.ts";
import { ShardWriter } from "./shard-writer.ts";

/** A collection as those who write and read see it: each call asks as many holders as it takes. */
export interface StoreClient {
  /**
   * Puts an object: its shards to a majority of its holders, then its name to a majority of all. An object of the same shards under this name is no error.
   *
   * @throws HolderError ERR_STORAGE_EXISTS, ERR_STORAGE_LATE, ERR_STORAGE_MAJORITY, ERR_STORAGE_QUOTA, …
   */
  put(name: string, octets: AsyncIterable<Uint8Array>, options: PutOptions): Promise<HeldEntry>;
  /** The entry of a name, as a majority knows it; undefined: there is no object of this name. */
  find(name: string, signal: AbortSignal): Promise<HeldEntry | undefined>;
  /**
   * All objects whose names begin with a prefix, as a majority knows them, in the order of their names. A page of each holder is in memory, whatever there is in all;
   * the next ones are asked for as they are read.
   *
   * @throws HolderError ERR_STORAGE_MAJORITY, … as soon as fewer than a majority list: also behind some objects
   */
  list(prefix: string, signal: AbortSignal): AsyncIterable<HeldEntry>;
  /**
   * The octets of an object from `from` to before `to`, each shard verified, from whichever holder has it.
   *
   * @throws HolderError ERR_STORAGE_DAMAGED, ERR_STORAGE_MISSING, …
   */
  read(entry: Pick<HeldEntry, "shards">, options: ReadOptions): AsyncIterable<Uint8Array>;
  /** Removes an object at a majority of all holders. False: there is none of this name. @throws HolderError ERR_STORAGE_RETAINED, … */
  remove(name: string, signal: AbortSignal): Promise<boolean>;
  /** Compares what all holders have. @throws HolderError ERR_STORAGE_MAJORITY, … where no majority lists its names */
  check(options: CheckOptions): Promise<CheckReport>;
  /** Goes by other terms of the same collection from now on. */
  handleTerms(terms: CollectionTerms): void;
  /** How each holder stands with this client. */
  status(): readonly HolderStanding[];
  /** Gives up what still goes to holders beyond a majority: they repair it. */
  close(): void;
}

export interface PutOptions {
  /** Is asked for a note for those who read, base64, when all octets were read. */
  readonly note?: () => Promise<string>;
  readonly signal: AbortSignal;
}

export interface ReadOptions {
  readonly from?: number;
  readonly to?: number;
  readonly signal: AbortSignal;
}

export interface StoreClientOptions {
  readonly terms: CollectionTerms;
  readonly door: HolderDoor;
  readonly time: ProcessTime;
}

/** A client of the collection that the terms describe. It keeps the octets of some shards in memory (`limits.ts`), however many put and read. */
export function openStoreClient({ terms, door, time }: StoreClientOptions): StoreClient {
  return new MajorityClient(new HolderCalls(door, time, terms));
}

class MajorityClient implements StoreClient {
  readonly #calls: HolderCalls;
  readonly #names: NameDesk;
  readonly #writer: ShardWriter;
  readonly #reader: ShardReader;

  constructor(calls: HolderCalls) {
    this.#calls = calls;
    this.#names = new NameDesk(calls);
    this.#writer = new ShardWriter(calls);
    this.#reader = new ShardReader(calls);
  }

  async put(name: string, octets: AsyncIterable<Uint8Array>, { note, signal }: PutOptions): Promise<HeldEntry> {
    const ending = new AbortController();
    const onAbort = (): void => ending.abort(signal.reason);
    signal.addEventListener("abort", onAbort);
    try {
      signal.throwIfAborted();
      const { time } = this.#calls;
      const startedAt = time.now();
      const shards = await this.#putShards(octets, ending);
      if (time.now() - startedAt > PUT_MS_MAX)
        throw new HolderError({
          code: "ERR_STORAGE_LATE",
          message: `it took ${formatDuration(time.now() - startedAt)}`,
        });
      return await this.#names.put(name, shards, await note?.(), ending.signal);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  async find(name: string, signal: AbortSignal): Promise<HeldEntry | undefined> {
    const entry = await this.#names.look(name, signal);
    return entry?.isGone === true ? undefined : entry;
  }

  async *list(prefix: string, signal: AbortSignal): AsyncIterable<HeldEntry> {
    for await (const { newest } of listNames(this.#calls, prefix, signal))
      if (newest !== undefined && !newest.isGone) yield newest;
  }

  async *read({ shards }: Pick<HeldEntry, "shards">, options: ReadOptions): AsyncIterable<Uint8Array> {
    const { from = 0, to = Number.POSITIVE_INFINITY, signal } = options;
    const parts = partsOf(shards, from, to);
    const over = new AbortController();
    const onAbort = (): void => over.abort(signal.reason);
    signal.addEventListener("abort", onAbort);
    try {
      signal.throwIfAborted();
      const ahead: Promise<Uint8Array>[] = [];
      for (let at = 0; at < parts.length; at++) {
        for (let next = at + ahead.length; next < parts.length && ahead.length <= SHARDS_AHEAD; next++)
          ahead.push(handled(this.#reader.read(parts[next]!.shard, over.signal)));
        const part = parts[at]!;
        const octets = await ahead.shift()!;
        yield octets.subarray(part.from, part.to);
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      over.abort(new Error("nobody reads any more"));
    }
  }

  remove(name: string, signal: AbortSignal): Promise<boolean> {
    return this.#names.remove(name, signal);
  }

  check(options: CheckOptions): Promise<CheckReport> {
    return checkCollection(this.#calls, this.#reader, options);
  }

  handleTerms(terms: CollectionTerms): void {
    this.#calls.handleTerms(terms);
  }

  status(): readonly HolderStanding[] {
    return this.#calls.ranking.status(this.#calls.time.now());
  }

  close(): void {
    this.#writer.close();
  }

  async #putShards(octets: AsyncIterable<Uint8Array>, ending: AbortController): Promise<readonly ShardRef[]> {
    const shards: ShardRef[] = [];
    const writes: Promise<void>[] = [];
    let sum = 0;
    try {
      for await (const shard of cutShards(untilAborted(octets, ending.signal))) {
        const { hash, size } = shard;
        shards.push({ hash, size });
        sum += size;
        this.#checkSize(shards.length, sum);
        const leave = await this.#writer.enter(ending.signal);
        // The first shard that cannot be written ends all others, and the reading with them.
        writes.push(
          handled(
            this.#writer.write(shard, leave, ending.signal).catch((error: unknown) => {
              ending.abort(error);
              throw error;
            }),
          ),
        );
      }
      await Promise.all(writes);
      return shards;
    } catch (error) {
      if (!ending.signal.aborted) ending.abort(error);
      await Promise.allSettled(writes);
      throw ending.signal.reason as Error;
    }
  }

  #checkSize(shards: number, octets: number): void {
    const { budget } = this.#calls.terms;
    if (shards > OBJECT_SHARDS_MAX) {
      const message = `an object has at most ${OBJECT_SHARDS_MAX} shards`;
      throw new HolderError({ code: "ERR_STORAGE_FORM", message });
    }
    if (octets <= budget) return;
    const message = `the object has more than the ${budget} octets that the collection may have`;
    throw new HolderError({ code: "ERR_STORAGE_QUOTA", message });
  }
}

/** Hands pieces on until the signal aborts, also where the next one does not come. @throws the reason of `signal` */
async function* untilAborted(octets: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const pieces = octets[Symbol.asyncIterator]();
  let fail: (reason: unknown) => void = () => undefined;
  const onAbort = (): void => fail(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    for (;;) {
      signal.throwIfAborted();
      const piece = await new Promise<IteratorResult<Uint8Array>>((done, failed) => {
        fail = failed;
        pieces.next().then(done, failed);
      });
      if (piece.done === true) return;
      yield piece.value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Whoever gives them is told that nobody reads on, and is not waited for.
    void handled(Promise.resolve(pieces.return?.()));
  }
}

/** A promise that fails before somebody waits for it is no fault of the process. */
function handled<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}
