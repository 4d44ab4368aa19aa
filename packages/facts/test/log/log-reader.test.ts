import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Entry, entriesAfter, type LogHead, originOf, readEntry } from "../../src/log/entry.ts";
import { AWAY_MS, EVENTS_KEPT, FORKS_KEPT, HASHES_KEPT } from "../../src/log/limits.ts";
import { type LogEvent, LogReader } from "../../src/log/log-reader.ts";
import type { LogStore } from "../../src/log/store.ts";
import { fill, recordsOf } from "./conformance.ts";
import { MemoryStore } from "./memory-store.ts";

/** A reader of the log `main`, with what it has taken. */
class Reading {
  readonly taken: string[] = [];
  readonly reader: LogReader;
  readonly events: LogEvent[] = [];

  constructor(seen?: LogHead) {
    const judge = (record: Uint8Array, index: number): string | undefined => {
      const text = wordOf(record);
      if (text.startsWith("forged")) return "signature";
      this.taken.push(`${index} ${text}`);
      return undefined;
    };
    this.reader = new LogReader({ cluster: "demo", name: "main", judge, ...(seen && { seen }) });
  }

  /** Looks at a store once, as a follower does each second. */
  async look(store: LogStore, now = 0): Promise<this> {
    this.reader.handleHead(await store.head(), now);
    for (let reads = 0; reads < 1_000; reads++) {
      const wanted = this.reader.pollRead();
      if (wanted === undefined) break;
      this.reader.handleEntries(await store.read(wanted.from, wanted.count));
    }
    expect(this.reader.pollRead()).toBe(undefined);
    for (let event = this.reader.pollEvent(); event !== undefined; event = this.reader.pollEvent()) {
      this.events.push(event);
    }
    return this;
  }
}

function wordOf(record: Uint8Array): string {
  return Buffer.from(record).toString().replaceAll("\0", "");
}

const headOf = ({ index, hash }: LogHead): LogHead => ({ index, hash });

/** A store with some entries, and a reader that has seen them. */
async function seenStore(count: number): Promise<{ store: MemoryStore; entries: Entry[]; reading: Reading }> {
  const store = new MemoryStore();
  const entries = await fill(store, recordsOf(count));
  const reading = await new Reading().look(store);
  expect(reading.taken).toHaveLength(count);
  expect(reading.events).toEqual([]);
  return { store, entries, reading };
}

/** The fault, after a reader has looked at a store once more. */
async function faultOf(store: LogStore, reading: Reading): Promise<unknown> {
  return (await reading.look(store)).reader.fault;
}

test("all records come in their order, once, over several lives", async () => {
  const { store, reading } = await seenStore(600);
  expect(reading.taken).toEqual(recordsOf(600).map((record, index) => `${index + 1} ${wordOf(record)}`));
  await fill(store, recordsOf(2, "later"));
  const next = await new Reading(reading.reader.seen).look(store);
  expect(next.taken).toEqual(["601 later 0", "602 later 1"]);
  await next.look(store);
  expect(next.taken).toHaveLength(2);
});

test("a record that its owner refuses is told, and the log goes on", async () => {
  const store = new MemoryStore();
  await fill(store, [...recordsOf(1), ...recordsOf(1, "forged"), ...recordsOf(1, "more")]);
  const reading = await new Reading().look(store);
  expect(reading.taken).toEqual(["1 record 0", "3 more 0"]);
  expect(reading.events).toEqual([{ is: "refused", index: 2, reason: "signature" }]);
});

test("entries that come between the head and the read wait for their turn", async () => {
  const store = new MemoryStore();
  await fill(store, recordsOf(2));
  const answer = await store.head();
  await fill(store, recordsOf(2, "later"));
  const { reader, taken } = new Reading();
  reader.handleHead(answer, 0);
  const { from } = reader.pollRead()!;
  reader.handleEntries(await store.read(from, 256));
  expect(reader.pollRead()).toBe(undefined);
  expect(taken).toEqual(["1 record 0", "2 record 1"]);
});

