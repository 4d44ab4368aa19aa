import { expect, test } from "vitest";
import { turnOf } from "../src/stage.ts";

test("turns of nodes are spread from 0 to 1, the same each time, and others with each release", () => {
  const nodes = Array.from({ length: 1_000 }, (_, at) => `n${at}`);
  const turns = nodes.map((node) => turnOf("ab".repeat(32), node));
  for (let tenth = 0; tenth < 10; tenth++) {
    const count = turns.filter((turn) => Math.floor(turn * 10) === tenth).length;
    expect(count).toBeGreaterThan(50);
    expect(count).toBeLessThan(200);
  }
  expect(turnOf("ab".repeat(32), "n0")).toBe(turns[0]);
  expect(turnOf("cd".repeat(32), "n0")).not.toBe(turns[0]);
});
