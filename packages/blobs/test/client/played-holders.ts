import { createHash } from "node:crypto";
import type { ProcessTime } from "@florenetes/scheduling";
import { Life, Scheduler } from "@florenetes/simkit";
import { openStoreClient, type StoreClient } from "../../src/client/index.ts";
import type { CollectionTerms, HeldEntry, HolderDoor, HolderTalk, Question, TalkName } from "../../src/index.ts";
import { contentHash } from "../../src/entry.ts";
import { HolderError } from "../../src/index.ts";

const PAGE = 3;
const TURNS_MAX = 10_000;

/** A holder that keeps what it is given by the rules of names and shards, in memory; a test makes it fail. */
export class PlayedHolder {
  readonly shards = new Map<string, Uint8Array>();
  readonly entries = new Map<string, HeldEntry>();
  /** Each question that it was asked, by what it asks for. */
  readonly asked: TalkName[] = [];
  /** Answers in place of the rules; undefined: the rules answer. */
  instead: ((question: Question) => unknown) | undefined;

  readonly node: string;

  constructor(node: string) {
    this.node = node;
  }

  answer(question: Question): unknown {
    this.asked.push(question.op);
    const other = this.instead?.(question);
    if (other !== undefined) return other;
    switch (question.op) {
      case "put-shard":
        this.shards.set(question.hash, question.octets);
        return { isNew: true };
      case "get-shard":
        return { octets: this.shards.get(question.hash) ?? refuse("ERR_STORAGE_MISSING") };
      case "have-shards":
        return { has: question.hashes.map((hash) => this.shards.has(hash)) };
      case "put-entry":
        return { entry: this.#take({ ...question.entry, written: 1_000, by: "user/alice" }) };
      case "get-entry":
        return { entry: this.entries.get(question.name) ?? null };
      case "list-entries": {
        const all = [...this.entries.values()].filter(
          ({ name }) => name.startsWith(question.prefix) && name > question.after,
        );
        const entries = all.toSorted((a, b) => (a.name < b.name ? -1 : 1)).slice(0, PAGE);
        return { entries, next: all.length > PAGE ? entries.at(-1)!.name : null };
      }
      case "get-state":
        return { node: this.node, book: "1", last: 0, objects: this.entries.size, octets: 0, held: 0, isShut: false };
      default:
        return refuse("ERR_STORAGE_RIGHT");
    }
  }

  #take(entry: HeldEntry): HeldEntry {
    const held = this.entries.get(entry.name);
    const isSame = held !== undefined && contentHash(held) === contentHash(entry);
    if (isSame && held.turn === entry.turn) return held;
    const isNewer = isSame && entry.turn > held.turn;
    if (held !== undefined && !held.isGone && !entry.isGone && !isNewer) refuse("ERR_STORAGE_EXISTS", held);
    if (held !== undefined && entry.turn <= held.turn) refuse("ERR_STORAGE_TURN", held);
    this.entries.set(entry.name, entry);
    return entry;
  }
}

/** Some holders in virtual time, and clients of them. */
export class PlayedHolders implements HolderDoor {
  readonly scheduler = new Scheduler();
  readonly time: ProcessTime = {
    now: () => this.scheduler.now,
    wallClock: () => new Date(0),
    wakeUps: new Life(this.scheduler),
  };
  readonly all: readonly PlayedHolder[];
  readonly terms: CollectionTerms;
  /** Questions that are under way, and how many at most were. */
  shardsUnderWay = 0;
  shardsUnderWayMax = 0;

  constructor(count: number, copies: number) {
    this.all = Array.from({ length: count }, (_, at) => new PlayedHolder("abcdefgh"[at]!));
    this.terms = {
      scope: "cluster",
      name: "box",
      epoch: 1,
      recoveryEpoch: 0,
      copies,
      holders: this.all.map(({ node }) => ({ node, domain: node })),
      readers: [],
      writers: ["user/alice"],
      retention: 0,
      unretained: [],
      budget: 2 ** 40,
      recipients: [],
    };
  }

  client(): StoreClient {
    return openStoreClient({ terms: this.terms, door: this, time: this.time });
  }

  async ask<Name extends TalkName>(
    node: string,
    question: Question<Name>,
    signal: AbortSignal,
  ): Promise<HolderTalk[Name]["answer"]> {
    signal.throwIfAborted();
    const isShard = question.op === "put-shard";
    if (isShard) this.shardsUnderWayMax = Math.max(this.shardsUnderWayMax, ++this.shardsUnderWay);
    const aborted = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => aborted.reject(signal.reason));
    try {
      const holder = this.of(node);
      const answer = Promise.resolve().then(() => holder.answer(question as Question));
      return (await Promise.race([answer, aborted.promise])) as HolderTalk[Name]["answer"];
    } finally {
      if (isShard) this.shardsUnderWay--;
    }
  }

  of(node: string): PlayedHolder {
    return this.all.find((holder) => holder.node === node)!;
  }

  /** Lets time pass until a promise is settled. */
  async until<Value>(promise: Promise<Value>): Promise<Value> {
    let isOver = false;
    promise.then(
      () => (isOver = true),
      () => (isOver = true),
    );
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      // Whatever is ready goes on, before time does.
      for (let tick = 0; tick < 5; tick++) await new Promise<void>((done) => void setImmediate(done));
      if (isOver) return promise;
      if (this.scheduler.nextTime !== Infinity) this.scheduler.runUntil(this.scheduler.nextTime);
    }
    throw new Error("it never ends");
  }
}

/** Refuses with a code. */
export function refuse(code: HolderError["code"], entry?: HeldEntry, until?: number): never {
  throw new HolderError({ code, message: `played ${code}`, entry, until });
}

/** An answer that never comes. */
export function silence(): Promise<never> {
  return new Promise(() => undefined);
}

/** Octets of a size that differ by a seed. */
export function octetsOf(size: number, seed: number = 0): Uint8Array {
  const block = createHash("sha512").update(String(seed)).digest();
  const octets = Buffer.alloc(size, block);
  for (let at = 0; at + 4 <= size; at += 65_536) octets.writeUInt32BE(at, at);
  return octets;
}

export async function* pieces(octets: Uint8Array, size: number = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
}

export async function joined(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all);
}
