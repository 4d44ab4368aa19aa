import { expect, test } from "vitest";
import { isCompactable } from "../../src/log/compaction.ts";
import { compactLog } from "../../src/log/drivers/compact-log.ts";
import { entriesAfter, type LogHead, originOf } from "../../src/log/entry.ts";
import { LogReader } from "../../src/log/log-reader.ts";
import { factOf } from "../held.ts";
import { DAY, NOW, record } from "../records.ts";
import { fill, recordsOf } from "./conformance.ts";
import { MemoryStore } from "./memory-store.ts";

const MONTH = 30 * DAY;
const issuedAt = (epoch: number, issued: number): Buffer => record({ epoch, issued, expires: issued + DAY });

const old = issuedAt(1, NOW - MONTH);
const grounds = { cluster: "demo", below: 10, now: NOW, isInForce: () => false };
const entryAt = (index: number, octets: Uint8Array) => {
  return entriesAfter({ index: index - 1, hash: "00".repeat(32) }, [octets])[0]!;
};

test("an entry goes when it is behind the second last checkpoint, 30 days old, and not in force", () => {
  expect(isCompactable(entryAt(9, old), grounds)).toBe(true);
  expect(isCompactable(entryAt(10, old), grounds)).toBe(false);
  expect(isCompactable(entryAt(9, issuedAt(1, NOW - MONTH + 1)), grounds)).toBe(false);
  const { id } = factOf(old);
  expect(isCompactable(entryAt(9, old), { ...grounds, isInForce: (one) => one === id })).toBe(false);
});

test("an entry without a record goes as soon as it is behind", () => {
  const [garbage] = recordsOf(1);
  expect(isCompactable(entryAt(9, garbage!), grounds)).toBe(true);
  expect(isCompactable(entryAt(10, garbage!), grounds)).toBe(false);
  expect(isCompactable(entryAt(9, old), { ...grounds, cluster: "other" })).toBe(true);
});

test("what is left of a large log is read by the checkpoint, and appended to", async () => {
  const store = new MemoryStore();
  const records = Array.from({ length: 700 }, (_, index) => issuedAt(index + 1, NOW - MONTH + (index < 600 ? -1 : 1)));
  const entries = await fill(store, records, 50);
  const kept = new Set([5, 300, 301].map((index) => factOf(records[index - 1]!).id));
  const compaction = { cluster: "demo", below: 650, now: NOW, isInForce: (id: string) => kept.has(id) };
  expect(await compactLog(store, compaction)).toBe(597);
  expect(await compactLog(store, compaction)).toBe(0);
  expect([...store.entries.keys()].slice(0, 5)).toEqual([5, 300, 301, 601, 602]);
  expect(store.entries.size).toBe(103);

  const taken: number[] = [];
  const judge = (_: Uint8Array, index: number): undefined => void taken.push(index);
  const reader = new LogReader({ cluster: "demo", name: "main", judge });
  const { index, hash } = entries[659]!;
  reader.handleCheckpoint({ index, hash });
  await fill(store, recordsOf(1, "later"));
  reader.handleHead(await store.head(), 0);
  for (let wanted = reader.pollRead(); wanted !== undefined; wanted = reader.pollRead()) {
    reader.handleEntries(await store.read(wanted.from, wanted.count));
  }
  expect(reader.fault).toBe(undefined);
  expect(taken).toEqual([...store.entries.keys()]);
});

test("an empty store, and one that gives the same answer each time, come to an end", async () => {
  expect(await compactLog(new MemoryStore(), grounds)).toBe(0);
  const store = new MemoryStore();
  const head: LogHead = originOf("demo", "main");
  const first = entriesAfter(head, [old])[0]!;
  let reads = 0;
  store.read = async () => {
    reads++;
    return { entries: [first.octets, Buffer.from("no entry")], isCurrent: true };
  };
  await compactLog(store, grounds);
  expect(reads).toBe(2);
});
