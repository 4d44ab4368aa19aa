import { expect, test } from "vitest";
import { ToldStorage } from "../../src/admin/told-storage.ts";

test("the last words of a holder count for a minute", () => {
  const told = new ToldStorage();
  expect(told.usedOf("acme", 0)).toBeUndefined();
  told.handleTold(["acme:1048576", "other:0"], 0);
  expect([told.usedOf("acme", 60_000), told.usedOf("other", 60_000)]).toEqual([1_048_576, 0]);
  told.handleTold([], 50_000);
  expect(told.usedOf("acme", 60_001)).toBeUndefined();
  told.handleTold(["other:7"], 70_000);
  expect([told.usedOf("acme", 70_000), told.usedOf("other", 70_000)]).toEqual([undefined, 7]);
});

test.each(["acme", "acme:", "acme:-1", "acme:1e9", "acme:9999999999999999", "../x:1", ":1", `${"x".repeat(64)}:1`])(
  "the word %s says nothing",
  (word) => {
    const told = new ToldStorage();
    told.handleTold([word, "other:1"], 0);
    expect([told.usedOf(word.split(":")[0]!, 0), told.usedOf("other", 0)]).toEqual([undefined, 1]);
  },
);

test("of more organizations than a holder tells no more are remembered", () => {
  const told = new ToldStorage();
  told.handleTold(
    Array.from({ length: 1_000 }, (_, at) => `o${at}:1`),
    0,
  );
  expect([told.usedOf("o99", 0), told.usedOf("o100", 0)]).toEqual([1, undefined]);
});
