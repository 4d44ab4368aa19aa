/** A store in memory whose state tests may change as whoever holds a real one could. */
import { type Entry, type LogHead, originOf } from "../../src/log/entry.ts";
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
} from "../../src/log/store.ts";

export class MemoryStore implements LogStore {
  current: LogHead;
  entries: Map<number, Uint8Array> = new Map();
  board: Map<string, Uint8Array> = new Map();
  isCurrent = true;

  constructor(name = "main") {
    this.current = originOf("demo", name);
  }

  async head(): Promise<HeadAnswer> {
    return { head: this.current, isCurrent: this.isCurrent };
  }

  async append(expected: LogHead, entries: readonly Entry[], order?: AppendOrder): Promise<"done" | "moved"> {
    checkAppend(expected, entries, order);
    const last = entries.at(-1)!;
    if (this.current.hash !== expected.hash) {
      const there = this.entries.get(last.index);
      return there !== undefined && Buffer.from(there).equals(last.octets) ? "done" : "moved";
    }
    for (const { index, octets } of entries) this.entries.set(index, octets);
    this.current = { index: last.index, hash: last.hash };
    return "done";
  }

  async read(from: number, count: number): Promise<ReadAnswer> {
    checkRead(from, count);
    const indexes = [...this.entries.keys()].filter((index) => index >= from).toSorted((a, b) => a - b);
    const entries = withinAnswer(indexes.slice(0, count).map((index) => this.entries.get(index)!));
    return { entries, isCurrent: this.isCurrent };
  }

  async drop(indexes: readonly number[]): Promise<void> {
    checkDrop(indexes);
    for (const index of indexes) this.entries.delete(index);
  }

  async post(keyId: string, octets: Uint8Array): Promise<void> {
    checkPost(keyId, octets);
    this.board.set(keyId, octets);
  }

  async posts(keyIds: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    checkPosts(keyIds);
    return new Map([...this.board].filter(([keyId]) => keyIds.includes(keyId)));
  }

  /** A copy, as of yesterday. */
  copy(): MemoryStore {
    const copy = new MemoryStore();
    copy.current = this.current;
    copy.entries = new Map(this.entries);
    return copy;
  }

  close(): void {}
}
