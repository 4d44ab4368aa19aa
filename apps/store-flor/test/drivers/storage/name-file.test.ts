import { closeSync, copyFileSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HeldEntry } from "@florenetes/blobs";
import { type NameBook, type Report, UNNAMED_MAX } from "@florenetes/blobs/holder";
import { MemoryBook } from "@florenetes/blobs/testing";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NameBase } from "../../../src/drivers/storage/name-base.ts";
import { NameFile } from "../../../src/drivers/storage/name-file.ts";

const NOW = 1_800_000_000_000;

let folder: string;
let path: string;
let damaged: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "name-file-"));
  path = join(folder, "names.db");
  damaged = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function openFile(file = path): NameFile {
  return new NameFile(file, () => damaged++);
}

const hashes = ["00", "7f", "ff"].map((pair) => pair.repeat(32));
const names = ["a", "a/b", "a/c", "a0", "b"];

function entry(name: string, turn: number, changes: Partial<HeldEntry> = {}): HeldEntry {
  const shards = [{ hash: hashes[0]!, size: 7 }];
  return { name, turn, isGone: false, shards, written: 1_000, by: "user/alice", ...changes };
}

type Step = (book: NameBook) => unknown;
const name = fc.constantFrom(...names);
const node = fc.constantFrom("b", "c");
const time = fc.integer({ min: 0, max: 9 });
const turn = fc.integer({ min: 1, max: 2 ** 50 });
const shards = fc.array(
  fc.constantFrom(...hashes).map((hash) => ({ hash, size: 4_194_304 })),
  { maxLength: 3 },
);
const steps: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({
      name,
      turn,
      isGone: fc.boolean(),
      shards,
      written: time,
      note: fc.constantFrom(undefined, "YQ=="),
      now: time,
    })
    .map(({ note, now, ...rest }): Step => {
      const gone = rest.isGone ? { shards: [] } : note === undefined ? {} : { note };
      return (book) => book.put({ ...rest, ...gone, by: "user/a" }, now);
    }),
  fc
    .record({ node, turn, isGone: fc.boolean(), content: fc.constantFrom(...hashes), written: time, told: time })
    .chain((report: Report) =>
      name.map(
        (of): Step =>
          (book) =>
            book.putReport(of, report),
      ),
    ),
  name.chain((of) =>
    fc.boolean().map(
      (isOpen): Step =>
        (book) =>
          book.setOpen(of, isOpen),
    ),
  ),
  node.map(
    (of): Step =>
      (book) =>
        book.dropReports(of),
  ),
  time.map(
    (before): Step =>
      (book) =>
        book.forget(before, 100),
  ),
  time.map(
    (before): Step =>
      (book) =>
        book.forgetUnnamed(before, 100),
  ),
  fc.constantFrom(undefined, "x").map(
    (value): Step =>
      (book) =>
        book.setState("key", value),
  ),
);

/** All that a book tells, however it is asked. */
function tell(book: NameBook): unknown {
  return {
    last: book.last,
    sums: { ...book.sums() },
    entries: names.map((of) => book.get(of) ?? null),
    reports: names.map((of) => book.reports(of).toSorted((a, b) => (a.node < b.node ? -1 : 1))),
    counts: ["b", "c", "d"].map((of) => book.countReports(of)),
    reporters: [...book.reporters()].toSorted(),
    open: [book.openNames("", 9), book.openNames("a/b", 2)],
    lists: [[...book.list("", "")], [...book.list("a/", "a/b")], [...book.list("a", "a")]],
    changes: [[...book.changes(0)], [...book.changes(3)]],
    named: [book.namedShards("", 2), book.namedShards(hashes[0]!, 5), hashes.map((hash) => book.isNamed(hash))],
    unnamed: hashes.map((hash) => book.unnamedSince(hash)),
    state: book.state("key") ?? null,
  };
}

test("the file tells what a book in memory tells, also when it is opened again", () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 25 }), (all) => {
      const at = join(folder, `${Math.random()}.db`);
      const memory = new MemoryBook("x");
      using file = openFile(at);
      for (const step of all) {
        step(memory);
        file.within(() => step(file));
      }
      expect(tell(file)).toEqual(tell(memory));
      const { book } = file;
      file[Symbol.dispose]();
      using again = openFile(at);
      expect(tell(again)).toEqual(tell(memory));
      expect(again.book).toBe(book);
    }),
    { numRuns: 30 },
  );
});

