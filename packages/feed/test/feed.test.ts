/** A reader and a source, with nothing between them. */
import { describe, expect, test } from "vitest";
import { SOURCE_DATABASE, ReaderEnd, SourceEnd, idsOf, talk } from "./ends.ts";
import { Book, idOf, record } from "./records.ts";

const many = (count: number, name = "r"): Uint8Array[] =>
  Array.from({ length: count }, (_, each) => record(`${name}${each}`));

function bookOf(sections: Readonly<Record<string, readonly Uint8Array[]>>): Book {
  const book = new Book();
  for (const [section, records] of Object.entries(sections)) for (const octets of records) book.add(section, octets);
  return book;
}

describe("a reader and a source", () => {
  test("all records of all sections arrive, and cursors say so", () => {
    const book = bookOf({ entry: many(3, "e"), public: many(100, "p"), secret: many(2, "s") });
    const source = new SourceEnd({ book });
    const reader = new ReaderEnd();
    talk({ reader, source });
    expect(new Set(reader.taken)).toEqual(new Set(idsOf([...many(3, "e"), ...many(100, "p")])));
    expect(reader.cursors).toEqual({ entry: 3, public: 103 });
    expect(reader.events).toMatchObject([
      { kind: "hello", databaseId: SOURCE_DATABASE, sections: ["entry", "public"] },
    ]);
  });

  test("more than one offer holds arrives", () => {
    const source = new SourceEnd({ book: bookOf({ public: many(1_000) }) });
    const reader = new ReaderEnd();
    talk({ reader, source });
    expect(reader.cursors).toEqual({ public: 1_000 });
    expect(new Set(reader.taken).size).toBe(1_000);
    expect(reader.told).toEqual(["hello"]);
  });

  test("a reader that comes again gets what is new, and news at once", () => {
    const book = bookOf({ public: many(5) });
    const source = new SourceEnd({ book });
    const cursors = { databaseId: SOURCE_DATABASE, cursors: [{ section: "public", sequence: 4 }] };
    const reader = new ReaderEnd({ cursors });
    talk({ reader, source });
    expect(reader.taken).toEqual(idsOf([record("r4")]));
    book.add("public", record("new"));
    source.source.handleNews();
    talk({ reader, source });
    expect(reader.taken).toEqual(idsOf([record("r4"), record("new")]));
    expect(reader.cursors).toEqual({ public: 6 });
  });

  test.each([
    ["another database", { databaseId: "0c".repeat(16), cursors: [{ section: "public", sequence: 4 }] }],
    ["a database that was put back", { databaseId: SOURCE_DATABASE, cursors: [{ section: "public", sequence: 6 }] }],
  ])("the cursor of %s counts for nothing", (_, cursors) => {
    const reader = new ReaderEnd({ cursors });
    talk({ reader, source: new SourceEnd({ book: bookOf({ public: many(5) }) }) });
    expect(reader.taken).toHaveLength(5);
    expect(reader.cursors).toEqual({ public: 5 });
  });

  test("voids come first, and roots before all else, each once", () => {
    const book = bookOf({ public: many(2), entry: [record("root1"), record("policy"), record("void1")] });
    const source = new SourceEnd({ book });
    const reader = new ReaderEnd();
    talk({ reader, source });
    expect(reader.taken.slice(0, 2)).toEqual(idsOf([record("void1"), record("root1")]));
    expect(reader.taken).toHaveLength(5);
    book.add("entry", record("plain"));
    book.add("entry", record("void2"));
    source.source.handleNews();
    talk({ reader, source });
    expect(reader.taken.slice(5)).toEqual(idsOf([record("void2"), record("plain")]));
  });

  test("what is refused is passed once; what came too early holds the cursor, and no other section", () => {
    const unwelcome = record("u", { quality: "unwelcome" });
    const early = record("y", { quality: "early" });
    const book = bookOf({ entry: [record("e"), unwelcome], public: [record("p"), early, ...many(300)] });
    const reader = new ReaderEnd();
    talk({ reader, source: new SourceEnd({ book }) });
    expect(reader.taken).toHaveLength(302);
    expect(reader.cursors).toEqual({ entry: 2 });
    expect(reader.reader.isHeld).toBe(true);
    expect(reader.told).toEqual(["hello"]);
  });

  test("sections above 66 are left out by both, and nothing ends by it", () => {
    const sections = Array.from({ length: 70 }, (_, each) => `org/o${each}`);
    const book = bookOf(Object.fromEntries(sections.map((section) => [section, [record(section)]])));
    const cursors = { databaseId: SOURCE_DATABASE, cursors: sections.map((section) => ({ section, sequence: 0 })) };
    const reader = new ReaderEnd({ cursors });
    talk({ reader, source: new SourceEnd({ book, sections }) });
    expect(reader.told).toEqual(["hello"]);
    expect(Object.keys(reader.cursors)).toEqual(sections.slice(0, 66));
  });

  test("a record that is gone when it is asked for is passed over", () => {
    const book = bookOf({ public: many(3) });
    const source = new SourceEnd({ book });
    const reader = new ReaderEnd();
    source.receive(...reader.sent());
    reader.receive(...source.sent());
    book.remove(idOf(record("r1")));
    talk({ reader, source });
    expect(reader.taken).toEqual(idsOf([record("r0"), record("r2")]));
    expect(reader.cursors).toEqual({ public: 3 });
  });
});
