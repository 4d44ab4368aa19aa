import { expect, test } from "vitest";
import { formatBytes, formatCounts, formatRate, formatTable } from "../src/admin/text-table.ts";
import { countNouns, isWhole, verdictLines } from "../src/admin/verdict.ts";
import { wrapLine } from "../src/admin/wrapped-lines.ts";

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

test("rates are in bits", () => {
  expect(formatRate(1_500_000)).toBe("1.5 Mb/s");
  expect(formatRate(12)).toBe("12 b/s");
});

test("columns without room stand below their rows, and no line is longer than asked for", () => {
  const header = ["NAME", "STATE", "DROPPED", "REASON"];
  const rows = [
    ["a", "up", "-", ""],
    ["b", "down", "NO_ANSWER 3", `nothing came for a long time ${"x".repeat(60)}`],
  ];
  expect(formatTable("links", header, rows, 24)).toBe(
    [
      "links",
      "  NAME  STATE",
      "  a     up",
      "  b     down",
      "      dropped NO_ANSWER",
      "      3; reason nothing",
      "      came for a long",
      "      time",
      "      xxxxxxxxxxxxxxxxxx",
      "      xxxxxxxxxxxxxxxxxx",
      "      xxxxxxxxxxxxxxxxxx",
      "      xxxxxx",
      "",
    ].join("\n"),
  );
});

test.each([1, 5, 6, 7, 20])("a line of any kind is broken into %d columns, and nothing of it is lost", (width) => {
  for (const line of [
    "",
    "   ",
    "abc",
    "  one two  three",
    "x".repeat(50),
    `${" ".repeat(10)}deep ${"y".repeat(30)}`,
  ]) {
    const broken = wrapLine(line, width, 4);
    expect(broken.join("").replaceAll(" ", "")).toBe(line.replaceAll(" ", ""));
    if (width > 4) for (const each of broken) expect(each.length).toBeLessThanOrEqual(width);
  }
});

test("the verdict begins with the worst, and only faults are none", () => {
  const fault = { weight: "fault", text: "link a is down", advice: "Start a." } as const;
  const warning = { weight: "warning", text: "a certificate ends soon", advice: "Renew it." } as const;
  const whole = countNouns({ link: 1, tunnel: 2, service: 0 });
  expect(verdictLines([], whole)).toEqual(["whole: 1 link, 2 tunnels"]);
  expect(verdictLines([warning], whole)).toEqual([
    "whole: 1 link, 2 tunnels",
    "  warning: a certificate ends soon. Renew it.",
  ]);
  expect(verdictLines([warning, fault, fault], whole)).toEqual([
    "NOT WHOLE: link a is down. Start a.",
    "  and: link a is down. Start a.",
    "  warning: a certificate ends soon. Renew it.",
  ]);
  expect([isWhole([]), isWhole([warning]), isWhole([warning, fault])]).toEqual([true, true, false]);
  expect(countNouns({ link: 0 })).toBe("nothing is configured");
});
