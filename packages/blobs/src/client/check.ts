import type { HeldEntry, ShardRef } from "../entry.ts";
import { HolderError } from "../holder-error.ts";
import { ASKED_SHARDS_MAX } from "../limits.ts";
import type { HolderState } from "../requests.ts";
import type { HolderCalls } from "./holder-calls.ts";
import { CHECKED_AT_ONCE } from "./limits.ts";
import { isSameEntry } from "./merged-entry.ts";
import { listNames } from "./merged-list.ts";
import type { ShardReader } from "./shard-reader.ts";

export interface CheckOptions {
  /** True: each shard is read from each holder that says that it has it. False: holders' words are enough. */
  readonly readData: boolean;
  readonly signal: AbortSignal;
  /** Is told how many of how many shards are done. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** How the holders of a collection are, as a client sees it. */
export interface CheckReport {
  readonly holders: readonly CheckedHolder[];
  /** Objects that are there, and their octets, without copies. */
  readonly objects: readonly HeldEntry[];
  /** Names of which holders that answered know different things, the most important first; at most so many as `differing` counts are told. */
  readonly names: readonly DifferingName[];
  readonly differing: number;
  /** Shards of all objects. */
  readonly shards: number;
  /** Shards that have fewer copies than they are to have; the fewest first. */
  readonly short: readonly ShortShard[];
}

export interface CheckedHolder {
  readonly node: string;
  readonly domain: string;
  /** Undefined: it gave none. */
  readonly state: HolderState | undefined;
  /** Why it gave no answer, or what it refused; undefined: nothing was wrong. */
  readonly fault: HolderError | undefined;
  /** Shards of which it says that it has them. */
  readonly has: number;
  /** Shards of these whose octets were others, or did not come. */
  readonly wrong: number;
}

export interface DifferingName {
  readonly name: string;
  /** Holders that know the object as all are to know it. */
  readonly right: readonly string[];
  /** Holders that answered, and know something else. */
  readonly others: readonly string[];
}

export interface ShortShard {
  readonly hash: string;
  /** Holders that have it; with `readData`: whose octets are right. */
  readonly holders: readonly string[];
  /** An object whose shard it is. */
  readonly name: string;
}

/** Names that differ, of which a report tells. */
const NAMES_TOLD_MAX = 1_000;

/** Compares what all holders of a collection have. @throws HolderError ERR_STORAGE_MAJORITY, … where no majority lists its names; the reason of `signal` */
export async function checkCollection(
  calls: HolderCalls,
  reader: ShardReader,
  options: CheckOptions,
): Promise<CheckReport> {
  const { signal } = options;
  const { terms } = calls;
  const asked = new Map<string, Asked>();
  await Promise.all(terms.holders.map(({ node }) => askState(calls, node, signal).then((one) => asked.set(node, one))));
  const objects: HeldEntry[] = [];
  const names: DifferingName[] = [];
  let differing = 0;
  const handleLoss = (node: string, error: HolderError): void => {
    const one = asked.get(node);
    if (one !== undefined) one.fault ??= error;
  };
  for await (const { name, newest, entries } of listNames(calls, "", signal, handleLoss)) {
    if (newest !== undefined && !newest.isGone) objects.push(newest);
    const differs = differenceOf(name, newest, entries);
    if (differs === undefined) continue;
    differing++;
    if (names.length < NAMES_TOLD_MAX) names.push(differs);
  }
  const copies = new Copies(objects, asked);
  await copies.ask(calls, signal);
  if (options.readData) await copies.read(reader, options);
  const wanted = Math.min(terms.copies, terms.holders.length);
  const holders = terms.holders.map(({ node, domain }) => ({ node, domain, ...asked.get(node)! }));
  return { holders, objects, names, differing, shards: copies.shards.length, short: copies.short(wanted) };
}

interface Asked {
  state: HolderState | undefined;
  fault: HolderError | undefined;
  has: number;
  wrong: number;
}

async function askState(calls: HolderCalls, node: string, signal: AbortSignal): Promise<Asked> {
  try {
    const state = await calls.ask(node, "get-state", {}, signal);
    return { state, fault: undefined, has: 0, wrong: 0 };
  } catch (error) {
    if (!(error instanceof HolderError)) throw error;
    return { state: undefined, fault: error, has: 0, wrong: 0 };
  }
}

/** Names that are gone, and whose holders differ in when they forget them, differ in nothing. */
function differenceOf(
  name: string,
  merged: HeldEntry | undefined,
  entries: ReadonlyMap<string, HeldEntry | null>,
): DifferingName | undefined {
  const isRight = (entry: HeldEntry | null): boolean =>
    merged === undefined || merged.isGone
      ? entry === null || entry.isGone
      : entry !== null && isSameEntry(entry, merged);
  const right = [...entries].filter(([, entry]) => isRight(entry)).map(([node]) => node);
  if (right.length === entries.size) return undefined;
  return { name, right, others: [...entries.keys()].filter((node) => !right.includes(node)) };
}

/** The copies of all shards of all objects. */
class Copies {
  readonly shards: readonly (ShardRef & { readonly name: string })[];
  readonly #asked: ReadonlyMap<string, Asked>;
  readonly #holders = new Map<string, Set<string>>();

