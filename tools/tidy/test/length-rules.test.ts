import { expect, test } from "vitest";
import { checkLengths } from "../src/length-rules.ts";
import { FILE_LINES_MAX } from "../src/limits.ts";
import { linesOf } from "./repository.ts";

const LIST = "tools/tidy/long-files.json";

test.each(["a.ts", "scripts/a.mjs", "native/wire/src/a.rs"])("a long file needs a reason: %s", (path) => {
  const find = (lines: number, listed: Record<string, string>): string[] =>
    checkLengths(
      new Map([
        [LIST, JSON.stringify(listed)],
        [path, linesOf(lines)],
      ]),
    ).map(({ file, rule }) => `${file}: ${rule}`);
  expect(find(FILE_LINES_MAX, {})).toEqual([]);
  expect(find(FILE_LINES_MAX + 1, {})).toEqual([`${path}: long-file`]);
  expect(find(FILE_LINES_MAX + 1, { [path]: "It is one table." })).toEqual([]);
  expect(find(FILE_LINES_MAX + 1, { [path]: "" })).toEqual([`${path}: long-file`]);
  expect(find(FILE_LINES_MAX, { [path]: "It is one table." })).toEqual([`${LIST}: needless-exception`]);
});

test("a file that is gone needs no reason", () => {
  expect(checkLengths(new Map([[LIST, JSON.stringify({ "gone.ts": "It was long." })]]))).toHaveLength(1);
});

test("pages may be long", () => {
  expect(checkLengths(new Map([["docs/a.md", linesOf(FILE_LINES_MAX + 1)]]))).toEqual([]);
});
