import { expect, test } from "vitest";
import { formatBytes, formatCounts, formatDuration, formatTable } from "../src/admin/text-table.ts";

test("a table is aligned, and absent without rows", () => {
  expect(
    formatTable(
      "links",
      ["NAME", "MTU"],
      [
        ["a", "1420"],
        ["long-name", "-"],
      ],
    ),
  ).toBe("links\n  NAME       MTU\n  a          1420\n  long-name  -\n");
  expect(formatTable("links", ["NAME"], [])).toBe("");
  expect(
    formatTable(
      "links",
      ["NAME"],
      Array.from({ length: 200_000 }, () => ["a"]),
    ).length,
  ).toBe(200_000 * 4 + 13);
  expect(formatTable("links", ["TEXT"], [["a\u001b[2Jb\nc\u202E"]])).toBe(
    `links\n  TEXT\n  ${String.raw`a\u{1b}[2Jb\u{a}c\u{202e}`}\n`,
  );
});

test.each([
  [0, "0 ms"],
  [999.4, "999 ms"],
  [1_500, "1.5 s"],
  [59_000, "59 s"],
  [61_000, "1 min"],
  [7_200_000, "2 h"],
  [172_800_000, "2 d"],
])("%d ms is %s", (value, expected) => {
  expect(formatDuration(value)).toBe(expected);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.0 kB"],
  [12_345, "12 kB"],
  [999_600, "1.0 MB"],
  [2e15, "2.0 PB"],
  [5e18, "5000 PB"],
])("%d bytes are %s", (value, expected) => {
  expect(formatBytes(value)).toBe(expected);
});

test("counts at zero are left out", () => {
  expect(formatCounts({ a: 1, b: 0, c: 3 })).toBe("a 1, c 3");
  expect(formatCounts({ a: 0 })).toBe("-");
});
