/** A log in etcd 3.4 or later: for several machines, of which more than half have to work. */
import { z } from "zod";
import { type Entry, type LogHead, originOf } from "../entry.ts";
import { LogError } from "../errors.ts";
import { POST_SIZE_MAX, READ_SIZE_MAX } from "../limits.ts";
import {
  type AppendOrder,
  checkAppend,
  checkDrop,
  checkPost,
  checkPosts,
  checkRead,
  type HeadAnswer,
  type LogStore,
  type ReadAnswer,
  withinAnswer,
} from "../store.ts";
import { type EtcdAccess, EtcdClient } from "./etcd-client.ts";

export interface EtcdStoreOptions extends EtcdAccess {
  readonly cluster: string;
  /** The log's name. */
  readonly name: string;
}

/** Entries that one request reads: a read of more takes several. */
const PAGE_ENTRIES = 32;
const INDEX_SIZE = 8;
const HEAD_SIZE = 40;

const base64 = z.base64().transform((text) => Buffer.from(text, "base64"));
const range = z.object({ kvs: z.array(z.object({ key: base64, value: base64 })).default([]) });
/** A transaction whose comparison has failed has one response: that of the range in `failure`. */
const transaction = z.object({
  succeeded: z.boolean().default(false),
  responses: z.array(z.object({ response_range: range.optional() })).default([]),
});

type Range = z.infer<typeof range>;

/** The store asks no member before it is used. */
export function openEtcdStore(options: EtcdStoreOptions): LogStore {
  return new EtcdStore(options);
}

class EtcdStore implements LogStore {
  readonly #client: EtcdClient;
  readonly #origin: LogHead;
  readonly #prefix: string;

  constructor(options: EtcdStoreOptions) {
    this.#client = new EtcdClient(options);
    this.#origin = originOf(options.cluster, options.name);
    this.#prefix = `florenetes/${options.cluster}/${options.name}/`;
  }

  async head(): Promise<HeadAnswer> {
    const { answer, isCurrent } = await this.#range({ key: this.#key("head") });
    return { head: readHead(answer.kvs[0]?.value) ?? this.#origin, isCurrent };
  }

  async append(expected: LogHead, entries: readonly Entry[], order?: AppendOrder): Promise<"done" | "moved"> {
    checkAppend(expected, entries, order);
    const key = this.#key("head");
    const last = entries.at(-1)!;
    const isHead =
      expected.index === 0
        ? { target: "CREATE", key, create_revision: "0" }
        : { target: "VALUE", key, value: writeHead(expected) };
    const { succeeded, responses } = await this.#client.ask(
      "/v3/kv/txn",
      {
        compare: [
          isHead,
          ...entries.map(({ index }) => ({ target: "CREATE", key: this.#entryKey(index), create_revision: "0" })),
        ],
        success: [
          { request_put: { key, value: writeHead(last) } },
          ...entries.map(({ index, octets }) => {
            return { request_put: { key: this.#entryKey(index), value: Buffer.from(octets).toString("base64") } };
          }),
        ],
        failure: [{ request_range: { key: this.#entryKey(last.index) } }],
      },
      transaction,
    );
    if (succeeded) return "done";
    // An earlier request, whose answer was lost, may have done it; the last entry holds the hash of those before it.
    const there = responses[0]?.response_range?.kvs[0]?.value;
    return there?.equals(last.octets) === true ? "done" : "moved";
  }

  async read(from: number, count: number): Promise<ReadAnswer> {
    checkRead(from, count);
    const entries: Buffer[] = [];
    let [next, size, areCurrent] = [this.#entryKey(from), 0, true];
    while (entries.length < count && size < READ_SIZE_MAX) {
      const limit = Math.min(PAGE_ENTRIES, count - entries.length);
      const { answer, isCurrent } = await this.#range({ key: next, range_end: this.#key("entries0"), limit });
      areCurrent &&= isCurrent;
      const page = answer.kvs.map(({ value }) => value);
      entries.push(...page);
      for (const { length } of page) size += length;
      if (page.length < limit) break;
      // Whatever a value holds: no key is between these two.
      next = Buffer.concat([answer.kvs.at(-1)!.key, Buffer.of(0)]).toString("base64");
    }
    return { entries: withinAnswer(entries), isCurrent: areCurrent };
  }

  async drop(indexes: readonly number[]): Promise<void> {
    checkDrop(indexes);
    const success = indexes.map((index) => ({ request_delete_range: { key: this.#entryKey(index) } }));
    await this.#client.ask("/v3/kv/txn", { success }, transaction);
  }

  async post(keyId: string, octets: Uint8Array): Promise<void> {
    checkPost(keyId, octets);
    const body = { key: this.#key(`posts/${keyId}`), value: Buffer.from(octets).toString("base64") };
    await this.#client.ask("/v3/kv/put", body, z.object({}));
  }

  async posts(keyIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    checkPosts(keyIds);
    const posts = new Map<string, Uint8Array>();
    // Each is asked for by itself: a huge one is within what an answer may have, and several need not be.
    for (const keyId of keyIds) {
      const { answer } = await this.#range({ key: this.#key(`posts/${keyId}`) });
      const octets = answer.kvs[0]?.value;
      if (octets !== undefined && octets.length > 0 && octets.length <= POST_SIZE_MAX) posts.set(keyId, octets);
    }
    return posts;
  }

  close(): void {
    this.#client.close();
  }

  /** Reads what more than half of the members agree on; where they cannot, what one of them has. */
  async #range(body: object): Promise<{ readonly answer: Range; readonly isCurrent: boolean }> {
    const path = "/v3/kv/range";
    try {
      return { answer: await this.#client.ask(path, body, range), isCurrent: true };
    } catch (error) {
      if (!(error instanceof LogError) || error.code !== "ERR_LOG_NO_MAJORITY") throw error;
      return { answer: await this.#client.ask(path, { ...body, serializable: true }, range), isCurrent: false };
    }
  }

  #entryKey(index: number): string {
    return this.#key(`entries/${index.toString(16).padStart(16, "0")}`);
  }

  #key(name: string): string {
    return Buffer.from(`${this.#prefix}${name}`).toString("base64");
  }
}

function writeHead({ index, hash }: LogHead): string {
  const octets = Buffer.alloc(HEAD_SIZE);
  octets.writeBigUInt64BE(BigInt(index));
  octets.write(hash, INDEX_SIZE, "hex");
  return octets.toString("base64");
}

function readHead(octets: Buffer | undefined): LogHead | undefined {
  if (octets === undefined) return undefined;
  const index = octets.length === HEAD_SIZE ? Number(octets.readBigUInt64BE()) : 0;
  if (index === 0 || !Number.isSafeInteger(index))
    throw new LogError("ERR_LOG_STORE_ANSWER", "the head of the log has another form");
  return { index, hash: octets.toString("hex", INDEX_SIZE) };
}
