import { expect, test } from "vitest";
import { statusLine } from "../src/index.ts";

test("it says which parts are down, as far as there is room", () => {
  const down = ["a", "b", "c", "d"].map((name) => ({ what: `cluster ${name}`, code: "ERR_TEST", text: "no" }));
  expect(statusLine([], down.slice(0, 1))).toBe("no links, cluster a is down: ERR_TEST");
  expect(statusLine([], down)).toMatch(/^no links(, cluster [abc] is down: ERR_TEST){3}, …$/);
});

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
