import { expect, test } from "vitest";
import { statusLine } from "../src/index.ts";

test.each([
  ["no links", []],
  ["no links", [{ up: 0, wanted: 0 }]],
  ["0 of 2 links up", [{ up: 0, wanted: 2 }]],
  [
    "3 of 4 links up",
    [
      { up: 2, wanted: 2 },
      { up: 1, wanted: 2 },
    ],
  ],
])("a vertex says: %s", (line, links) => {
  expect(statusLine(links)).toBe(line);
});