describe("an entry that is not read yet", () => {
  /** Does harm to entry 3 of 5, of which the reader has seen the first. */
  async function harmed(harm: (store: MemoryStore, entries: readonly Entry[]) => void): Promise<unknown> {
    const { store, reading } = await seenStore(1);
    const first = readEntry(store.entries.get(1)!)!;
    const entries = await fill(store, recordsOf(4, "more"));
    const whole = store.copy();
    harm(store, [first, ...entries]);
    const { fault } = (await reading.look(store)).reader;
    expect(reading.events).toEqual([{ is: "fault", ...fault }]);
    expect(reading.reader.forks).toEqual([]);
    // No record was taken whose place was not proven; a second look tells nothing anew.
    expect(reading.taken.length).toBeLessThan(fault!.index);
    await reading.look(store);
    expect(reading.events).toHaveLength(1);
    // The store is put right: all goes on, and each record has come once.
    await reading.look(whole);
    expect(reading.events.slice(1)).toEqual([{ is: "mended" }]);
    expect(reading.taken).toEqual(["1 record 0", ...[0, 1, 2, 3].map((at) => `${at + 2} more ${at}`)]);
    return fault;
  }

  test("was cut out", async () => {
    expect(await harmed((store) => store.entries.delete(3))).toEqual({ kind: "missing", index: 3 });
  });

  test("was cut out at the end", async () => {
    expect(await harmed((store) => store.entries.delete(5))).toEqual({ kind: "missing", index: 5 });
  });

  test("was swapped with the next one", async () => {
    const fault = await harmed((store, entries) => {
      store.entries.set(3, entries[3]!.octets);
      store.entries.set(4, entries[2]!.octets);
    });
    expect(fault).toEqual({ kind: "missing", index: 3 });
  });

  test("is another one, which names the same one before", async () => {
    const fault = await harmed((store, entries) => {
      store.entries.set(3, entriesAfter(entries[1]!, recordsOf(1, "other"))[0]!.octets);
    });
    expect(fault).toEqual({ kind: "changed", index: 3 });
  });

  test("is another one, at the end", async () => {
    const fault = await harmed((store, entries) => {
      store.entries.set(5, entriesAfter(entries[3]!, recordsOf(1, "other"))[0]!.octets);
    });
    expect(fault).toEqual({ kind: "changed", index: 5 });
  });

  test("names another one before", async () => {
    const fault = await harmed((store) => {
      const stranger = { index: 1, hash: "ab".repeat(32) };
      store.entries.set(2, entriesAfter(stranger, recordsOf(1, "other"))[0]!.octets);
    });
    expect(fault).toEqual({ kind: "changed", index: 2 });
  });

  test.each([0, 10, 41])("was emptied, to %i octets", async (length) => {
    const fault = await harmed((store, entries) => {
      store.entries.set(3, entries[2]!.octets.subarray(0, length));
    });
    expect(fault).toEqual({ kind: "changed", index: 3 });
  });

  test("is under an index that was read", async () => {
    const fault = await harmed((store, entries) => store.entries.set(3, entries[1]!.octets));
    expect(fault).toEqual({ kind: "changed", index: 3 });
  });
});

test("any octet of any entry changed is told, whatever else: the property behind the cases above", async () => {
  const property = fc.asyncProperty(
    fc.nat(7),
    fc.nat(1_000),
    fc.integer({ min: 1, max: 255 }),
    async (at, place, change) => {
      const store = new MemoryStore();
      await fill(store, recordsOf(8));
      const octets = Buffer.from(store.entries.get(at + 1)!);
      octets[place % octets.length]! ^= change;
      store.entries.set(at + 1, octets);
      const reading = await new Reading().look(store);
      expect(reading.reader.fault).toBeDefined();
      expect(reading.reader.seen.index).toBeLessThanOrEqual(at);
      expect(reading.taken.length).toBeLessThanOrEqual(at);
    },
  );
  await fc.assert(property);
});

describe("a store that was put back", () => {
  test("to yesterday's copy is told, and again whole when it has all of it", async () => {
    const { store, reading } = await seenStore(3);
    const yesterday = store.copy();
    await fill(store, recordsOf(3, "today"));
    await reading.look(store);
    expect(await faultOf(yesterday, reading)).toEqual({ kind: "older", index: 3 });
    expect(reading.reader.seen.index).toBe(6);
    await reading.look(store);
    expect(reading.events).toEqual([{ is: "fault", kind: "older", index: 3 }, { is: "mended" }]);
  });

  test("and went on is a fork, which stays one", async () => {
    const { store, reading } = await seenStore(3);
    const yesterday = store.copy();
    const [ours] = await fill(store, recordsOf(1, "today"));
    await reading.look(store);
    const [theirs] = await fill(yesterday, recordsOf(1, "instead"));
    expect(await faultOf(yesterday, reading)).toEqual({ kind: "fork", index: 4 });
    const evidence = { index: 4, hashes: [ours!.hash, theirs!.hash] };
    expect(reading.reader.forks).toEqual([evidence]);
    await fill(yesterday, recordsOf(1, "and more"));
    expect(await faultOf(yesterday, reading)).toEqual({ kind: "fork", index: 4 });
    expect(reading.events).toEqual([
      { is: "fork", ...evidence },
      { is: "fault", kind: "fork", index: 4 },
    ]);
    await reading.look(store);
    expect(reading.reader.fault).toBe(undefined);
    expect(reading.reader.forks).toEqual([evidence]);
    expect(reading.taken).not.toContain("4 instead 0");
  });

  test("to nothing is told", async () => {
    const { reading } = await seenStore(3);
    expect(await faultOf(new MemoryStore(), reading)).toEqual({ kind: "older", index: 0 });
  });

  test("by a member that may be behind says nothing", async () => {
    const { store, reading } = await seenStore(3);
    const old = store.copy();
    await fill(store, recordsOf(3, "today"));
    await reading.look(store);
    old.isCurrent = false;
    expect(await faultOf(old, reading)).toBe(undefined);
    // Another such member knows the head, and not yet the entries.
    old.current = { index: 7, hash: "ab".repeat(32) };
    expect(await faultOf(old, reading)).toBe(undefined);
    expect(reading.events).toEqual([]);
  });
});

