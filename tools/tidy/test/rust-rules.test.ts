import { expect, test } from "vitest";
import { findAll } from "../src/tidy.ts";

function find(path: string, text: string): string[] {
  return findAll(new Map([[path, text]])).map(({ line, rule }) => `${line}: ${rule}`);
}

test.each([
  ["/// What the peer sent.\npub fn a() {}\n", ["1: riddle"]],
  ["//! A header.\n//! What it says is told.\n", []],
  ["fn a() {\n    // As above.\n}\n", ["2: riddle"]],
  ["// FIXME: later\n", ["1: left-over"]],
])("a Rust source: %j", (text, found) => {
  expect(find("native/wire/src/header.rs", text)).toEqual(found);
});

test("a Rust source is named for what it holds", () => {
  expect(find("native/wire/src/utils.rs", "\n")).toEqual(["1: vague-name"]);
});
