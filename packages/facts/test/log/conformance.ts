import { expect, test } from "vitest";
import { ENVELOPE_SIZE_MAX } from "../../src/envelope.ts";
import { type Entry, entriesAfter, type LogHead, originOf } from "../../src/log/entry.ts";
import {
  APPEND_ENTRIES_MAX,
  APPEND_SIZE_MAX,
  POST_SIZE_MAX,
  POSTS_READ_MAX,
  READ_ENTRIES_MAX,
  READ_SIZE_MAX,
} from "../../src/log/limits.ts";
import type { LogStore } from "../../src/log/store.ts";

/** Opens the store of a log of the cluster `demo`, which is empty at first. Whoever opens the same one later finds what is in it. */
export type OpenStore = (name: string) => Promise<LogStore>;

/** Some records of no meaning: no store looks into them. */
export function recordsOf(count: number, word = "record", size = 0): Buffer[] {
  return Array.from({ length: count }, (_, index) => {
    const record = Buffer.alloc(Math.max(size, 40));
    record.write(`${word} ${index}`);
    return record;
  });
}

/** Appends records one after the other, each in its turn, and returns their entries. */
export async function fill(store: LogStore, records: readonly Uint8Array[], each = 1): Promise<Entry[]> {
  const { head } = await store.head();
  const entries = entriesAfter(head, records);
  let expected: LogHead = head;
  for (let at = 0; at < entries.length; at += each) {
    const part = entries.slice(at, at + each);
    expect(await store.append(expected, part)).toBe("done");
    expected = part.at(-1)!;
  }
  return entries;
}

export async function readAll(store: LogStore): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for (let from = 1; ;) {
    const { entries } = await store.read(from, READ_ENTRIES_MAX);
    if (entries.length === 0) return all;
    all.push(...entries.map((octets) => Buffer.from(octets)));
    from = Number(all.at(-1)!.readBigUInt64BE(1)) + 1;
  }
}

const octetsOf = (entries: readonly Entry[]): string[] => textsOf(entries.map(({ octets }) => octets));
/** Texts are compared in a moment, and megabytes of octets in seconds. */
const textsOf = (all: readonly Uint8Array[]): string[] => all.map((octets) => Buffer.from(octets).toString("hex"));
const textsIn = async (store: LogStore): Promise<string[]> => textsOf(await readAll(store));
const headOf = ({ index, hash }: LogHead): LogHead => ({ index, hash });

interface Stage {
  readonly store: LogStore;
  /** Opens the same log once more. */
  readonly again: () => Promise<LogStore>;
  readonly origin: LogHead;
}

type Scenario = (name: string, run: (stage: Stage) => Promise<void>) => void;

/** The tests that every store must pass. Stores that a test opens are closed behind it. */
export function storeConformance(open: OpenStore): void {
  let logs = 0;
  const scenario: Scenario = (name, run) => {
    test(name, { timeout: 60_000 }, async () => {
      const log = `log-${logs++}`;
      const opened: LogStore[] = [];
      const again = async (): Promise<LogStore> => {
        opened.push(await open(log));
        return opened.at(-1)!;
      };
      try {
        await run({ store: await again(), again, origin: originOf("demo", log) });
      } finally {
        for (const store of opened) store.close();
      }
    });
  };
  keeps(scenario);
  agrees(scenario);
  isBounded(scenario);
  hasBoard(scenario);
}