describe("a head that is wrong", () => {
  test("at the entry that was seen", async () => {
    const { store, reading } = await seenStore(3);
    store.current = { index: 3, hash: "ab".repeat(32) };
    expect(await faultOf(store, reading)).toEqual({ kind: "changed", index: 3 });
    expect(reading.reader.forks).toEqual([]);
  });

  test("above all entries", async () => {
    const { store, reading } = await seenStore(3);
    store.current = { index: 2 ** 40, hash: "ab".repeat(32) };
    expect(await faultOf(store, reading)).toEqual({ kind: "missing", index: 4 });
  });

  test("of another log", async () => {
    const { reader } = new Reading();
    reader.handleHead({ head: originOf("demo", "next"), isCurrent: true }, 0);
    expect(reader.fault).toEqual({ kind: "changed", index: 0 });
    const other = new MemoryStore("next");
    await fill(other, recordsOf(2));
    expect(await faultOf(other, new Reading())).toEqual({ kind: "changed", index: 1 });
  });
});

describe("a checkpoint", () => {
  test("that is above the head shows a store that was put back, also to who reads for the first time", async () => {
    const { store, entries } = await seenStore(5);
    const yesterday = new MemoryStore();
    await fill(yesterday, recordsOf(3));
    const reading = new Reading();
    reading.reader.handleCheckpoint(headOf(entries[4]!));
    expect(await faultOf(yesterday, reading)).toEqual({ kind: "older", index: 3 });
    expect(await faultOf(store, reading)).toBe(undefined);
  });

  test("of another entry is a fork: before it is read", async () => {
    const { store, entries } = await seenStore(5);
    const reading = new Reading();
    const other = { index: 4, hash: "cd".repeat(32) };
    reading.reader.handleCheckpoint(other);
    expect(await faultOf(store, reading)).toEqual({ kind: "fork", index: 4 });
    expect(reading.reader.forks).toEqual([{ index: 4, hashes: [other.hash, entries[3]!.hash] }]);
    expect(reading.reader.seen.index).toBe(3);
    await reading.look(store);
    expect(reading.reader.forks).toHaveLength(1);
  });

  test("of another entry is a fork: behind it", async () => {
    const { store, entries, reading } = await seenStore(5);
    reading.reader.handleCheckpoint(headOf(entries[1]!));
    expect(reading.reader.forks).toEqual([]);
    reading.reader.handleCheckpoint({ index: 4, hash: "cd".repeat(32) });
    reading.reader.handleCheckpoint({ index: 4, hash: "cd".repeat(32) });
    expect(reading.reader.forks).toEqual([{ index: 4, hashes: [entries[3]!.hash, "cd".repeat(32)] }]);
    expect(await faultOf(store, reading)).toBe(undefined);
  });

  test("two of one index are a fork, without any entry", () => {
    const { reader } = new Reading();
    reader.handleCheckpoint({ index: 9, hash: "ab".repeat(32) });
    reader.handleCheckpoint({ index: 9, hash: "cd".repeat(32) });
    expect(reader.forks).toEqual([{ index: 9, hashes: ["ab".repeat(32), "cd".repeat(32)] }]);
  });

  test("proves what a compaction has left, to who reads for the first time and to who was off", async () => {
    const { store, entries } = await seenStore(20);
    await store.drop([1, 2, 4, 5, 6, 9, 10]);
    for (const seen of [undefined, headOf(entries[0]!), headOf(entries[4]!)]) {
      const reading = new Reading(seen);
      reading.reader.handleCheckpoint(headOf(entries[14]!));
      expect(await faultOf(store, reading)).toBe(undefined);
      const left = entries.filter(({ index }) => store.entries.has(index) && index > (seen?.index ?? 0));
      expect(reading.taken).toEqual(left.map(({ index, record }) => `${index} ${wordOf(record)}`));
      expect(reading.reader.seen).toEqual(headOf(entries[19]!));
      expect(reading.reader.hashAt(20)).toBe(entries[19]!.hash);
      expect(reading.reader.hashAt(11)).toBe(entries[10]!.hash);
      expect(reading.reader.hashAt(7)).toBe(undefined);
    }
  });

  test("does not prove an entry that was cut out behind it, nor its own", async () => {
    const { store, entries } = await seenStore(20);
    const cut = async (index: number): Promise<unknown> => {
      const copy = store.copy();
      copy.entries.delete(index);
      const reading = new Reading();
      reading.reader.handleCheckpoint(headOf(entries[14]!));
      return faultOf(copy, reading);
    };
    expect(await cut(16)).toEqual({ kind: "missing", index: 16 });
    expect(await cut(15)).toEqual({ kind: "missing", index: 15 });
    expect(await cut(14)).toBe(undefined);
  });

  test("lets no gap pass at a reader that was at the head within the last hour", async () => {
    const { store, reading } = await seenStore(10);
    const entries = await fill(store, recordsOf(10, "more"));
    await store.drop([13, 14]);
    reading.reader.handleCheckpoint(headOf(entries[8]!));
    await reading.look(store, AWAY_MS - 1);
    expect(reading.reader.fault).toEqual({ kind: "missing", index: 13 });
    await reading.look(store, AWAY_MS);
    expect(reading.reader.fault).toBe(undefined);
    expect(reading.reader.seen).toEqual(headOf(entries[9]!));
  });

  test("shows a chain that somebody made up behind a gap, and the reader goes back to before it", async () => {
    const { entries } = await seenStore(20);
    const forged = new MemoryStore();
    const made = entriesAfter({ index: 10, hash: "ab".repeat(32) }, recordsOf(10, "made up"));
    for (const { index, octets } of made) forged.entries.set(index, octets);
    forged.current = headOf(made.at(-1)!);
    const reading = new Reading(headOf(entries[2]!));
    reading.reader.handleCheckpoint(headOf(entries[14]!));
    expect(await faultOf(forged, reading)).toEqual({ kind: "fork", index: 15 });
    expect(reading.reader.seen).toEqual(headOf(entries[2]!));
    expect(reading.reader.hashAt(12)).toBe(undefined);
    const whole = new MemoryStore();
    await fill(whole, recordsOf(20));
    await reading.look(whole);
    expect(reading.reader.fault).toBe(undefined);
    expect(reading.reader.seen).toEqual(headOf(entries[19]!));
  });

  test("that comes while entries are read asks for nothing that is not there", async () => {
    const { store, entries } = await seenStore(20);
    const behind = store.copy();
    for (let index = 11; index <= 20; index++) behind.entries.delete(index);
    behind.current = headOf(entries[9]!);
    behind.entries.delete(10);
    behind.entries.set(15, entries[14]!.octets);
    const { reader } = new Reading();
    reader.handleHead(await behind.head(), 0);
    reader.handleCheckpoint(headOf(entries[16]!));
    reader.handleEntries(await behind.read(1, 256));
    expect(reader.pollRead()).toBe(undefined);
    expect(reader.fault).toEqual({ kind: "missing", index: 10 });
  });
});

test("what is remembered is bounded", async () => {
  const { reader, ...reading } = new Reading();
  const store = new MemoryStore();
  await fill(store, [...recordsOf(HASHES_KEPT + 200), ...recordsOf(EVENTS_KEPT + 100, "forged")], 64);
  reader.handleHead(await store.head(), 0);
  for (let wanted = reader.pollRead(); wanted !== undefined; wanted = reader.pollRead()) {
    reader.handleEntries(await store.read(wanted.from, wanted.count));
  }
  expect(reading.taken).toHaveLength(HASHES_KEPT + 200);
  const last = HASHES_KEPT + 200 + EVENTS_KEPT + 100;
  expect(reader.hashAt(last - HASHES_KEPT + 1)).toBeDefined();
  expect(reader.hashAt(last - HASHES_KEPT)).toBe(undefined);
  let events = 0;
  while (reader.pollEvent() !== undefined) events++;
  expect(events).toBe(EVENTS_KEPT);
  for (let made = 0; made < 2 * FORKS_KEPT; made++) {
    reader.handleCheckpoint({ index: last - made, hash: "ab".repeat(32) });
  }
  expect(reader.forks).toHaveLength(FORKS_KEPT);
});
