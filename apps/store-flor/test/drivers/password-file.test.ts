import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readPasswordFile } from "../../src/drivers/password-file.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "password-file-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(text: string, mode = 0o600): string {
  const file = join(folder, "password");
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

test("the name and the password of the file are right, and nothing else", () => {
  const isRight = readPasswordFile(write("restic:0123456789abcdef\n"));
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
  expect(isRight(basic("restic:0123456789abcdef"))).toBe(true);
  const wrong = [
    undefined,
    "",
    basic("restic:0123456789abcdeF"),
    basic("restic"),
    "Bearer x",
    basic("a:0123456789abcdef"),
  ];
  for (const each of wrong) expect(isRight(each)).toBe(false);
});

test.each([
  ["a password that is short", "restic:short\n", 0o600],
  ["two lines", "restic:0123456789abcdef\nother:0123456789abcdef\n", 0o600],
  ["no name", "0123456789abcdef0123456789\n", 0o600],
  ["a file that is long", `restic:${"x".repeat(2_000)}\n`, 0o600],
  ["a file that anybody reads", "restic:0123456789abcdef\n", 0o644],
])("%s is refused", (_, text, mode) => {
  expect(() => readPasswordFile(write(text, mode))).toThrow(expect.objectContaining({ code: "ERR_STORE_PASSWORD" }));
});

test("a file that is not there, or is a folder, is refused", () => {
  for (const file of [join(folder, "none"), folder])
    expect(() => readPasswordFile(file)).toThrow(expect.objectContaining({ code: "ERR_STORE_PASSWORD" }));
});