function keeps(scenario: Scenario): void {
  scenario("an empty log has its origin as the head, and no entries", async ({ store, origin }) => {
    expect(await store.head()).toEqual({ head: origin, isCurrent: true });
    expect(await store.read(1, 10)).toEqual({ entries: [], isCurrent: true });
  });

  scenario("entries come back as they were, in their order, also by another connection", async ({ store, again }) => {
    const entries = [...(await fill(store, recordsOf(3))), ...(await fill(store, recordsOf(300, "more"), 60))];
    expect(await textsIn(store)).toEqual(octetsOf(entries));
    const other = await again();
    expect((await other.head()).head).toEqual(headOf(entries.at(-1)!));
    expect(await textsIn(other)).toEqual(octetsOf(entries));
  });

  scenario("a read begins where it is told to, and ends there", async ({ store }) => {
    const entries = await fill(store, recordsOf(70), 64);
    const read = async (from: number, count: number): Promise<string[]> =>
      textsOf((await store.read(from, count)).entries);
    expect(await read(5, 3)).toEqual(octetsOf(entries.slice(4, 7)));
    expect(await read(69, 256)).toEqual(octetsOf(entries.slice(68)));
    expect(await read(71, 256)).toEqual([]);
    expect(await read(Number.MAX_SAFE_INTEGER, 1)).toEqual([]);
  });

  scenario("entries that are removed are gone, twice over, and all else stays", async ({ store }) => {
    const entries = await fill(store, recordsOf(10), 10);
    await store.drop([1, 2, 4]);
    await store.drop([2, 5, 99]);
    const left = entries.filter(({ index }) => ![1, 2, 4, 5].includes(index));
    expect(await textsIn(store)).toEqual(octetsOf(left));
    expect(textsOf((await store.read(1, 2)).entries)).toEqual(octetsOf(left.slice(0, 2)));
    expect((await store.head()).head).toEqual(headOf(entries.at(-1)!));
    await fill(store, recordsOf(1, "later"));
  });

  scenario("entries of a copy are brought back, also where others were removed between them", async (stage) => {
    const { store, origin } = stage;
    const all = entriesAfter(origin, recordsOf(6));
    const [second, third, , , sixth] = all.slice(1) as [Entry, Entry, Entry, Entry, Entry];
    await expect(store.append(origin, [second, third])).rejects.toThrow(RangeError);
    expect(await store.append(origin, [second, third], "restored")).toBe("done");
    expect(await store.append(origin, [second, third], "restored")).toBe("done");
    await expect(store.append(third, [second], "restored")).rejects.toThrow(RangeError);
    await expect(store.append({ ...third, hash: second.hash }, [all[3]!], "restored")).rejects.toThrow(RangeError);
    expect(await store.append(third, [sixth], "restored")).toBe("done");
    expect((await store.head()).head).toEqual(headOf(sixth));
    expect(await textsIn(store)).toEqual(octetsOf([second, third, sixth]));
    await fill(store, recordsOf(1, "later"));
  });
}

function agrees(scenario: Scenario): void {
  scenario("who expects another head is told that it has moved, and has written nothing", async ({ store, origin }) => {
    const [first] = entriesAfter(origin, recordsOf(1));
    const rivals = entriesAfter(origin, recordsOf(2, "rival"));
    expect(await store.append(origin, [first!])).toBe("done");
    expect(await store.append(origin, rivals)).toBe("moved");
    // Too early: the head that is expected is not there yet.
    expect(await store.append(rivals[0]!, [rivals[1]!])).toBe("moved");
    expect((await store.head()).head).toEqual(headOf(first!));
    expect(await textsIn(store)).toEqual(octetsOf([first!]));
  });

  scenario("an append whose answer was lost is done when it is made again, also later", async ({ store, origin }) => {
    const entries = entriesAfter(origin, recordsOf(3));
    expect(await store.append(origin, entries)).toBe("done");
    expect(await store.append(origin, entries)).toBe("done");
    await fill(store, recordsOf(2, "later"));
    expect(await store.append(origin, entries)).toBe("done");
    expect((await store.head()).head.index).toBe(5);
  });

  scenario(
    "of twenty writers that race one wins; the others read again, and all are there in the end",
    async ({ store, again, origin }) => {
      const writers = [store, await again(), await again(), await again()];
      const records = recordsOf(20, "rival");
      const outcomes = await Promise.all(
        records.map((record, index) => writers[index % 4]!.append(origin, entriesAfter(origin, [record]))),
      );
      expect(outcomes.toSorted()).toEqual(["done", ...Array.from({ length: 19 }, () => "moved")]);

      /** Each writer follows whatever head it finds, until its record is in. */
      const insist = async (record: Uint8Array, writer: LogStore): Promise<void> => {
        for (let tries = 0; tries < 200; tries++) {
          const { head } = await writer.head();
          if ((await writer.append(head, entriesAfter(head, [record]))) === "done") return;
        }
        throw new Error("a writer never has its turn");
      };
      const losers = records.filter((_, index) => outcomes[index] === "moved");
      await Promise.all(losers.map((record, index) => insist(record, writers[index % 4]!)));
      const all = await readAll(store);
      expect(all).toHaveLength(20);
      const written = all.map((octets) => octets.subarray(41));
      expect(textsOf(written).toSorted()).toEqual(textsOf(records).toSorted());
      // Each follows the one before it.
      expect(octetsOf(entriesAfter(origin, written))).toEqual(textsOf(all));
    },
  );
}

