import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ENVELOPE_SIZE_MAX } from "../../src/envelope.ts";
import { entriesAfter, originOf, readEntry } from "../../src/log/entry.ts";
import { entries, logVectorsFile, logVectorsText, origins, refused, sections, tooLarge } from "./vectors.ts";

test("the vectors are those of the code (test/write-vectors.ts writes them)", () => {
  expect(readFileSync(logVectorsFile, "utf8")).toBe(logVectorsText());
});

test("hashes are made as the page says", () => {
  const hash = (...parts: readonly (string | Uint8Array)[]): string => {
    const all = createHash("sha256");
    for (const part of parts) all.update(part);
    return all.digest("hex");
  };
  for (const { cluster, name, hash: of } of origins)
    expect(of).toBe(hash("FLORENETES LOG\0\u0001", cluster, "\0", name));
  let prior = origins[0]!.hash;
  for (const entry of entries) {
    const index = Buffer.alloc(8);
    index.writeUInt32BE(entry.index, 4);
    const octets = Buffer.concat([Buffer.of(1), index, Buffer.from(prior, "hex"), entry.record]);
    expect(Buffer.from(entry.octets)).toEqual(octets);
    expect(entry.hash).toBe(hash("FLORENETES ENTRY\0", octets));
    prior = entry.hash;
  }
});

test("a section's hash is made as the page says", () => {
  for (const { ids, section } of sections) {
    const octets = Buffer.from(ids.toSorted().join(""), "hex");
    expect(section.hash).toBe(createHash("sha256").update(octets).digest("hex"));
    expect(section.count).toBe(ids.length);
  }
});

test("an entry is read as it was written, and any other octets have another hash or are none", () => {
  const anything = fc.uint8Array({ minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 5 }), fc.nat(), fc.nat(255), (records, place, change) => {
      const made = entriesAfter(originOf("demo", "main"), records);
      for (const entry of made) {
        expect(readEntry(entry.octets)).toEqual({ ...entry, octets: Buffer.from(entry.octets) });
        const changed = Buffer.from(entry.octets);
        changed[place % changed.length]! ^= change;
        if (change !== 0) expect(readEntry(changed)?.hash).not.toBe(entry.hash);
      }
    }),
  );
});

test.each(Object.entries({ ...refused, "too large": tooLarge }))("no entry: %s", (_, octets) => {
  expect(readEntry(octets)).toBe(undefined);
});

test("any octets are an entry or none, and nothing is thrown", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (octets) => {
      const entry = readEntry(octets);
      if (entry !== undefined) expect(Buffer.from(entry.octets)).toEqual(Buffer.from(octets));
    }),
  );
});

test("what no reader takes is not written", () => {
  const origin = originOf("demo", "main");
  expect(() => entriesAfter(origin, [Buffer.alloc(0)])).toThrow(RangeError);
  expect(() => entriesAfter(origin, [Buffer.alloc(ENVELOPE_SIZE_MAX + 1)])).toThrow(RangeError);
  expect(() => entriesAfter({ ...origin, index: Number.MAX_SAFE_INTEGER }, [Buffer.alloc(1)])).toThrow(RangeError);
  expect(entriesAfter(origin, [Buffer.alloc(ENVELOPE_SIZE_MAX)])).toHaveLength(1);
});
