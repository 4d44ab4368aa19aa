import { expect, test } from "vitest";
import { formatDuration } from "../src/durations.ts";
import { formatFields } from "../src/fields.ts";

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

test("values of fields are aligned behind the longest name", () => {
  const fields = [
    ["id", "1"],
    ["authority", "control"],
  ] as const;
  expect(formatFields(fields)).toBe("id         1\nauthority  control");
  expect(formatFields(fields.slice(0, 1), "  ")).toBe("  id  1");
});