function hasBoard(scenario: Scenario): void {
  const [alpha, beta, gamma] = ["a1", "b2", "c3"].map((pair) => pair.repeat(32)) as [string, string, string];

  scenario("a board has the last post of each signer, and shows those that are asked for", async ({ store, again }) => {
    expect(await store.posts([alpha, beta])).toEqual(new Map());
    const largest = Buffer.alloc(POST_SIZE_MAX, 7);
    await store.post(alpha, Buffer.from("first"));
    await store.post(alpha, largest);
    await store.post(gamma, Buffer.from("third"));
    const posts = await (await again()).posts([alpha, beta]);
    expect([...posts].map(([keyId, octets]) => [keyId, Buffer.from(octets).equals(largest)])).toEqual([[alpha, true]]);
    expect([...(await store.posts([gamma]))].map(([, octets]) => String(Buffer.from(octets)))).toEqual(["third"]);
    expect(await readAll(store)).toEqual([]);
  });

  scenario("what is no post is refused", async ({ store }) => {
    await expect(store.post(alpha, Buffer.alloc(0))).rejects.toThrow(RangeError);
    await expect(store.post(alpha, Buffer.alloc(POST_SIZE_MAX + 1))).rejects.toThrow(RangeError);
    await expect(store.post("../head", Buffer.from("x"))).rejects.toThrow(RangeError);
    await expect(store.posts(["../head"])).rejects.toThrow(RangeError);
    await expect(store.posts(Array.from({ length: POSTS_READ_MAX + 1 }, () => alpha))).rejects.toThrow(RangeError);
  });
}

function isBounded(scenario: Scenario): void {
  const many = APPEND_ENTRIES_MAX;
  const largest = Math.floor(APPEND_SIZE_MAX / (ENVELOPE_SIZE_MAX + 41));

  scenario(
    "an append may have as many and as large entries as the limits say, and a read gives them in parts",
    async ({ store }) => {
      const entries = await fill(store, recordsOf(many, "many"), many);
      entries.push(...(await fill(store, recordsOf(2 * largest, "large", ENVELOPE_SIZE_MAX), largest)));
      expect(await textsIn(store)).toEqual(octetsOf(entries));
      const { entries: read } = await store.read(many + 1, READ_ENTRIES_MAX);
      const size = read.reduce((sum, octets) => sum + octets.length, 0);
      expect(read.length).toBeGreaterThan(0);
      expect(size).toBeLessThanOrEqual(READ_SIZE_MAX);
    },
  );

  scenario("more than that is refused, and so is what does not follow; the log goes on", async ({ store, origin }) => {
    const refused = async (head: LogHead, entries: readonly Entry[]): Promise<void> =>
      await expect(store.append(head, entries)).rejects.toThrow(RangeError);
    const entries = entriesAfter(origin, recordsOf(many + 1));
    await refused(origin, []);
    await refused(origin, entries);
    await refused(origin, entriesAfter(origin, recordsOf(largest + 1, "large", ENVELOPE_SIZE_MAX)));
    await refused(origin, [entries[1]!]);
    await refused(origin, [entries[0]!, entries[2]!]);
    await refused(entries[0]!, [entries[0]!]);
    await refused(origin, [{ ...entries[0]!, prior: "00".repeat(32) }]);
    for (const [from, count] of [
      [0, 1],
      [-1, 1],
      [1.5, 1],
      [1, 0],
      [1, READ_ENTRIES_MAX + 1],
    ] as const) {
      await expect(store.read(from, count)).rejects.toThrow(RangeError);
    }
    await expect(store.drop([])).rejects.toThrow(RangeError);
    await expect(store.drop(entries.map(({ index }) => index))).rejects.toThrow(RangeError);
    expect((await store.head()).head).toEqual(origin);
    await fill(store, recordsOf(1));
  });
}