test("what throws leaves nothing", () => {
  using file = openFile();
  file.put(entry("a", 1), NOW);
  const before = tell(file);
  const action = (): never => {
    file.put(entry("a", 2, { isGone: true, shards: [] }), NOW);
    file.putReport("a", { node: "b", turn: 1, isGone: false, content: hashes[0]!, written: 1, told: 1 });
    file.setState("key", "x");
    throw new Error("halfway");
  };
  expect(() => file.within(action)).toThrow("halfway");
  expect(tell(file)).toEqual(before);
});

test("shards that lost their names are remembered one by one up to a bound, and then all as if they had lost theirs then", () => {
  const hashAt = (at: number): string => at.toString(16).padStart(64, "0");
  const many = (count: number): HeldEntry["shards"] =>
    Array.from({ length: count }, (_, at) => ({ hash: hashAt(at), size: 1 }));
  const gone = { isGone: true, shards: [] };
  {
    using file = openFile();
    file.put(entry("a", 1, { shards: many(UNNAMED_MAX) }), 1_000);
    file.put(entry("a", 2, gone), 2_000);
    expect([file.unnamedSince(hashAt(0)), file.unnamedSince(hashAt(UNNAMED_MAX))]).toEqual([2_000, 0]);
    file.put(entry("b", 1, { shards: [{ hash: hashAt(UNNAMED_MAX), size: 1 }] }), 2_500);
    file.put(entry("b", 2, gone), 3_000);
    expect(file.forgetUnnamed(9_000, UNNAMED_MAX)).toBe(0);
  }
  using again = openFile();
  expect([again.unnamedSince(hashAt(0)), again.unnamedSince(hashAt(UNNAMED_MAX + 1))]).toEqual([3_000, 3_000]);
}, 60_000);

test("whoever reads a part of a list may write then", () => {
  using file = openFile();
  for (const of of names) file.put(entry(of, 1), NOW);
  for (const { name: first } of file.list("", "")) {
    expect(first).toBe("a");
    break;
  }
  file.put(entry("c", 1), NOW);
  expect([...file.list("", "b")].map(({ name: of }) => of)).toEqual(["c"]);
});

test("a list that is read in part leaves no statement open", () => {
  {
    using file = openFile();
    for (const of of names) file.put(entry(of, 1), NOW);
  }
  const base = NameBase.open(path, () => damaged++, false);
  for (const row of base.each("SELECT name FROM entries")) {
    expect(row).toBeDefined();
    break;
  }
  // SQLite refuses this while a statement is open.
  base.run("VACUUM");
  base.close();
});

test("numbers of changes are never given twice, and a copy of a file is another book", () => {
  const file = openFile();
  file.put(entry("a", 1, { isGone: true, shards: [] }), NOW);
  expect(file.forget(2_000, 10)).toBe(1);
  const { book } = file;
  file[Symbol.dispose]();
  const again = openFile();
  again.put(entry("b", 1), NOW);
  expect([again.last, again.book]).toEqual([2, book]);
  again[Symbol.dispose]();
  copyFileSync(path, join(folder, "copy.db"));
  using copy = openFile(join(folder, "copy.db"));
  expect(copy.book).not.toBe(book);
});

test.each<[string, () => void]>([
  ["something else", () => writeFileSync(path, "no database at all".repeat(1_000))],
  [
    "damaged pages",
    () => {
      const file = openFile();
      for (let at = 0; at < 500; at++) file.put(entry(`n${at}`, 1, { note: "YQ==".repeat(100) }), NOW);
      file[Symbol.dispose]();
      const descriptor = openSync(path, "r+");
      for (let at = 8_192; at < 60_000; at += 4_096) writeSync(descriptor, Buffer.alloc(4_000, 0xa5), 0, 4_000, at);
      closeSync(descriptor);
    },
  ],
])("a file of %s is set aside, and another one made", (_, spoil) => {
  spoil();
  using file = openFile();
  expect(damaged).toBe(1);
  expect(tell(file)).toMatchObject({ last: 0, sums: { names: 0 } });
  file.put(entry("a", 1), NOW);
  expect(readdirSync(folder)).toContain("names.db.damaged");
});

test("a file that another process has open is not taken", () => {
  using first = openFile();
  first.put(entry("a", 1), NOW);
  expect(() => openFile()).toThrow(expect.objectContaining({ code: "ERR_STORE_NAMES" }));
  expect(damaged).toBe(0);
});