  constructor(objects: readonly HeldEntry[], asked: ReadonlyMap<string, Asked>) {
    const shards = new Map<string, ShardRef & { readonly name: string }>();
    for (const { name, shards: each } of objects)
      for (const { hash, size } of each) if (!shards.has(hash)) shards.set(hash, { hash, size, name });
    this.shards = [...shards.values()];
    for (const { hash } of this.shards) this.#holders.set(hash, new Set());
    this.#asked = asked;
  }

  /** Asks each holder that has answered which shards it has. */
  async ask(calls: HolderCalls, signal: AbortSignal): Promise<void> {
    const all = this.shards.map(({ hash }) => hash);
    await Promise.all(
      [...this.#asked].map(async ([node, asked]) => {
        if (asked.fault !== undefined) return;
        try {
          for (let at = 0; at < all.length; at += ASKED_SHARDS_MAX) {
            const hashes = all.slice(at, at + ASKED_SHARDS_MAX);
            const { has } = await calls.ask(node, "have-shards", { hashes }, signal);
            for (const [index, hash] of hashes.entries()) if (has[index] === true) this.#holders.get(hash)!.add(node);
            asked.has += has.filter(Boolean).length;
          }
        } catch (error) {
          if (!(error instanceof HolderError)) throw error;
          asked.fault = error;
        }
      }),
    );
  }

  /** Reads each copy, so many at once. Those that are not right do not count any more. */
  async read(reader: ShardReader, { signal, onProgress }: CheckOptions): Promise<void> {
    let next = 0;
    let done = 0;
    const work = async (): Promise<void> => {
      for (let shard = this.shards[next++]; shard !== undefined; shard = this.shards[next++]) {
        const holders = this.#holders.get(shard.hash)!;
        for (const node of holders) if (!(await this.#isRight(reader, node, shard, signal))) holders.delete(node);
        done++;
        onProgress?.(done, this.shards.length);
      }
    };
    await Promise.all(Array.from({ length: CHECKED_AT_ONCE }, work));
  }

  /** Shards with fewer copies than are wanted. */
  short(wanted: number): readonly ShortShard[] {
    return this.shards
      .map(({ hash, name }) => ({ hash, name, holders: [...this.#holders.get(hash)!] }))
      .filter(({ holders }) => holders.length < wanted)
      .toSorted((a, b) => a.holders.length - b.holders.length);
  }

  async #isRight(reader: ShardReader, node: string, shard: ShardRef, signal: AbortSignal): Promise<boolean> {
    try {
      await reader.readFrom(node, shard, signal);
      return true;
    } catch (error) {
      if (!(error instanceof HolderError)) throw error;
      this.#asked.get(node)!.wrong++;
      return false;
    }
  }
}
