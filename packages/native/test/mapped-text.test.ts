import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Script } from "node:vm";
import { afterAll, expect, test } from "vitest";
import { mapText } from "../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "florenetes-mapped-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(octets: string | Uint8Array): string {
  const file = join(mkdtempSync(join(folder, "file-")), "text");
  writeFileSync(file, octets);
  return file;
}

test.each([1, 100, 4_095, 4_096, 4_097, 3_000_000])("a text of %d octets is what the file has", (length) => {
  const octets = Buffer.alloc(length, "0123456789 abc\n");
  expect(mapText(fileWith(octets)) === octets.toString("latin1")).toBe(true);
});

test("each octet is a character", () => {
  const all = Uint8Array.from({ length: 256 }, (_, octet) => octet);
  expect(mapText(fileWith(all))).toBe(Buffer.from(all).toString("latin1"));
});

test("the octets stay in the file, which another one may replace", () => {
  const file = fileWith(`(() => "${"x".repeat(1_000_000)}")`);
  const text = mapText(file);
  expect(readFileSync("/proc/self/maps", "utf8")).toContain(file);
  const script = new Script(text);
  renameSync(fileWith("other"), file);
  expect((script.runInThisContext() as () => string)()).toHaveLength(1_000_000);
});

test.each([
  ["a file that is not there", () => join(folder, "nothing"), /ENOENT/],
  ["a folder", () => folder, /EINVAL/],
  ["an empty file", () => fileWith(""), /EINVAL/],
])("%s is refused with its reason", (_, make, reason) => {
  expect(() => mapText(make())).toThrow(
    expect.objectContaining({ code: "ERR_NATIVE_REFUSED", message: expect.stringMatching(reason) }),
  );
});
