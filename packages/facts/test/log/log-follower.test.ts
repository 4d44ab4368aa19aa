import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { LogFollower } from "../../src/log/drivers/log-follower.ts";
import { openSqliteStore } from "../../src/log/drivers/sqlite-store.ts";
import { type LogHead, readEntry } from "../../src/log/entry.ts";
import { LogError } from "../../src/log/errors.ts";
import { READS_A_LOOK } from "../../src/log/limits.ts";
import { type LogEvent, LogReader } from "../../src/log/log-reader.ts";
import type { LogStore } from "../../src/log/store.ts";
import { fill, readAll, recordsOf } from "./conformance.ts";
import { MemoryStore } from "./memory-store.ts";

/** A second, which is the patience of `vi.waitFor` itself, is short on a busy machine. */
const PATIENCE = { timeout: 60_000 };

const base = mkdtempSync(join(tmpdir(), "florenetes-follower-"));
const followers: LogFollower[] = [];
afterEach(async () => {
  for (const follower of followers.splice(0)) await follower.close();
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** Follows a store, and notes what it tells. */
function follow(store: LogStore, begin?: LogHead, judgeMs = 0) {
  const [records, events, problems]: [string[], LogEvent[], (string | undefined)[]] = [[], [], []];
  let seen: LogHead | undefined;
  const judge = (record: Uint8Array): undefined => {
    for (const until = performance.now() + judgeMs; performance.now() < until;);
    records.push(Buffer.from(record).toString());
  };
  const follower = new LogFollower({
    store,
    reader: new LogReader({ cluster: "demo", name: "main", judge, ...(begin && { seen: begin }) }),
    onEvent: (event) => events.push(event),
    onSeen: (head) => (seen = head),
    onProblem: (problem) => problems.push(problem?.code),
    pauseMs: 5,
  });
  followers.push(follower);
  return { follower, records, events, problems, seen: () => seen };
}

test("what one appends the others read", async () => {
  const path = join(base, "shared.sqlite");
  const [a, b] = [1, 2].map(() => follow(openSqliteStore({ path, cluster: "demo", name: "main" })));
  await a!.follower.append(() => recordsOf(3));
  await vi.waitFor(() => expect(b!.records).toHaveLength(3), PATIENCE);
  await b!.follower.append(() => recordsOf(2, "answer"));
  await vi.waitFor(() => expect(a!.records).toHaveLength(5), PATIENCE);
  expect(a!.seen()).toEqual(b!.seen());
  expect([a!.problems, a!.events]).toEqual([[], []]);
});

test("writers that race have all their records in, each once, in one order", async () => {
  const path = join(base, "raced.sqlite");
  const writers = Array.from({ length: 4 }, () => follow(openSqliteStore({ path, cluster: "demo", name: "main" })));
  const all = recordsOf(24, "raced");
  /** Each has a quarter of its own, and one that all have. */
  const appends = writers.flatMap(({ follower, records }, index) => [
    ...all.slice(6 * index, 6 * index + 6).map((record) => follower.append(() => [record])),
    follower.append(() => recordsOf(1, "shared").filter((record) => !records.includes(record.toString()))),
  ]);
  await Promise.all(appends);
  await vi.waitFor(() => {
    for (const { records } of writers) expect(records).toHaveLength(25);
  }, PATIENCE);
  expect(new Set(writers[0]!.records).size).toBe(25);
  for (const { records } of writers) expect(records).toEqual(writers[0]!.records);
});

test("a writer that never has its turn says so", async () => {
  const store = new MemoryStore();
  store.append = async () => "moved";
  await expect(follow(store).follower.append(() => recordsOf(1))).rejects.toMatchObject({ code: "ERR_LOG_STORE_BUSY" });
});

test("nothing is appended to a store with a fault, and all goes on once it is whole", async () => {
  const store = new MemoryStore();
  const { follower, events, problems } = follow(store);
  await follower.append(() => recordsOf(3));
  const third = store.entries.get(3)!;
  await follower.append(() => recordsOf(1, "later"));
  const [now, head] = [store.entries, store.current];
  store.entries = new Map([...now].slice(0, 3));
  store.current = { index: 3, hash: readEntry(third)!.hash };
  await vi.waitFor(() => expect(problems).toEqual(["ERR_LOG_OLDER"]), PATIENCE);
  await expect(follower.append(() => recordsOf(1, "lost"))).rejects.toMatchObject({ code: "ERR_LOG_OLDER" });
  expect(await readAll(store)).toHaveLength(3);
  [store.entries, store.current] = [now, head];
  await vi.waitFor(() => expect(problems).toEqual(["ERR_LOG_OLDER", undefined]), PATIENCE);
  expect(events).toEqual([{ is: "fault", kind: "older", index: 3 }, { is: "mended" }]);
  await follower.append(() => recordsOf(1, "more"));
  expect(await readAll(store)).toHaveLength(5);
});

test("a store that cannot be asked is told once, and again when it can", async () => {
  const store = new MemoryStore();
  const { follower, problems, records } = follow(store);
  await follower.append(() => recordsOf(1));
  const head = store.head.bind(store);
  let asked = 0;
  store.head = async () => {
    asked++;
    throw new LogError("ERR_LOG_STORE_UNREACHABLE", "no answer");
  };
  await vi.waitFor(() => expect(asked).toBeGreaterThan(3), PATIENCE);
  expect(problems).toEqual(["ERR_LOG_STORE_UNREACHABLE"]);
  store.head = head;
  await vi.waitFor(() => expect(problems).toEqual(["ERR_LOG_STORE_UNREACHABLE", undefined]), PATIENCE);
  // A majority is missing: reads go on, and that they may be old is told.
  store.isCurrent = false;
  await vi.waitFor(() => expect(problems.at(-1)).toBe("ERR_LOG_NO_MAJORITY"), PATIENCE);
  await follower.append(() => recordsOf(1, "later"));
  expect(records).toHaveLength(2);
});

test("a file that is put back to yesterday's copy is told, and what is written to it then is a fork", async () => {
  const [path, copy] = [join(base, "restored.sqlite"), join(base, "yesterday.sqlite")];
  const open = (): LogStore => openSqliteStore({ path, cluster: "demo", name: "main" });
  const before = open();
  await fill(before, recordsOf(2));
  before.close();
  copyFileSync(path, copy);
  const { follower, seen } = follow(open());
  await follower.append(() => recordsOf(1, "today"));
  await follower.close();
  for (const end of ["-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
  copyFileSync(copy, path);

  const again = follow(open(), seen());
  await vi.waitFor(() => expect(again.problems).toEqual(["ERR_LOG_OLDER"]), PATIENCE);
  const other = open();
  await fill(other, recordsOf(1, "instead"));
  other.close();
  await vi.waitFor(() => expect(again.problems).toEqual(["ERR_LOG_OLDER", "ERR_LOG_FORK"]), PATIENCE);
  expect(again.events.filter(({ is }) => is === "fork")).toMatchObject([
    { index: 3, hashes: [seen()!.hash, expect.any(String)] },
  ]);
  expect(again.records).toEqual([]);
});

test("a long log is read in parts, between which others have their turn", async () => {
  const store = new MemoryStore();
  await fill(store, recordsOf(3 * READS_A_LOOK), 64);
  const { read, head } = { read: store.read.bind(store), head: store.head.bind(store) };
  const reads: number[] = [];
  store.head = async () => {
    reads.push(0);
    return head();
  };
  // A store may give as little as this.
  store.read = async (from) => {
    reads.push(reads.pop()! + 1);
    return read(from, 1);
  };
  const { records, problems } = follow(store);
  await vi.waitFor(() => expect(records).toHaveLength(3 * READS_A_LOOK), PATIENCE);
  expect(Math.max(...reads)).toBe(READS_A_LOOK);
  expect(problems).toEqual([]);
});

test("a follower that is closed reads no more of a long log", async () => {
  const store = new MemoryStore();
  await fill(store, recordsOf(READS_A_LOOK), 64);
  const read = store.read.bind(store);
  let reads = 0;
  store.read = async (from) => {
    reads++;
    return read(from, 1);
  };
  const { follower } = follow(store, undefined, 10);
  await vi.waitFor(() => expect(reads).toBeGreaterThan(1), PATIENCE);
  const before = reads;
  await follower.close();
  expect(reads).toBeLessThanOrEqual(before + 1);
});

test("a store with a fault is looked at less and less often", async () => {
  const store = new MemoryStore();
  await fill(store, recordsOf(3));
  store.entries.delete(2);
  const looks: number[] = [];
  const head = store.head.bind(store);
  store.head = async () => {
    looks.push(performance.now());
    return head();
  };
  const { problems } = follow(store);
  await vi.waitFor(() => expect(looks.length).toBeGreaterThan(5), { timeout: 10_000 });
  for (let at = 1; at <= 5; at++) expect(looks[at]! - looks[at - 1]!).toBeGreaterThan(4 * 2 ** at);
  expect(problems).toEqual(["ERR_LOG_MISSING"]);
});
